// Exceptions in words: the ring that the core keeps of the last ones (assembly/trace/deliveries.ts), and why a triple fault was one.
import * as exceptions from '../../assembly/shared/exception.ts';
import * as S from '../../assembly/shared/state.ts';

const PREFIX = 'EXCEPTION_';
const NAMES = new Map<number, string>(
  Object.entries(exceptions).map(([name, vector]) => [vector, `#${name.slice(PREFIX.length)}`]),
);
/** Vectors that push an error code (SDM vol. 3A table 6-1). */
const WITH_ERROR = new Set([
  exceptions.EXCEPTION_DF,
  exceptions.EXCEPTION_TS,
  exceptions.EXCEPTION_NP,
  exceptions.EXCEPTION_SS,
  exceptions.EXCEPTION_GP,
  exceptions.EXCEPTION_PF,
  exceptions.EXCEPTION_AC,
]);
const KIND_WORDS: Readonly<Record<number, string>> = {
  [S.KIND_EXTERNAL]: 'interrupt',
  [S.KIND_FAULT]: 'fault',
  [S.KIND_TRAP]: 'trap',
  [S.KIND_SOFTWARE]: 'INT',
  [S.KIND_ICEBP]: 'INT1',
};
const GATE_BYTES = { real: 4, protected: 8 } as const;

export interface Delivery {
  readonly vector: number;
  readonly error: number;
  readonly cs: number;
  readonly rip: number;
  readonly cr2: number;
}

/** The exceptions in the ring of a state block, oldest first. */
export function readDeliveries(block: DataView): Delivery[] {
  const count = block.getUint32(S.STATE_DELIVERY_COUNT, true);
  const shown = Math.min(count, S.DELIVERIES);
  return Array.from({ length: shown }, (_, index) => {
    const at = S.STATE_DELIVERIES + ((count - shown + index) % S.DELIVERIES) * S.DELIVERY_SIZE;
    return {
      vector: block.getUint32(at + S.DELIVERY_VECTOR, true),
      error: block.getUint32(at + S.DELIVERY_ERROR, true),
      cs: block.getUint32(at + S.DELIVERY_CS, true),
      rip: Number(block.getBigUint64(at + S.DELIVERY_RIP, true)),
      cr2: Number(block.getBigUint64(at + S.DELIVERY_CR2, true)),
    };
  });
}

export interface InterruptTable {
  readonly base: number;
  readonly limit: number;
  readonly isProtected: boolean;
}

/**
 * A shutdown is always the same story: an exception, a second one while it was delivered, the double fault that they make,
 * and a third one while that was delivered.
 */
export function shutdownWords(deliveries: readonly Delivery[], table: InterruptTable): string {
  const [first, second, double, third] = deliveries.slice(-4);
  if (
    first === undefined ||
    second === undefined ||
    third === undefined ||
    double?.vector !== exceptions.EXCEPTION_DF
  ) {
    return 'Triple fault: the double fault could not be delivered.';
  }
  const story = `Triple fault: ${exceptionWords(first)} at ${address(first)}; delivering it raised ${exceptionWords(second)}, which makes a double fault; delivering that raised ${exceptionWords(third)}.`;
  return `${story}${missingGate([first, second, double], table)}`;
}

/** The usual reason: there is no IDT, or it ends before the vector. */
function missingGate(wanted: readonly Delivery[], { base, limit, isProtected }: InterruptTable): string {
  const gateBytes = isProtected ? GATE_BYTES.protected : GATE_BYTES.real;
  const missing = wanted.find(({ vector }) => vector * gateBytes + gateBytes - 1 > limit);
  if (missing === undefined) return '';
  return ` The IDT at ${hex(base)} has a limit of ${hex(limit)}: too small for vector ${missing.vector}.`;
}

function exceptionWords({ vector, error, cr2 }: Delivery): string {
  const facts: string[] = [];
  if (WITH_ERROR.has(vector)) facts.push(`error ${hex(error)}`);
  if (vector === exceptions.EXCEPTION_PF) facts.push(`CR2 ${hex(cr2)}`);
  return vectorName(vector) + (facts.length === 0 ? '' : ` (${facts.join(', ')})`);
}

function vectorName(vector: number): string {
  return NAMES.get(vector) ?? `vector ${vector}`;
}

function address({ cs, rip }: Delivery): string {
  return `${cs.toString(16).padStart(4, '0')}:${rip.toString(16).padStart(8, '0')}`;
}

/** One line of `-d int`; `latest` is the newest exception of the ring. */
export function deliveryLine(detail: number, latest: Delivery | undefined, where: string): string {
  const vector = detail & 0xff;
  const kind = detail >>> 8;
  const isException = kind === S.KIND_FAULT || kind === S.KIND_TRAP;
  const what = isException && latest !== undefined ? exceptionWords(latest) : `vector ${hex(vector)}`;
  return `${KIND_WORDS[kind] ?? 'event'} ${what} at ${where}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
