/** npx tsx tests/decode/compare.ts [count [seed [bits]]]: the decode test with other strings, printing what differs. */
import { EXHAUSTIVE, EXHAUSTIVE_VEX } from './byte-strings.ts';
import { DecodeCheck, differenceLines } from './check.ts';

const count = Number(process.argv[2] ?? 500_000);
const seed = Number(process.argv[3] ?? 1);
const check = new DecodeCheck();
const modes =
  process.argv[4] === undefined ? ([16, 32, 64] as const) : ([Number(process.argv[4]) as 16 | 32 | 64] as const);
for (const bits of modes) {
  check.exhaustive(bits, seed, 0, Math.min(EXHAUSTIVE, count));
  check.exhaustiveVex(bits, seed, 0, Math.min(EXHAUSTIVE_VEX, count));
  check.random(bits, seed, count);
}
const { strings, defined, explained } = check.result;
console.log(`${strings} byte strings, ${defined} defined; explained: ${JSON.stringify(Object.fromEntries(explained))}`);
console.log(differenceLines(check.result).join('\n'));
