/**
 * The operations of machine/vector-operations.ts for the machine that compiles: where WebAssembly has the instruction, it is
 * written; what is composed there has constants here, so that a shuffle does.
 */
import * as W from '../jit/opcodes';
import * as V from '../jit/simd-opcodes';
import { EmitVectors } from './emit-vectors';

@unmanaged
export class EmitVectorOperations extends EmitVectors {
  private unary(x: u64, op: u32): u64 {
    this.useVector(x);
    this.simd(op);
    return this.take128();
  }
  private binary(x: u64, y: u64, op: u32): u64 {
    this.useVector(x);
    this.useVector(y);
    this.simd(op);
    return this.take128();
  }
  private ternary(x: u64, y: u64, z: u64, op: u32): u64 {
    this.useVector(x);
    this.useVector(y);
    this.useVector(z);
    this.simd(op);
    return this.take128();
  }
  private shift(x: u64, n: u64, op: u32): u64 {
    this.useVector(x);
    this.use32(n);
    this.simd(op);
    return this.take128();
  }
  private splat(x: u64, op: u32): u64 {
    this.use32(x);
    this.simd(op);
    return this.take128();
  }
  private toGeneral(x: u64, op: u32): u64 {
    this.useVector(x);
    this.simd(op);
    return this.take32();
  }

