/**
 * Division of a dividend of twice the operand width, which wasm has for neither 128 by 64 bits nor without its own traps
 * on 0 and overflow. SDM vol. 2A, DIV and IDIV: #DE if the divisor is 0 or the quotient does not fit.
 */
import { EXCEPTION_DE } from '../shared/exception';
import { Wide } from '../softfloat/wide';
import { Eval } from './eval';

/** Quotient of (high:low) / divisor, all of width T and unsigned. */
export function divideUnsigned<T>(m: Eval, high: u64, low: u64, divisor: u64): u64 {
  // high < divisor is just what makes the quotient fit; a divisor of 0 never passes.
  if (high >= divisor) {
    m.raise(EXCEPTION_DE);
    return 0;
  }
  const bits: u64 = sizeof<T>() * 8;
  if (bits < 64) return ((high << bits) | low) / divisor;
  return high == 0 ? low / divisor : wideQuotient(high, low, divisor);
}

/** (high:low) / divisor for 0 < high < divisor. */
function wideQuotient(high: u64, low: u64, divisor: u64): u64 {
  const shift = clz<u64>(divisor);
  if (shift == 0) return Wide.divide(high, low, divisor);
  return Wide.divide((high << shift) | (low >> (64 - shift)), low << shift, divisor << shift);
}

/** As divideUnsigned for two's complement numbers; the quotient is rounded towards 0. */
export function divideSigned<T>(m: Eval, high: u64, low: u64, divisor: u64): u64 {
  const d = m.signed<T>(divisor);
  const h = m.signed<T>(high);
  let dividendHigh = <u64>h;
  let dividendLow = low;
  if (h < 0) {
    dividendLow = m.trunc<T>(0 - low);
    dividendHigh = ~dividendHigh + <u64>(dividendLow == 0);
  }
  const negative = (h ^ d) < 0;
  const magnitude = d < 0 ? 0 - <u64>d : <u64>d;
  if (dividendHigh >= magnitude) {
    m.raise(EXCEPTION_DE);
    return 0;
  }
  const q = divideUnsigned<T>(m, dividendHigh, dividendLow, magnitude);
  const top: u64 = sizeof<T>() * 8 - 1;
  const limit: u64 = ((<u64>1) << top) - (negative ? 0 : 1);
  if (q > limit) {
    m.raise(EXCEPTION_DE);
    return 0;
  }
  return m.trunc<T>(negative ? 0 - q : q);
}

export function multiplyHighSigned(x: u64, y: u64): u64 {
  let high = Wide.mulHigh(x, y);
  if (<i64>x < 0) high -= y;
  if (<i64>y < 0) high -= x;
  return high;
}
