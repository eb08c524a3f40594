/**
 * Operand values. Uniform random numbers almost never meet a carry chain, a sign change, an overflow or a special
 * floating-point class, so most values come from the edges.
 */
import type { Random } from './random.ts';

const EDGES_32 = [
  0, 1, 2, 3, 7, 8, 9, 0xf, 0x10, 0x11, 0x1f, 0x20, 0x21, 0x3f, 0x40, 0x7e, 0x7f, 0x80, 0x81, 0xfe, 0xff, 0x100, 0x101,
  0x7ffe, 0x7fff, 0x8000, 0x8001, 0xfffe, 0xffff, 0x10000, 0x10001, 0x7ffffffe, 0x7fffffff, 0x80000000, 0x80000001,
  0xfffffffe, 0xffffffff, 0x55555555, 0xaaaaaaaa, 0xffff8000, 0xffffff80, 0xffff7fff, 0xffffff7f, 0xffff0000,
] as const;

/** A general register's value. */
export function value32(r: Random): number {
  return r.weighted<() => number>([
    [8, () => r.u32()],
    [8, () => r.pick(EDGES_32)],
    [3, () => (1 << r.below(32)) >>> 0],
    [2, () => ((1 << r.below(32)) - 1) >>> 0],
    [3, () => r.below(0x100)], // shift counts, small quotients
    [2, () => (r.u32() >> r.below(32)) >>> 0], // every magnitude, both signs
    [2, () => packedDecimal(r)],
    // the low parts at an edge, the upper part random: what byte and word forms must not touch
    [2, () => ((r.u32() & 0xffff0000) | (r.pick(EDGES_32) & 0xffff)) >>> 0],
    [2, () => ((r.u32() & 0xffff0000) | ((r.pick(EDGES_32) & 0xff) << 8) | (r.pick(EDGES_32) & 0xff)) >>> 0],
  ])();
}

const EDGES_64 = [
  0x7fff_ffff_ffff_fffen,
  0x7fff_ffff_ffff_ffffn,
  0x8000_0000_0000_0000n,
  0x8000_0000_0000_0001n,
  0xffff_ffff_ffff_fffen,
  0xffff_ffff_ffff_ffffn,
  0x5555_5555_5555_5555n,
  0xaaaa_aaaa_aaaa_aaaan,
  0xffff_ffff_8000_0000n,
  0xffff_ffff_7fff_ffffn,
  0x1_0000_0000n,
  0x1_0000_0001n,
  0xffff_ffff_0000_0000n,
  0x7fff_ffff_ffffn,
  0x8000_0000_0000n,
  0xffff_8000_0000_0000n,
] as const;

/** A general register's value in 64-bit code. */
export function value64(r: Random): bigint {
  const low = BigInt(value32(r));
  return r.weighted<() => bigint>([
    [6, () => (BigInt(r.u32()) << 32n) | BigInt(r.u32())],
    [6, () => r.pick(EDGES_64)],
    [4, () => (BigInt(value32(r)) << 32n) | low],
    [4, () => low],
    [3, () => BigInt.asUintN(64, BigInt.asIntN(32, low))],
    [2, () => 1n << BigInt(r.below(64))],
    [2, () => (1n << BigInt(r.below(64))) - 1n],
    [2, () => BigInt.asUintN(64, -(1n << BigInt(r.below(64))))],
  ])();
}

/** A value of `size` bytes at most eight, as bytes. */
export function integerBytes(r: Random, size: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, size === 8 ? value64(r) : BigInt(value32(r)), true);
  return out.slice(0, size);
}

/** Eight digits 0-9, now and then with the digits A-F that BCD adjustment must correct. */
function packedDecimal(r: Random): number {
  let v = 0;
  for (let i = 0; i < 8; i++) v = (v << 4) | r.below(r.chance(0.2) ? 16 : 10);
  return v >>> 0;
}

/** `size` bytes in memory or in an XMM register: whole-width edges, lanes of edges, floats of every class, noise. */
export function valueBytes(r: Random, size: number): Uint8Array {
  const out = r.bytes(size);
  const view = new DataView(out.buffer);
  const kind = r.weighted([
    [4, 'u32'],
    [2, 'u64'],
    [2, 'u16'],
    [2, 'u8'],
    [4, 'f32'],
    [4, 'f64'],
    [2, 'noise'],
    [1, 'zero'],
    [1, 'ones'],
  ]);
  if (kind === 'zero') out.fill(0);
  if (kind === 'ones') out.fill(0xff);
  if (kind === 'u32') for (let i = 0; i + 4 <= size; i += 4) view.setUint32(i, value32(r), true);
  if (kind === 'u64') for (let i = 0; i + 8 <= size; i += 8) view.setBigUint64(i, value64(r), true);
  if (kind === 'u16') for (let i = 0; i + 2 <= size; i += 2) view.setUint16(i, value32(r) & 0xffff, true);
  if (kind === 'u8') for (let i = 0; i < size; i++) view.setUint8(i, r.pick(EDGES_32) & 0xff);
  if (kind === 'f32') for (let i = 0; i + 4 <= size; i += 4) view.setUint32(i, float32(r), true);
  if (kind === 'f64') for (let i = 0; i + 8 <= size; i += 8) view.setBigUint64(i, float64(r), true);
  return out;
}

