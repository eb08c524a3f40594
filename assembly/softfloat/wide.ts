/**
 * Arithmetic on 128-bit integers in two u64 halves. wasm has no widening multiply and no 128-bit division; routines that
 * yield two words leave the low one (or the remainder) in `Wide.low`.
 */
@final
export class Wide {
  /** Second result word of the routine called last; never kept across calls. */
  static low: u64 = 0;

  /** High half of a * b, by four 32-bit products. */
  @inline
  static mulHigh(a: u64, b: u64): u64 {
    const al = a & 0xffffffff;
    const ah = a >> 32;
    const bl = b & 0xffffffff;
    const bh = b >> 32;
    const middle = ah * bl + ((al * bl) >> 32);
    const middle2 = al * bh + (middle & 0xffffffff);
    return ah * bh + (middle >> 32) + (middle2 >> 32);
  }

  /** (high:low) >> count for 0 < count, with everything shifted out ORed into bit 0 of the low word (Wide.low). */
  static shiftRightJam(high: u64, low: u64, count: u32): u64 {
    if (count < 64) {
      const lost = low << (64 - count);
      Wide.low = (high << (64 - count)) | (low >> count) | u64(lost != 0);
      return high >> count;
    }
    if (count == 64) {
      Wide.low = high | u64(low != 0);
      return 0;
    }
    if (count < 128) {
      const rest = high << (128 - count);
      Wide.low = (high >> (count - 64)) | u64((rest | low) != 0);
      return 0;
    }
    Wide.low = u64((high | low) != 0);
    return 0;
  }

  /**
   * (high:low) / divisor for high < divisor and a divisor with bit 63 set; the remainder goes to Wide.low.
   * Two steps of schoolbook division with 32-bit digits (Knuth, algorithm D).
   */
  static divide(high: u64, low: u64, divisor: u64): u64 {
    const dh = divisor >> 32;
    const dl = divisor & 0xffffffff;
    let q1 = high / dh;
    let r = high - q1 * dh;
    while (q1 >> 32 != 0 || q1 * dl > ((r << 32) | (low >> 32))) {
      q1--;
      r += dh;
      if (r >> 32 != 0) break;
    }
    const middle = ((high << 32) | (low >> 32)) - q1 * divisor;
    let q0 = middle / dh;
    r = middle - q0 * dh;
    while (q0 >> 32 != 0 || q0 * dl > ((r << 32) | (low & 0xffffffff))) {
      q0--;
      r += dh;
      if (r >> 32 != 0) break;
    }
    Wide.low = ((middle << 32) | (low & 0xffffffff)) - q0 * divisor;
    return (q1 << 32) | q0;
  }
}
