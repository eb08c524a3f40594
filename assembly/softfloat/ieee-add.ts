/** Addition and subtraction of binary32 and binary64 - SDM vol. 2, ADDSD, SUBSD and family. */
import {
  exponentOf,
  finiteExponent,
  finiteSignificand,
  flush,
  invalid,
  isInfinity,
  isNaN,
  isZero,
  propagateNaN,
  raiseDenormal,
  shiftRightJam,
  signOf,
  significandOf,
  specialExponent,
} from './ieee-format';
import { exactZero, roundPack } from './ieee-round';

/** a + b, or a - b if `negate` is 1: a NaN subtrahend keeps its sign. */
export function ieeeAdd<T>(cpu: usize, a: T, b: T, mxcsr: u32, negate: u32): T {
  const ea = exponentOf<T>(a);
  const eb = exponentOf<T>(b);
  const limit = <u32>(specialExponent<T>() - 1);
  if (<u32>(ea - 1) >= limit || <u32>(eb - 1) >= limit) return addSpecial<T>(cpu, a, b, mxcsr, negate);
  const sa = signOf<T>(a);
  return addFinite<T>(cpu, sa, ea, significandOf<T>(a), signOf<T>(b) ^ negate, eb, significandOf<T>(b), mxcsr);
}

/** Two finite numbers that are not zero. */
function addFinite<T>(cpu: usize, sa: u32, ea: i32, ma: u64, sb: u32, eb: i32, mb: u64, mxcsr: u32): T {
  if (ea < eb || (ea == eb && ma < mb)) {
    const s = sa;
    sa = sb;
    sb = s;
    const e = ea;
    ea = eb;
    eb = e;
    const m = ma;
    ma = mb;
    mb = m;
  }
  mb = shiftRightJam(mb, ea - eb);
  if (sa == sb) {
    let sum = ma + mb;
    if (<i64>sum < 0) {
      sum = (sum >> 1) | (sum & 1);
      ea++;
    }
    return roundPack<T>(cpu, sa, ea, sum, mxcsr);
  }
  const difference = ma - mb;
  if (difference == 0) return exactZero<T>(mxcsr);
  const shift = <i32>clz(difference) - 1;
  return roundPack<T>(cpu, sa, ea - shift, difference << shift, mxcsr);
}

/** Operands that are zero, denormal, infinite or NaN. */
function addSpecial<T>(cpu: usize, a: T, b: T, mxcsr: u32, negate: u32): T {
  if (isNaN<T>(a) || isNaN<T>(b)) return propagateNaN<T>(cpu, a, b);
  a = flush<T>(a, mxcsr);
  b = flush<T>(b, mxcsr);
  const sa = signOf<T>(a);
  const sb = signOf<T>(b) ^ negate;
  if (isInfinity<T>(a) && isInfinity<T>(b) && sa != sb) return invalid<T>(cpu);
  raiseDenormal<T>(cpu, a, b);
  if (isInfinity<T>(a)) return a;
  const eb = finiteExponent<T>(b);
  const mb = finiteSignificand<T>(b);
  if (isInfinity<T>(b) || isZero<T>(a)) {
    if (isZero<T>(b)) return sa == sb ? a : exactZero<T>(mxcsr);
    if (isInfinity<T>(b)) return <T>(<u64>b ^ ((<u64>negate) << (sizeof<T>() * 8 - 1)));
    return roundPack<T>(cpu, sb, eb, mb, mxcsr);
  }
  const ma = finiteSignificand<T>(a);
  if (isZero<T>(b)) return roundPack<T>(cpu, sa, finiteExponent<T>(a), ma, mxcsr);
  return addFinite<T>(cpu, sa, finiteExponent<T>(a), ma, sb, eb, mb, mxcsr);
}