/** A binary floating-point number of any format: sign, biased exponent and fraction chosen by class. */
interface Parts {
  readonly sign: bigint;
  readonly exponent: bigint;
  readonly fraction: bigint;
}

function floatParts(r: Random, exponentBits: bigint, fractionBits: bigint): Parts {
  const top = (1n << exponentBits) - 1n;
  const bias = top >> 1n;
  const all = (1n << fractionBits) - 1n;
  const noise = ((BigInt(r.u32()) << 32n) | BigInt(r.u32())) & all;
  const sign = BigInt(r.below(2));
  const edge = r.pick([0n, 1n, all, all - 1n, 1n << (fractionBits - 1n), noise, noise]);
  const near = (spread: number): bigint => bias + BigInt(r.between(-spread, spread));
  return r.weighted<() => Parts>([
    [2, () => ({ sign, exponent: 0n, fraction: 0n })],
    [2, () => ({ sign, exponent: 0n, fraction: edge || 1n })],
    [2, () => ({ sign, exponent: top, fraction: 0n })],
    [2, () => ({ sign, exponent: top, fraction: noise | (1n << (fractionBits - 1n)) })], // QNaN
    [2, () => ({ sign, exponent: top, fraction: (noise >> 1n) | 1n })], // SNaN
    [1, () => ({ sign: 1n, exponent: top, fraction: 1n << (fractionBits - 1n) })], // the indefinite
    [3, () => ({ sign, exponent: bias, fraction: 0n })], // one
    [4, () => ({ sign, exponent: near(4), fraction: edge })],
    [4, () => ({ sign, exponent: near(4), fraction: noise })],
    [3, () => ({ sign, exponent: near(70), fraction: edge })], // around the integers' limits
    [3, () => ({ sign, exponent: BigInt(r.u32()) % top, fraction: noise })],
    [2, () => ({ sign, exponent: BigInt(r.pick([1, 2])), fraction: edge })],
    [2, () => ({ sign, exponent: top - BigInt(r.pick([1, 2])), fraction: edge })],
  ])();
}

export function float32(r: Random): number {
  const p = floatParts(r, 8n, 23n);
  return Number((p.sign << 31n) | (p.exponent << 23n) | p.fraction);
}

export function float64(r: Random): bigint {
  const p = floatParts(r, 11n, 52n);
  return (p.sign << 63n) | (p.exponent << 52n) | p.fraction;
}

/** The ten bytes of a double extended-precision number (SDM vol. 1, 4.2.2), unsupported encodings included. */
export function float80(r: Random): Uint8Array {
  const p = floatParts(r, 15n, 63n);
  let integer = p.exponent === 0n ? 0n : 1n;
  if (r.chance(0.04)) integer ^= 1n; // unnormals, pseudo-denormals, pseudo-infinities and pseudo-NaNs
  const out = new Uint8Array(10);
  const view = new DataView(out.buffer);
  let fraction = p.fraction;
  // numbers that a float or a double holds exactly, and those just between two of them, exercise the rounding
  if (r.chance(0.3)) fraction &= ~((1n << (r.chance(0.5) ? 11n : 40n)) - 1n);
  else if (r.chance(0.2)) fraction = (fraction & ~((1n << 12n) - 1n)) | (1n << (r.chance(0.5) ? 10n : 39n));
  if (p.exponent === 0x7fffn) fraction = p.fraction;
  view.setBigUint64(0, (integer << 63n) | fraction, true);
  view.setUint16(8, Number((p.sign << 15n) | p.exponent), true);
  return out;
}

/** An integer as x87 sees it, exact in 80 bits: small ones, limits of the integer formats, halves. */
export function integer80(r: Random): Uint8Array {
  const magnitude = r.pick([
    0n,
    1n,
    2n,
    3n,
    10n,
    0x7fffn,
    0x8000n,
    0x7fffffffn,
    0x80000000n,
    (1n << 63n) - 1n,
    1n << 63n,
    BigInt(r.u32()),
  ]);
  const out = new Uint8Array(10);
  if (magnitude === 0n) return out;
  const view = new DataView(out.buffer);
  const length = BigInt(magnitude.toString(2).length);
  const exponent = 0x3fffn + length - 1n - BigInt(r.chance(0.2) ? 1 : 0);
  view.setBigUint64(0, magnitude << (64n - length), true);
  view.setUint16(8, Number(exponent) | (r.below(2) << 15), true);
  return out;
}

/** A packed BCD operand (FBLD), mostly with valid digits. */
export function packedBcd80(r: Random): Uint8Array {
  const out = new Uint8Array(10);
  const digit = (): number => (r.chance(0.02) ? r.below(16) : r.below(10));
  const used = r.between(0, 9);
  for (let i = 0; i < used; i++) out[i] = (digit() << 4) | digit();
  out[9] = r.below(2) << 7;
  return out;
}
