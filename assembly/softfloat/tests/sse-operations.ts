/** The SSE, FMA and F16C operations of sse-corpus.bin.br, as record-sse.c and sse-cases.ts number them. */

const SCALAR: readonly string[] = [
  ...['add', 'subtract', 'multiply', 'divide', 'square root', 'minimum', 'maximum', 'compare ordered'],
  ...['compare unordered', 'fused multiply-add', 'predicate', 'round to integral'],
];
const CONVERSIONS: readonly string[] = [
  ...['binary32 to binary64', 'binary64 to binary32', 'binary32 to int32', 'binary32 to int64'],
  ...['truncate binary32 to int32', 'truncate binary32 to int64', 'binary64 to int32', 'binary64 to int64'],
  ...['truncate binary64 to int32', 'truncate binary64 to int64', 'int32 to binary32', 'int64 to binary32'],
  ...['int32 to binary64', 'int64 to binary64', 'binary32 to binary16', 'binary16 to binary32'],
];
/** Number and name, in the order of the corpus. */
export const SSE_OPERATIONS: readonly (readonly [number, string])[] = [
  ...SCALAR.map((name, n) => [n, `binary32 ${name}`] as const),
  ...SCALAR.map((name, n) => [20 + n, `binary64 ${name}`] as const),
  ...CONVERSIONS.map((name, n) => [40 + n, name] as const),
];
/** Cases of an operation. */
export const SSE_COUNT = 10000;
