/** The numbers by chance that x87-cases.ts makes its cases of, as record-x87.c has them: significands and memory operands with edges often. */

export const TOP: u64 = 1 << 63;
export const ALL: u64 = ~0;

let state: u64 = 0;

export function seed(v: u64): void {
  state = v;
}

export function next(): u64 {
  let z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

export function normalised(v: u64): u64 {
  return v ? v << clz(v) : TOP;
}

/** A significand half a unit beyond `bits` bits. */
export function halfway(random: u64, bits: u64): u64 {
  return ((random >> (64 - bits)) << (64 - bits)) | ((<u64>1) << (63 - bits));
}

export function drawSignificand(): u64 {
  const r = next();
  const random = next();
  const k = (r >> 4) & 63;
  switch (<u32>r & 15) {
    case 0:
      return TOP;
    case 1:
      return ALL;
    case 2:
      return TOP | (random & 3);
    case 3:
      return ~(random & 3);
    case 4:
      return TOP | ((<u64>1) << k);
    case 5:
      return TOP | (ALL << k);
    case 6:
      return TOP | (((<u64>1) << k) - 1);
    case 7:
    case 8:
      return TOP | ((random >> k) << k);
    case 9:
      return TOP | (halfway(random, 24) + ((r >> 10) & 3) - 1);
    case 10:
      return TOP | (halfway(random, 53) + ((r >> 10) & 3) - 1);
    case 11:
    case 12:
      return normalised(random >> k);
    default:
      return TOP | random;
  }
}

/** The memory operand as bits. */
export function pattern(): u64 {
  const r = next();
  const random = next();
  const k = (r >> 8) & 63;
  switch (<u32>r & 15) {
    case 0:
      return random & 0x800fffff807fffff;
    case 1:
      return random | 0x7ff000007f800000;
    case 2:
    case 3:
    case 4:
      return <u64>(<i64>random >> k);
    case 5:
      return (<u64>1) << k;
    case 6:
      return ALL << k;
    case 7:
      return 0;
    case 8:
      return random & 0xfff0000fff800000;
    case 9:
      return (random & 0x800fffff807fffff) | ((r >> 16) & 1 ? 0x3ff000003f800000 : 0x0010000000800000);
    default:
      return random;
  }
}
