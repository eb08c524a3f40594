/**
 * 128-bit arithmetic for the transcendental routines: fractions in two u64 words, most significant first. Results are
 * high word (returned) and low word (Wide.low), truncated, off by at most a few units of 2^-128: the routines keep some
 * 115 good bits, so that rounding to 64 bits is wrong only where 2^-50 of a unit decides.
 */
import { Wide } from './wide';

@final
export class Fixed {
  /** (a * b) >> 128. */
  static mul(ah: u64, al: u64, bh: u64, bl: u64): u64 {
    let high = Wide.mulHigh(ah, bh);
    let low = ah * bh;
    const cross1 = Wide.mulHigh(ah, bl);
    const cross2 = Wide.mulHigh(al, bh);
    low += cross1;
    high += u64(low < cross1);
    low += cross2;
    high += u64(low < cross2);
    Wide.low = low;
    return high;
  }

  /** (n << 128) / d for n < d and d with bit 127 set. */
  static div(nh: u64, nl: u64, dh: u64, dl: u64): u64 {
    const q1 = Fixed.digit(nh, nl, dh, dl);
    const rh = Fixed.restHigh;
    const rl = Wide.low;
    Wide.low = Fixed.digit(rh, rl, dh, dl);
    return q1;
  }

  /** High word of the rest that `digit` leaves. */
  private static restHigh: u64 = 0;

  /** One 64-bit quotient digit of n / d; the rest, which is the next dividend, goes to restHigh and Wide.low. */
  private static digit(nh: u64, nl: u64, dh: u64, dl: u64): u64 {
    let q: u64 = ~0;
    let rest: u64;
    let over: bool = false;
    if (nh < dh) {
      q = Wide.divide(nh, nl, dh);
      rest = Wide.low;
    } else {
      rest = nl + dh;
      over = rest < dh;
    }
    // The rest is (rest:0) - q * dl, unless that is negative: then the digit was one or two too large.
    const takeHigh = Wide.mulHigh(q, dl);
    let low = 0 - q * dl;
    let high = rest - takeHigh - u64(low != 0);
    let negative = !over && (takeHigh > rest || (takeHigh == rest && low != 0));
    while (negative) {
      q--;
      low += dl;
      const carry = u64(low < dl);
      const sum = high + dh;
      const next = sum + carry;
      // A carry out of the addition ends the negative range.
      negative = !(sum < dh || next < sum);
      high = next;
    }
    Fixed.restHigh = high;
    Wide.low = low;
    return q;
  }

  /**
   * table[0] * x - table[1] * x^2 + table[2] * x^3 ... (`alternating`), or the same with plus signs, for a fraction x
   * and `count` coefficients: what the series of 1 leaves to add to or to take from 1.
   */
  static series(table: usize, count: i32, xh: u64, xl: u64, alternating: bool): u64 {
    let h: u64 = 0;
    let l: u64 = 0;
    for (let p = table + ((<usize>(count - 1)) << 4); p >= table; p -= 16) {
      const ch = load<u64>(p);
      const cl = load<u64>(p, 8);
      if (alternating) {
        h = ch - h - u64(cl < l);
        l = cl - l;
      } else {
        l += cl;
        h += ch + u64(l < cl);
      }
      h = Fixed.mul(h, l, xh, xl);
      l = Wide.low;
    }
    Wide.low = l;
    return h;
  }
}