  // ── Named as the instruction ───────────────────────────────────────────────────────────────────────────────
  v128And(x: u64, y: u64): u64 {
    return this.binary(x, y, V.V128_AND);
  }
  v128Or(x: u64, y: u64): u64 {
    return this.binary(x, y, V.V128_OR);
  }
  v128Xor(x: u64, y: u64): u64 {
    return this.binary(x, y, V.V128_XOR);
  }
  v128Andnot(x: u64, y: u64): u64 {
    return this.binary(x, y, V.V128_ANDNOT);
  }
  v128Not(x: u64): u64 {
    return this.unary(x, V.V128_NOT);
  }
  v128Bitselect(x: u64, y: u64, mask: u64): u64 {
    return this.ternary(x, y, mask, V.V128_BITSELECT);
  }
  i8x16Add(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_ADD);
  }
  i8x16Sub(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_SUB);
  }
  i8x16Neg(x: u64): u64 {
    return this.unary(x, V.I8X16_NEG);
  }
  i8x16AddSatS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_ADD_SAT_S);
  }
  i8x16AddSatU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_ADD_SAT_U);
  }
  i8x16SubSatS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_SUB_SAT_S);
  }
  i8x16SubSatU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_SUB_SAT_U);
  }
  i8x16AvgrU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_AVGR_U);
  }
  i8x16Abs(x: u64): u64 {
    return this.unary(x, V.I8X16_ABS);
  }
  i8x16MinS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_MIN_S);
  }
  i8x16MinU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_MIN_U);
  }
  i8x16MaxS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_MAX_S);
  }
  i8x16MaxU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_MAX_U);
  }
  i8x16Eq(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_EQ);
  }
  i8x16GtS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_GT_S);
  }
  i16x8Add(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_ADD);
  }
  i16x8Sub(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_SUB);
  }
  i16x8Neg(x: u64): u64 {
    return this.unary(x, V.I16X8_NEG);
  }
  i16x8AddSatS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_ADD_SAT_S);
  }
  i16x8AddSatU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_ADD_SAT_U);
  }
  i16x8SubSatS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_SUB_SAT_S);
  }
  i16x8SubSatU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_SUB_SAT_U);
  }
  i16x8AvgrU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_AVGR_U);
  }
  i16x8Abs(x: u64): u64 {
    return this.unary(x, V.I16X8_ABS);
  }
  i16x8MinS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_MIN_S);
  }
  i16x8MinU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_MIN_U);
  }
  i16x8MaxS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_MAX_S);
  }
  i16x8MaxU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_MAX_U);
  }
  i16x8Eq(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_EQ);
  }
  i16x8GtS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_GT_S);
  }
  i32x4Add(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_ADD);
  }
  i32x4Sub(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_SUB);
  }
  i32x4Neg(x: u64): u64 {
    return this.unary(x, V.I32X4_NEG);
  }
  i32x4Abs(x: u64): u64 {
    return this.unary(x, V.I32X4_ABS);
  }
  i32x4MinS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_MIN_S);
  }
  i32x4MinU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_MIN_U);
  }
  i32x4MaxS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_MAX_S);
  }
  i32x4MaxU(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_MAX_U);
  }
  i32x4Eq(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_EQ);
  }
  i32x4GtS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_GT_S);
  }
  i64x2Add(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I64X2_ADD);
  }
  i64x2Sub(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I64X2_SUB);
  }
  i64x2Eq(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I64X2_EQ);
  }
  i16x8ExtaddPairwiseI8x16U(x: u64): u64 {
    return this.unary(x, V.I16X8_EXTADD_PAIRWISE_I8X16_U);
  }
  i32x4ExtaddPairwiseI16x8U(x: u64): u64 {
    return this.unary(x, V.I32X4_EXTADD_PAIRWISE_I16X8_U);
  }
  i16x8Mul(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_MUL);
  }
  i32x4Mul(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_MUL);
  }
  i16x8Q15mulrSatS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_Q15MULR_SAT_S);
  }
  i32x4ExtmulLowI16x8S(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_EXTMUL_LOW_I16X8_S);
  }
  i32x4ExtmulHighI16x8S(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_EXTMUL_HIGH_I16X8_S);
  }
  i32x4ExtmulLowI16x8U(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_EXTMUL_LOW_I16X8_U);
  }
  i32x4ExtmulHighI16x8U(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_EXTMUL_HIGH_I16X8_U);
  }
  i32x4DotI16x8S(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I32X4_DOT_I16X8_S);
  }
  i64x2ExtmulLowI32x4S(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I64X2_EXTMUL_LOW_I32X4_S);
  }
  i64x2ExtmulLowI32x4U(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I64X2_EXTMUL_LOW_I32X4_U);
  }
  i16x8Shl(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I16X8_SHL);
  }
  i16x8ShrS(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I16X8_SHR_S);
  }
  i16x8ShrU(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I16X8_SHR_U);
  }
  i32x4Shl(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I32X4_SHL);
  }
  i32x4ShrS(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I32X4_SHR_S);
  }
  i32x4ShrU(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I32X4_SHR_U);
  }
  i64x2GtS(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I64X2_GT_S);
  }
  i64x2Shl(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I64X2_SHL);
  }
  i64x2ShrS(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I64X2_SHR_S);
  }
  i64x2ShrU(x: u64, n: u64): u64 {
    return this.shift(x, n, V.I64X2_SHR_U);
  }
  i8x16NarrowI16x8S(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_NARROW_I16X8_S);
  }
  i8x16NarrowI16x8U(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I8X16_NARROW_I16X8_U);
  }
  i16x8NarrowI32x4S(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_NARROW_I32X4_S);
  }
  i16x8NarrowI32x4U(x: u64, y: u64): u64 {
    return this.binary(x, y, V.I16X8_NARROW_I32X4_U);
  }
  i16x8ExtendLowI8x16S(x: u64): u64 {
    return this.unary(x, V.I16X8_EXTEND_LOW_I8X16_S);
  }
  i16x8ExtendLowI8x16U(x: u64): u64 {
    return this.unary(x, V.I16X8_EXTEND_LOW_I8X16_U);
  }
  i32x4ExtendLowI16x8S(x: u64): u64 {
    return this.unary(x, V.I32X4_EXTEND_LOW_I16X8_S);
  }
  i32x4ExtendLowI16x8U(x: u64): u64 {
    return this.unary(x, V.I32X4_EXTEND_LOW_I16X8_U);
  }
  i64x2ExtendLowI32x4S(x: u64): u64 {
    return this.unary(x, V.I64X2_EXTEND_LOW_I32X4_S);
  }
  i64x2ExtendLowI32x4U(x: u64): u64 {
    return this.unary(x, V.I64X2_EXTEND_LOW_I32X4_U);
  }
  f64x2ConvertLowI32x4S(x: u64): u64 {
    return this.unary(x, V.F64X2_CONVERT_LOW_I32X4_S);
  }
  i8x16Swizzle(x: u64, indices: u64): u64 {
    return this.binary(x, indices, V.I8X16_SWIZZLE);
  }
  i8x16Splat(x: u64): u64 {
    return this.splat(x, V.I8X16_SPLAT);
  }
  i16x8Splat(x: u64): u64 {
    return this.splat(x, V.I16X8_SPLAT);
  }
  i32x4Splat(x: u64): u64 {
    return this.splat(x, V.I32X4_SPLAT);
  }
  i64x2Splat(x: u64): u64 {
    this.use64(x);
    this.simd(V.I64X2_SPLAT);
    return this.take128();
  }
  i8x16Bitmask(x: u64): u64 {
    return this.toGeneral(x, V.I8X16_BITMASK);
  }
  i32x4Bitmask(x: u64): u64 {
    return this.toGeneral(x, V.I32X4_BITMASK);
  }
  i64x2Bitmask(x: u64): u64 {
    return this.toGeneral(x, V.I64X2_BITMASK);
  }
  v128AnyTrue(x: u64): u64 {
    return this.toGeneral(x, V.V128_ANY_TRUE);
  }

  // ── Shuffles: a byte of the selection is 0 to 15 for those of x, 16 to 31 for those of y ──────────────────────
  shuffle(x: u64, y: u64, low: u64, high: u64): u64 {
    this.useVector(x);
    this.useVector(y);
    this.simd(V.I8X16_SHUFFLE);
    store<u64>(this.at, low);
    store<u64>(this.at, high, 8);
    this.at += 16;
    return this.take128();
  }
  /** Four lanes of 16 bits, by number, as bytes of the selection. */
  private words(a: u32, b: u32, c: u32, d: u32): u64 {
    const lanes = <u64>a | ((<u64>b) << 16) | ((<u64>c) << 32) | ((<u64>d) << 48);
    return lanes * 0x202 + 0x0100010001000100;
  }
  private doublewords(a: u32, b: u32): u64 {
    return this.words(a << 1, (a << 1) + 1, b << 1, (b << 1) + 1);
  }
  private quadword(a: u32): u64 {
    return this.doublewords(a << 1, (a << 1) + 1);
  }
  i8x16InterleaveLow(x: u64, y: u64): u64 {
    return this.shuffle(x, y, 0x1303120211011000, 0x1707160615051404);
  }
  i8x16InterleaveHigh(x: u64, y: u64): u64 {
    return this.shuffle(x, y, 0x1b0b1a0a19091808, 0x1f0f1e0e1d0d1c0c);
  }
  i16x8InterleaveLow(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.words(0, 8, 1, 9), this.words(2, 10, 3, 11));
  }
  i16x8InterleaveHigh(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.words(4, 12, 5, 13), this.words(6, 14, 7, 15));
  }
  i32x4InterleaveLow(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.doublewords(0, 4), this.doublewords(1, 5));
  }
  i32x4InterleaveHigh(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.doublewords(2, 6), this.doublewords(3, 7));
  }
  i64x2InterleaveLow(x: u64, y: u64): u64 {
    return this.i64x2Lanes(x, 0, y, 0);
  }
  i64x2InterleaveHigh(x: u64, y: u64): u64 {
    return this.i64x2Lanes(x, 1, y, 1);
  }
  i16x8Even(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.words(0, 2, 4, 6), this.words(8, 10, 12, 14));
  }
  i16x8Odd(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.words(1, 3, 5, 7), this.words(9, 11, 13, 15));
  }
  i32x4Even(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.doublewords(0, 2), this.doublewords(4, 6));
  }
  i32x4Odd(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.doublewords(1, 3), this.doublewords(5, 7));
  }
  i32x4LowOf(x: u64, y: u64): u64 {
    return this.shuffle(x, y, this.doublewords(0, 5), this.doublewords(6, 7));
  }
  i64x2LowOf(x: u64, y: u64): u64 {
    return this.i64x2Lanes(x, 0, y, 1);
  }
  i64x2Lanes(x: u64, a: u32, y: u64, b: u32): u64 {
    return this.shuffle(x, y, this.quadword(a), this.quadword(b + 2));
  }
  pair(x: u64, y: u64): u64 {
    return this.i64x2Lanes(x, 0, y, 0);
  }
  /** Selects bytes n to n + 15 of the 32. */
  private window(x: u64, y: u64, n: u32): u64 {
    const from = <u64>n * 0x0101010101010101;
    return this.shuffle(x, y, from + 0x0706050403020100, from + 0x0f0e0d0c0b0a0908);
  }
  bytesFrom(x: u64, n: u32): u64 {
    return n < 16 ? this.window(x, this.zeros(), n) : this.zeros();
  }
  bytesUp(x: u64, n: u32): u64 {
    return this.window(this.zeros(), x, 16 - n);
  }
  bytesOf(x: u64, y: u64, n: u32): u64 {
    return this.window(y, x, n);
  }
  i32x4Permute(x: u64, order: u32): u64 {
    const low = this.doublewords(order & 3, (order >> 2) & 3);
    return this.shuffle(x, x, low, this.doublewords((order >> 4) & 3, (order >> 6) & 3));
  }
  private fourWords(order: u32, first: u32): u64 {
    return this.words(
      first + (order & 3),
      first + ((order >> 2) & 3),
      first + ((order >> 4) & 3),
      first + ((order >> 6) & 3),
    );
  }
  i16x8PermuteLow(x: u64, order: u32): u64 {
    return this.shuffle(x, x, this.fourWords(order, 0), this.quadword(1));
  }
  i16x8PermuteHigh(x: u64, order: u32): u64 {
    return this.shuffle(x, x, this.quadword(0), this.fourWords(order, 4));
  }

  // ── Constants ────────────────────────────────────────────────────────────────────────────────────────────────
  zeros(): u64 {
    this.constant128(0, 0);
    return this.take128();
  }
  /** Eight bytes of a mask: lane `first` of `width` bytes each, and on, are all ones where their bit of `bits` is set. */
  private maskBytes(bits: u32, first: u32, width: u32): u64 {
    let mask: u64 = 0;
    for (let n: u32 = 0; n < 8; n++) if ((bits >> (first + n / width)) & 1) mask |= (<u64>0xff) << (n << 3);
    return mask;
  }
  private laneMask(bits: u32, width: u32): u64 {
    this.constant128(this.maskBytes(bits, 0, width), this.maskBytes(bits, 8 / width, width));
    return this.take128();
  }
  i16x8Mask(bits: u32): u64 {
    return this.laneMask(bits, 2);
  }
  i32x4Mask(bits: u32): u64 {
    return this.laneMask(bits, 4);
  }
  i64x2Mask(bits: u32): u64 {
    return this.laneMask(bits, 8);
  }
  v128If(condition: u64, x: u64): u64 {
    if (this.isConst(condition)) return this.constOf(condition) ? x : this.zeros();
    this.useVector(x);
    this.i64(0);
    this.use64(condition);
    this.byte(W.I64_SUB);
    this.simd(V.I64X2_SPLAT);
    this.simd(V.V128_AND);
    return this.take128();
  }
  isBelow(x: u64, n: u64): u64 {
    if (this.isConst(x)) return this.const(<u64>(this.constOf(x) < n));
    this.use64(x);
    this.i64(n);
    this.byte(W.I64_LT_U);
    return this.take32();
  }

  // ── To and from general values ───────────────────────────────────────────────────────────────────────────────
  private extract64(x: u64, lane: u32): u64 {
    this.useVector(x);
    this.simdLane(V.I64X2_EXTRACT_LANE, lane);
    return this.take64();
  }
  low64(x: u64): u64 {
    return this.extract64(x, 0);
  }
  high64(x: u64): u64 {
    return this.extract64(x, 1);
  }
  lane<T>(x: u64, n: u32): u64 {
    if (sizeof<T>() == 8) return this.extract64(x, n);
    this.useVector(x);
    const narrow = sizeof<T>() == 2 ? V.I16X8_EXTRACT_LANE_U : V.I8X16_EXTRACT_LANE_U;
    this.simdLane(sizeof<T>() == 4 ? V.I32X4_EXTRACT_LANE : narrow, n);
    return this.take32();
  }
  replaceLane<T>(x: u64, v: u64, n: u32): u64 {
    this.useVector(x);
    this.use<T>(v);
    const narrow = sizeof<T>() == 2 ? V.I16X8_REPLACE_LANE : V.I8X16_REPLACE_LANE;
    const wide = sizeof<T>() == 8 ? V.I64X2_REPLACE_LANE : V.I32X4_REPLACE_LANE;
    this.simdLane(sizeof<T>() >= 4 ? wide : narrow, n);
    return this.take128();
  }
  vector64(x: u64): u64 {
    return this.replaceLane<u64>(this.zeros(), x, 0);
  }
  vector128(low: u64, high: u64): u64 {
    this.use64(low);
    this.simd(V.I64X2_SPLAT);
    this.use64(high);
    this.simdLane(V.I64X2_REPLACE_LANE, 1);
    return this.take128();
  }
  shiftBytesRight(x: u64, bytes: u32): u64 {
    return this.bytesFrom(x, bytes);
  }
}
