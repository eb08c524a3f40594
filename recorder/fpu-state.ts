/** Random x87, MMX, SSE and AVX state, as an XSAVE area: an FXSAVE image (SDM vol. 1, 10.5.1), and YMM's upper halves. */
import { float80, integer80, valueBytes } from './values.ts';
import type { Random } from './random.ts';

/** Offsets in the area; SIZE is that of the FXSAVE image alone. */
export const FX = {
  ...{ FCW: 0, FSW: 2, FTW: 4, FOP: 6, FIP: 8, FDP: 16, MXCSR: 24, ST: 32, XMM: 160, SIZE: 512 },
  ...{ YMM: 576, YMM_SIZE: 256, AREA: 832 },
} as const;

/** What a case that does not touch the FPU starts from: FNINIT's state and the reset value of MXCSR. */
export function defaultXsave(): Uint8Array {
  const image = new Uint8Array(FX.AREA);
  const view = new DataView(image.buffer);
  view.setUint16(FX.FCW, 0x037f, true);
  view.setUint32(FX.MXCSR, 0x1f80, true);
  return image;
}

/** Control word: every rounding and precision, exceptions mostly masked. Bit 6 reads as 1. */
function randomFcw(r: Random): number {
  const masks = r.weighted<() => number>([
    [7, () => 0x3f],
    [1, () => 0],
    [1, () => 0x3f & ~(1 << r.below(6))],
    [1, () => r.below(0x40)],
  ])();
  const precision = r.weighted([
    [5, 3],
    [2, 2],
    [2, 0],
    [1, 1],
  ] as const);
  const rounding = r.chance(0.5) ? 0 : r.below(4);
  return masks | 0x40 | (precision << 8) | (rounding << 10) | (r.chance(0.1) ? 0x1000 : 0);
}

/** Status word: any condition codes and TOP; sticky flags; an unmasked one of them only now and then, with ES and B. */
function randomFsw(r: Random, fcw: number): number {
  let flags = r.chance(0.4) ? r.below(0x40) : 0;
  if (!r.chance(0.06)) flags &= fcw;
  const summary = (flags & ~fcw & 0x3f) !== 0 ? 0x8080 : 0;
  const top = r.chance(0.4) ? 0 : r.below(8);
  return flags | (r.chance(0.1) ? 0x40 : 0) | (top << 11) | (r.below(8) << 8) | (r.below(2) << 14) | summary;
}

function randomTags(r: Random): number {
  return r.weighted<() => number>([
    [8, () => 0xff],
    [1, () => 0],
    [3, () => r.below(0x100)],
  ])();
}

/**
 * @param stack ST numbers that the instruction reads: they get interesting numbers, the others small distinct integers
 *   so that a moved register shows and a case stays short; an empty list makes all of them interesting.
 */
export function randomX87(r: Random, image: Uint8Array, stack: readonly number[]): void {
  const view = new DataView(image.buffer);
  const fcw = randomFcw(r);
  view.setUint16(FX.FCW, fcw, true);
  view.setUint16(FX.FSW, randomFsw(r, fcw), true);
  image[FX.FTW] = randomTags(r);
  // CPUs restore the error pointers reliably only together with a pending exception
  if (view.getUint16(FX.FSW, true) & 0x80) {
    view.setUint16(FX.FOP, r.below(0x800), true);
    view.setUint32(FX.FIP, r.u32(), true);
    view.setUint32(FX.FDP, r.u32(), true);
  }
  const all = stack.length === 0 || r.chance(0.05);
  for (let i = 0; i < 8; i++) {
    const value = all || stack.includes(i) ? (r.chance(0.2) ? integer80(r) : float80(r)) : plainInteger(i + 1);
    image.set(value, FX.ST + i * 16);
  }
}

function plainInteger(n: number): Uint8Array {
  const out = new Uint8Array(10);
  const log = 31 - Math.clz32(n);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(n) << BigInt(63 - log), true);
  view.setUint16(8, 0x3fff + log, true);
  return out;
}

/** MMX registers lie over the x87 ones; all eight registers are valid (MMX code leaves them so) or random. */
export function randomMmx(r: Random, image: Uint8Array, used: readonly number[]): void {
  randomX87(r, image, [9]);
  const view = new DataView(image.buffer);
  const top = (view.getUint16(FX.FSW, true) >> 11) & 7;
  for (let i = 0; i < 8; i++) {
    const st = (i - top) & 7; // the image is in ST order, MM registers are in physical order
    const filled = used.includes(i) || r.chance(0.05);
    image.set(filled ? valueBytes(r, 8) : new Uint8Array(8).fill(i + 1), FX.ST + st * 16);
    view.setUint16(FX.ST + st * 16 + 8, r.chance(0.9) ? 0xffff : r.below(0x10000), true);
  }
}

export function randomSse(r: Random, image: Uint8Array, used: readonly number[]): void {
  const view = new DataView(image.buffer);
  const masks = r.weighted([
    [6, 0x1f80],
    [1, 0],
    [1, r.below(0x40) << 7],
  ] as const);
  const rounding = (r.chance(0.5) ? 0 : r.below(4)) << 13;
  const modes = (r.chance(0.15) ? 0x8000 : 0) | (r.chance(0.15) ? 0x40 : 0); // FZ, DAZ
  const sticky = r.chance(0.3) ? r.below(0x40) : 0;
  view.setUint32(FX.MXCSR, masks | rounding | modes | sticky, true);
  const all = r.chance(0.03);
  for (let i = 0; i < 8; i++) if (all || used.includes(i)) image.set(valueBytes(r, 16), FX.XMM + i * 16);
  for (const i of used) if (i >= 8) image.set(valueBytes(r, 16), FX.XMM + i * 16);
}

/** Upper halves of YMM registers. VEX.128 clears its destination's, legacy SSE keeps it: they are seldom zero. */
export function randomYmm(r: Random, image: Uint8Array, used: readonly number[]): void {
  for (const i of used) image.set(valueBytes(r, 16), FX.YMM + i * 16);
}

/** The memory images of FLDENV, FRSTOR and FXRSTOR: a state that could have been saved, with stray bits now and then. */
export function fpuEnvironment(r: Random, size: number): Uint8Array {
  const image = new Uint8Array(FX.AREA);
  randomX87(r, image, []);
  const source = new DataView(image.buffer);
  if (size === FX.SIZE) {
    randomSse(r, image, [0, 1, 2, 3, 4, 5, 6, 7]);
    if (r.chance(0.1)) source.setUint32(FX.MXCSR, r.u32(), true); // reserved bits: #GP
    return image.slice(0, FX.SIZE);
  }
  const wide = size === 28 || size === 108;
  const out = r.bytes(size);
  const view = new DataView(out.buffer);
  const stride = wide ? 4 : 2;
  [source.getUint16(FX.FCW, true), source.getUint16(FX.FSW, true), r.chance(0.5) ? 0 : r.below(0x10000)].forEach(
    (v, i) => {
      if (wide) view.setUint32(i * stride, v | (r.chance(0.5) ? 0xffff0000 : 0), true);
      else view.setUint16(i * stride, v, true);
    },
  );
  const header = wide ? 28 : 14;
  for (let i = 0; i < 8 && size > header; i++)
    out.set(image.subarray(FX.ST + i * 16, FX.ST + i * 16 + 10), header + i * 10);
  return out;
}
