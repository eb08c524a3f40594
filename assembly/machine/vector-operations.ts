/**
 * Operations on values of 128 bits, named as the WebAssembly instructions that do them (Emit writes those in their place). The
 * last section composes what WebAssembly has not.
 */

@unmanaged
export class VectorOperations {
  // ── Bits ─────────────────────────────────────────────────────────────────────────────────────────────────────
  @inline v128And(x: v128, y: v128): v128 {
    return v128.and(x, y);
  }
  @inline v128Or(x: v128, y: v128): v128 {
    return v128.or(x, y);
  }
  @inline v128Xor(x: v128, y: v128): v128 {
    return v128.xor(x, y);
  }
  /** x & ~y */
  @inline v128Andnot(x: v128, y: v128): v128 {
    return v128.andnot(x, y);
  }
  @inline v128Not(x: v128): v128 {
    return v128.not(x);
  }
  /** Bits of x where the mask is 1, of y where it is 0. */
  @inline v128Bitselect(x: v128, y: v128, mask: v128): v128 {
    return v128.bitselect(x, y, mask);
  }
  // ── Sums, differences, averages, extremes ────────────────────────────────────────────────────────────────────
  @inline i8x16Add(x: v128, y: v128): v128 {
    return i8x16.add(x, y);
  }
  @inline i8x16Sub(x: v128, y: v128): v128 {
    return i8x16.sub(x, y);
  }
  @inline i8x16Neg(x: v128): v128 {
    return i8x16.neg(x);
  }
  @inline i8x16AddSatS(x: v128, y: v128): v128 {
    return i8x16.add_sat_s(x, y);
  }
  @inline i8x16AddSatU(x: v128, y: v128): v128 {
    return i8x16.add_sat_u(x, y);
  }
  @inline i8x16SubSatS(x: v128, y: v128): v128 {
    return i8x16.sub_sat_s(x, y);
  }
  @inline i8x16SubSatU(x: v128, y: v128): v128 {
    return i8x16.sub_sat_u(x, y);
  }
  @inline i8x16AvgrU(x: v128, y: v128): v128 {
    return i8x16.avgr_u(x, y);
  }
  @inline i8x16Abs(x: v128): v128 {
    return i8x16.abs(x);
  }
  @inline i8x16MinS(x: v128, y: v128): v128 {
    return i8x16.min_s(x, y);
  }
  @inline i8x16MinU(x: v128, y: v128): v128 {
    return i8x16.min_u(x, y);
  }
  @inline i8x16MaxS(x: v128, y: v128): v128 {
    return i8x16.max_s(x, y);
  }
  @inline i8x16MaxU(x: v128, y: v128): v128 {
    return i8x16.max_u(x, y);
  }
  @inline i8x16Eq(x: v128, y: v128): v128 {
    return i8x16.eq(x, y);
  }
  @inline i8x16GtS(x: v128, y: v128): v128 {
    return i8x16.gt_s(x, y);
  }
  @inline i16x8Add(x: v128, y: v128): v128 {
    return i16x8.add(x, y);
  }
  @inline i16x8Sub(x: v128, y: v128): v128 {
    return i16x8.sub(x, y);
  }
  @inline i16x8Neg(x: v128): v128 {
    return i16x8.neg(x);
  }
  @inline i16x8AddSatS(x: v128, y: v128): v128 {
    return i16x8.add_sat_s(x, y);
  }
  @inline i16x8AddSatU(x: v128, y: v128): v128 {
    return i16x8.add_sat_u(x, y);
  }
  @inline i16x8SubSatS(x: v128, y: v128): v128 {
    return i16x8.sub_sat_s(x, y);
  }
  @inline i16x8SubSatU(x: v128, y: v128): v128 {
    return i16x8.sub_sat_u(x, y);
  }
  @inline i16x8AvgrU(x: v128, y: v128): v128 {
    return i16x8.avgr_u(x, y);
  }
  @inline i16x8Abs(x: v128): v128 {
    return i16x8.abs(x);
  }
  @inline i16x8MinS(x: v128, y: v128): v128 {
    return i16x8.min_s(x, y);
  }
  @inline i16x8MinU(x: v128, y: v128): v128 {
    return i16x8.min_u(x, y);
  }
  @inline i16x8MaxS(x: v128, y: v128): v128 {
    return i16x8.max_s(x, y);
  }
  @inline i16x8MaxU(x: v128, y: v128): v128 {
    return i16x8.max_u(x, y);
  }
  @inline i16x8Eq(x: v128, y: v128): v128 {
    return i16x8.eq(x, y);
  }
  @inline i16x8GtS(x: v128, y: v128): v128 {
    return i16x8.gt_s(x, y);
  }
  @inline i32x4Add(x: v128, y: v128): v128 {
    return i32x4.add(x, y);
  }
  @inline i32x4Sub(x: v128, y: v128): v128 {
    return i32x4.sub(x, y);
  }
  @inline i32x4Neg(x: v128): v128 {
    return i32x4.neg(x);
  }
  @inline i32x4Abs(x: v128): v128 {
    return i32x4.abs(x);
  }
  @inline i32x4MinS(x: v128, y: v128): v128 {
    return i32x4.min_s(x, y);
  }
  @inline i32x4MinU(x: v128, y: v128): v128 {
    return i32x4.min_u(x, y);
  }
  @inline i32x4MaxS(x: v128, y: v128): v128 {
    return i32x4.max_s(x, y);
  }
  @inline i32x4MaxU(x: v128, y: v128): v128 {
    return i32x4.max_u(x, y);
  }
  @inline i32x4Eq(x: v128, y: v128): v128 {
    return i32x4.eq(x, y);
  }
  @inline i32x4GtS(x: v128, y: v128): v128 {
    return i32x4.gt_s(x, y);
  }
  @inline i64x2Add(x: v128, y: v128): v128 {
    return i64x2.add(x, y);
  }
  @inline i64x2Sub(x: v128, y: v128): v128 {
    return i64x2.sub(x, y);
  }
  @inline i64x2Eq(x: v128, y: v128): v128 {
    return i64x2.eq(x, y);
  }
  @inline i16x8ExtaddPairwiseI8x16U(x: v128): v128 {
    return i16x8.extadd_pairwise_i8x16_u(x);
  }
  @inline i32x4ExtaddPairwiseI16x8U(x: v128): v128 {
    return i32x4.extadd_pairwise_i16x8_u(x);
  }
  // ── Products ─────────────────────────────────────────────────────────────────────────────────────────────────
  @inline i16x8Mul(x: v128, y: v128): v128 {
    return i16x8.mul(x, y);
  }
  @inline i32x4Mul(x: v128, y: v128): v128 {
    return i32x4.mul(x, y);
  }
  @inline i16x8Q15mulrSatS(x: v128, y: v128): v128 {
    return i16x8.q15mulr_sat_s(x, y);
  }
  @inline i32x4ExtmulLowI16x8S(x: v128, y: v128): v128 {
    return i32x4.extmul_low_i16x8_s(x, y);
  }
  @inline i32x4ExtmulHighI16x8S(x: v128, y: v128): v128 {
    return i32x4.extmul_high_i16x8_s(x, y);
  }
  @inline i32x4ExtmulLowI16x8U(x: v128, y: v128): v128 {
    return i32x4.extmul_low_i16x8_u(x, y);
  }
  @inline i32x4ExtmulHighI16x8U(x: v128, y: v128): v128 {
    return i32x4.extmul_high_i16x8_u(x, y);
  }
  @inline i32x4DotI16x8S(x: v128, y: v128): v128 {
    return i32x4.dot_i16x8_s(x, y);
  }
  @inline i64x2ExtmulLowI32x4S(x: v128, y: v128): v128 {
    return i64x2.extmul_low_i32x4_s(x, y);
  }
  @inline i64x2ExtmulLowI32x4U(x: v128, y: v128): v128 {
    return i64x2.extmul_low_i32x4_u(x, y);
  }
  // ── Shifts: the count is taken modulo the width of a lane ────────────────────────────────────────────────────
  @inline i16x8Shl(x: v128, n: u64): v128 {
    return i16x8.shl(x, <i32>n);
  }
  @inline i16x8ShrS(x: v128, n: u64): v128 {
    return i16x8.shr_s(x, <i32>n);
  }
  @inline i16x8ShrU(x: v128, n: u64): v128 {
    return i16x8.shr_u(x, <i32>n);
  }
  @inline i32x4Shl(x: v128, n: u64): v128 {
    return i32x4.shl(x, <i32>n);
  }
  @inline i32x4ShrS(x: v128, n: u64): v128 {
    return i32x4.shr_s(x, <i32>n);
  }
  @inline i32x4ShrU(x: v128, n: u64): v128 {
    return i32x4.shr_u(x, <i32>n);
  }
  @inline i64x2GtS(x: v128, y: v128): v128 {
    return i64x2.gt_s(x, y);
  }
  @inline i64x2Shl(x: v128, n: u64): v128 {
    return i64x2.shl(x, <i32>n);
  }
  @inline i64x2ShrS(x: v128, n: u64): v128 {
    return i64x2.shr_s(x, <i32>n);
  }
  @inline i64x2ShrU(x: v128, n: u64): v128 {
    return i64x2.shr_u(x, <i32>n);
  }
  // ── Widths ───────────────────────────────────────────────────────────────────────────────────────────────────
  @inline i8x16NarrowI16x8S(x: v128, y: v128): v128 {
    return i8x16.narrow_i16x8_s(x, y);
  }
  @inline i8x16NarrowI16x8U(x: v128, y: v128): v128 {
    return i8x16.narrow_i16x8_u(x, y);
  }
  @inline i16x8NarrowI32x4S(x: v128, y: v128): v128 {
    return i16x8.narrow_i32x4_s(x, y);
  }
  @inline i16x8NarrowI32x4U(x: v128, y: v128): v128 {
    return i16x8.narrow_i32x4_u(x, y);
  }
  @inline i16x8ExtendLowI8x16S(x: v128): v128 {
    return i16x8.extend_low_i8x16_s(x);
  }
  @inline i16x8ExtendLowI8x16U(x: v128): v128 {
    return i16x8.extend_low_i8x16_u(x);
  }
  @inline i32x4ExtendLowI16x8S(x: v128): v128 {
    return i32x4.extend_low_i16x8_s(x);
  }
  @inline i32x4ExtendLowI16x8U(x: v128): v128 {
    return i32x4.extend_low_i16x8_u(x);
  }
  @inline i64x2ExtendLowI32x4S(x: v128): v128 {
    return i64x2.extend_low_i32x4_s(x);
  }
  @inline i64x2ExtendLowI32x4U(x: v128): v128 {
    return i64x2.extend_low_i32x4_u(x);
  }
  @inline f64x2ConvertLowI32x4S(x: v128): v128 {
    return f64x2.convert_low_i32x4_s(x);
  }
  // ── Lanes ────────────────────────────────────────────────────────────────────────────────────────────────────
  /** Byte n of the result is byte indices[n] of x, 0 where that is above 15. */
  @inline i8x16Swizzle(x: v128, indices: v128): v128 {
    return i8x16.swizzle(x, indices);
  }
  @inline i8x16Splat(x: u64): v128 {
    return i8x16.splat(<i8>x);
  }
  @inline i16x8Splat(x: u64): v128 {
    return i16x8.splat(<i16>x);
  }
  @inline i32x4Splat(x: u64): v128 {
    return i32x4.splat(<i32>x);
  }
  @inline i64x2Splat(x: u64): v128 {
    return i64x2.splat(<i64>x);
  }
  @inline i8x16Bitmask(x: v128): u64 {
    return <u64>i8x16.bitmask(x);
  }
  @inline i32x4Bitmask(x: v128): u64 {
    return <u64>i32x4.bitmask(x);
  }
  @inline i64x2Bitmask(x: v128): u64 {
    return <u64>i64x2.bitmask(x);
  }
  /** 1 if any bit is set, else 0. */
  @inline v128AnyTrue(x: v128): u64 {
    return <u64>v128.any_true(x);
  }
  /** Lanes of x and y in turn: those of the low halves, of the high halves. */
  @inline i8x16InterleaveLow(x: v128, y: v128): v128 {
    return i8x16.shuffle(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  }
  @inline i8x16InterleaveHigh(x: v128, y: v128): v128 {
    return i8x16.shuffle(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
  @inline i16x8InterleaveLow(x: v128, y: v128): v128 {
    return i16x8.shuffle(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
  }
  @inline i16x8InterleaveHigh(x: v128, y: v128): v128 {
    return i16x8.shuffle(x, y, 4, 12, 5, 13, 6, 14, 7, 15);
  }
  @inline i32x4InterleaveLow(x: v128, y: v128): v128 {
    return i32x4.shuffle(x, y, 0, 4, 1, 5);
  }
  @inline i32x4InterleaveHigh(x: v128, y: v128): v128 {
    return i32x4.shuffle(x, y, 2, 6, 3, 7);
  }
  @inline i64x2InterleaveLow(x: v128, y: v128): v128 {
    return i64x2.shuffle(x, y, 0, 2);
  }
  @inline i64x2InterleaveHigh(x: v128, y: v128): v128 {
    return i64x2.shuffle(x, y, 1, 3);
  }
  /** The lanes of x and then of y with even numbers, with odd numbers. */
  @inline i16x8Even(x: v128, y: v128): v128 {
    return i16x8.shuffle(x, y, 0, 2, 4, 6, 8, 10, 12, 14);
  }
  @inline i16x8Odd(x: v128, y: v128): v128 {
    return i16x8.shuffle(x, y, 1, 3, 5, 7, 9, 11, 13, 15);
  }
  @inline i32x4Even(x: v128, y: v128): v128 {
    return i32x4.shuffle(x, y, 0, 2, 4, 6);
  }
  @inline i32x4Odd(x: v128, y: v128): v128 {
    return i32x4.shuffle(x, y, 1, 3, 5, 7);
  }
  /** The low lane of x and the rest of y. */
  @inline i32x4LowOf(x: v128, y: v128): v128 {
    return i32x4.shuffle(x, y, 0, 5, 6, 7);
  }
  @inline i64x2LowOf(x: v128, y: v128): v128 {
    return i64x2.shuffle(x, y, 0, 3);
  }

  // ── Composed ─────────────────────────────────────────────────────────────────────────────────────────────────
  @inline zeros(): v128 {
    return i64x2.splat(0);
  }
  /** x if the condition is 1, zeros if it is 0. */
  @inline v128If(condition: u64, x: v128): v128 {
    return v128.and(x, i64x2.splat(0 - <i64>condition));
  }
  /** 1 if x is below the constant n (unsigned), else 0. */
  @inline isBelow(x: u64, n: u64): u64 {
    return <u64>(x < n);
  }
  /** The 64 bits of x and then those of y: what MMX instructions see as one vector. */
  @inline pair(x: v128, y: v128): v128 {
    return i64x2.shuffle(x, y, 0, 2);
  }
  /** Bytes n..n+15 of x, zeros beyond it; n is at most 240. */
  @inline bytesFrom(x: v128, n: u32): v128 {
    return i8x16.swizzle(x, i8x16.add(i8x16.splat(<i8>n), i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)));
  }
  /** x moved up by n bytes, at most 16, zeros coming in. */
  @inline bytesUp(x: v128, n: u32): v128 {
    return i8x16.swizzle(x, i8x16.sub(i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), i8x16.splat(<i8>n)));
  }
  /** 16 bytes from byte n of x:y on, y being the low half; n is at most 15. */
  @inline bytesOf(x: v128, y: v128, n: u32): v128 {
    return v128.or(this.bytesFrom(y, n), this.bytesUp(x, 16 - n));
  }
  /** Lane n of type T. */
  @inline lane<T>(x: v128, n: u32): u64 {
    return <u64>(<T>i64x2.extract_lane(this.bytesFrom(x, n * sizeof<T>()), 0));
  }
  /** Lane a of x, then lane b of y. */
  @inline i64x2Lanes(x: v128, a: u32, y: v128, b: u32): v128 {
    return i64x2.shuffle(a ? i64x2.shuffle(x, x, 1, 1) : x, b ? y : i64x2.shuffle(y, y, 0, 0), 0, 3);
  }
  /** Lane n of the result is the lane of x that bits 2n+1 and 2n of the constant `order` name. */
  @inline i32x4Permute(x: v128, order: u32): v128 {
    const shifted = i32x4.mul(i32x4.splat(order), i32x4(64, 16, 4, 1));
    const lanes = v128.and(i32x4.shr_u(shifted, 6), i32x4.splat(3));
    return i8x16.swizzle(x, i32x4.add(i32x4.mul(lanes, i32x4.splat(0x04040404)), i32x4.splat(0x03020100)));
  }
  /** The same with lanes of 16 bits: of lanes 0-3, or of lanes 4-7; the others stay. */
  @inline i16x8PermuteLow(x: v128, order: u32): v128 {
    const shifted = i16x8.mul(i16x8.splat(<i16>order), i16x8(64, 16, 4, 1, 0, 0, 0, 0));
    const lanes = v128.and(i16x8.shr_u(shifted, 6), i16x8(3, 3, 3, 3, 0, 0, 0, 0));
    const first = i16x8(0x100, 0x100, 0x100, 0x100, 0x908, 0xb0a, 0xd0c, 0xf0e);
    return i8x16.swizzle(x, i16x8.add(i16x8.mul(lanes, i16x8.splat(0x202)), first));
  }
  @inline i16x8PermuteHigh(x: v128, order: u32): v128 {
    const shifted = i16x8.mul(i16x8.splat(<i16>order), i16x8(0, 0, 0, 0, 64, 16, 4, 1));
    const lanes = v128.and(i16x8.shr_u(shifted, 6), i16x8(0, 0, 0, 0, 3, 3, 3, 3));
    const first = i16x8(0x100, 0x302, 0x504, 0x706, 0x908, 0x908, 0x908, 0x908);
    return i8x16.swizzle(x, i16x8.add(i16x8.mul(lanes, i16x8.splat(0x202)), first));
  }
  /** All ones in the lanes whose bit of the constant `bits` is set. */
  @inline i16x8Mask(bits: u32): v128 {
    const lanes = i16x8(1, 2, 4, 8, 16, 32, 64, 128);
    return i16x8.eq(v128.and(i16x8.splat(<i16>bits), lanes), lanes);
  }
  @inline i32x4Mask(bits: u32): v128 {
    const lanes = i32x4(1, 2, 4, 8);
    return i32x4.eq(v128.and(i32x4.splat(bits), lanes), lanes);
  }
  @inline i64x2Mask(bits: u32): v128 {
    const lanes = i64x2(1, 2);
    return i64x2.eq(v128.and(i64x2.splat(bits), lanes), lanes);
  }
  /** x with lane n of type T replaced. */
  @inline replaceLane<T>(x: v128, v: u64, n: u32): v128 {
    if (sizeof<T>() == 8) return v128.bitselect(i64x2.splat(<i64>v), x, this.i64x2Mask(1 << n));
    if (sizeof<T>() == 4) return v128.bitselect(i32x4.splat(<i32>v), x, this.i32x4Mask(1 << n));
    if (sizeof<T>() == 2) return v128.bitselect(i16x8.splat(<i16>v), x, this.i16x8Mask(1 << n));
    const lane = i8x16.eq(i8x16.splat(<i8>n), i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    return v128.bitselect(i8x16.splat(<i8>v), x, lane);
  }
}
