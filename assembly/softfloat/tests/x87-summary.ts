/** What record-x87.c keeps of the results of a CPU, made of the results of another one: flags and hashes. */

/** KIND.REMAINDER of x87-operations.ts. */
const REMAINDER = 5;
const BLOCK = 240;
/** Bytes of a case: FRSTOR's image, the memory operand at MEMORY. */
const CASE = 128;
const MEMORY = 112;
/** Bytes of a result: FNSAVE's image, EFLAGS at EFLAGS. */
const RESULT = 112;
const EFLAGS = 108;

function fold(h: u64, v: u64): u64 {
  h = (h ^ v) * 0x9e3779b97f4a7c15;
  return h ^ (h >> 32);
}

/** Where FNSAVE has put the physical register n. */
function place(result: usize, status: u64, n: u32): usize {
  return result + 28 + 10 * <usize>((n - <u32>(status >> 11)) & 7);
}

/** A hash of what the instruction changed, as record-x87.c makes it. */
function hash(kind: i32, flagsDefined: bool, input: usize, result: usize, after: usize): u64 {
  let status = <u64>load<u16>(result, 4);
  let h: u64 = 0;
  for (let n: u32 = 0; n < 8; n += n == 1 ? 6 : 1) {
    const p = place(result, status, n);
    const q = input + 28 + 10 * <usize>n;
    h = fold(h, load<u64>(p) ^ load<u64>(q));
    h = fold(h, <u64>(load<u16>(p, 8) ^ load<u16>(q, 8)));
  }
  const unmasked = status & ~(<u64>load<u16>(input));
  if (kind == REMAINDER && unmasked & 2) status &= ~0x4700;
  h = fold(h, load<u64>(after, MEMORY) ^ load<u64>(input, MEMORY));
  h = fold(h, <u64>(load<u16>(after, MEMORY + 8) ^ load<u16>(input, MEMORY + 8)));
  h = fold(h, status | ((<u64>load<u16>(result, 8)) << 16));
  return fold(h, flagsDefined && (unmasked & 3) == 0 ? <u64>load<u32>(result, EFLAGS) & 0x45 : 0);
}

/**
 * What the corpus holds of an operation, made of the cases at `input`, the results at `result`, and the cases as they are
 * after it, for their memory operands, at `after`.
 */
export function summarize(
  kind: i32,
  flagsDefined: bool,
  count: u32,
  input: usize,
  result: usize,
  after: usize,
  out: usize,
): void {
  let sum: u64 = 0;
  const hashes = out + count;
  const sums = hashes + count;
  for (let n: u32 = 0; n < count; n++) {
    const h = hash(kind, flagsDefined, input, result, after);
    let status = <u32>load<u16>(result, 4);
    if (kind == REMAINDER && status & ~(<u32>load<u16>(input)) & 2) status &= ~0x200;
    store<u8>(out + n, <u8>((status & 0x3f) | ((status >> 3) & 0x40) | (status & 0x80)));
    store<u8>(hashes + n, <u8>(h >> 56));
    sum = fold(sum, h);
    if (n % BLOCK == BLOCK - 1) store<u32>(sums + ((n / BLOCK) << 2), <u32>(sum >> 32));
    input += CASE;
    result += RESULT;
    after += CASE;
  }
}
