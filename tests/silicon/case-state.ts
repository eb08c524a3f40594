/** A case's registers in the core's state block: what no instruction of the harness needs to load, and all of it back. */
import {
  DS,
  ES,
  FS,
  GS,
  SEGMENT_BASE,
  SEGMENT_CACHED_BASE,
  SEGMENT_SELECTOR,
  SEGMENT_SIZE,
  STATE_FCW,
  STATE_FDP,
  STATE_FIP,
  STATE_FOP,
  STATE_FPU_ST,
  STATE_FSW,
  STATE_FTW,
  STATE_GPR,
  STATE_MXCSR,
  STATE_SEGMENTS,
  STATE_XMM,
  STATE_YMM_HIGH,
} from '../../assembly/shared/state.ts';
import { FX } from '../../recorder/fpu-state.ts';
import { USER_CODE_64 } from '../../recorder/layout.ts';
import type { MachineState } from '../../recorder/wire.ts';
import { hasFeature, type Core } from './core.ts';

/** General registers, x87, SSE and AVX state; in 64-bit code the bases of FS and GS. */
export function setRegisters(core: Core, s: MachineState): void {
  const at = core.cpu;
  s.general.forEach((v, i) => core.view.setBigUint64(at + STATE_GPR + i * 8, v, true));
  const fx = new DataView(s.xsave.buffer, s.xsave.byteOffset, s.xsave.byteLength);
  const top = (fx.getUint16(FX.FSW, true) >> 11) & 7;
  core.view.setUint16(at + STATE_FCW, fx.getUint16(FX.FCW, true), true);
  core.view.setUint16(at + STATE_FSW, fx.getUint16(FX.FSW, true), true);
  core.view.setUint16(at + STATE_FTW, fx.getUint8(FX.FTW), true);
  core.view.setUint16(at + STATE_FOP, fx.getUint16(FX.FOP, true), true);
  core.view.setBigUint64(at + STATE_FIP, fx.getBigUint64(FX.FIP, true), true);
  core.view.setBigUint64(at + STATE_FDP, fx.getBigUint64(FX.FDP, true), true);
  core.view.setUint32(at + STATE_MXCSR, fx.getUint32(FX.MXCSR, true), true);
  for (let i = 0; i < 8; i++) {
    const st = s.xsave.subarray(FX.ST + i * 16, FX.ST + i * 16 + 10);
    core.bytes.set(st, at + STATE_FPU_ST + ((top + i) & 7) * 16);
  }
  core.bytes.set(s.xsave.subarray(FX.XMM, FX.XMM + 256), at + STATE_XMM);
  core.bytes.set(s.xsave.subarray(FX.YMM, FX.AREA), at + STATE_YMM_HIGH);
  if (s.segments[1] !== USER_CODE_64) return;
  for (const field of [SEGMENT_BASE, SEGMENT_CACHED_BASE])
    s.bases.forEach((base, n) => core.view.setBigUint64(at + segment(FS + n) + field, base, true));
}

export function readXsave(core: Core): Uint8Array {
  const image = new Uint8Array(FX.AREA);
  const out = new DataView(image.buffer);
  const at = core.cpu;
  const fsw = core.view.getUint16(at + STATE_FSW, true);
  out.setUint16(FX.FCW, core.view.getUint16(at + STATE_FCW, true), true);
  out.setUint16(FX.FSW, fsw, true);
  out.setUint8(FX.FTW, core.view.getUint16(at + STATE_FTW, true));
  out.setUint16(FX.FOP, core.view.getUint16(at + STATE_FOP, true), true);
  out.setBigUint64(FX.FIP, core.view.getBigUint64(at + STATE_FIP, true), true);
  out.setBigUint64(FX.FDP, core.view.getBigUint64(at + STATE_FDP, true), true);
  out.setUint32(FX.MXCSR, core.view.getUint32(at + STATE_MXCSR, true), true);
  for (let i = 0; i < 8; i++) {
    const from = at + STATE_FPU_ST + (((fsw >> 11) + i) & 7) * 16;
    image.set(core.bytes.subarray(from, from + 10), FX.ST + i * 16);
  }
  image.set(core.bytes.subarray(at + STATE_XMM, at + STATE_XMM + 256), FX.XMM);
  image.set(core.bytes.subarray(at + STATE_YMM_HIGH, at + STATE_YMM_HIGH + FX.YMM_SIZE), FX.YMM);
  return image;
}

function segment(n: number): number {
  return STATE_SEGMENTS + n * SEGMENT_SIZE;
}

/** The selectors as they are, CS and SS as they were before the handler was entered. */
export function readSelectors(core: Core, cs: number, ss: number): Uint16Array {
  const get = (n: number): number => core.view.getUint32(core.cpu + segment(n) + SEGMENT_SELECTOR, true);
  return Uint16Array.of(get(ES), cs, ss, get(DS), get(FS), get(GS));
}

/** The bases of FS and GS. */
export function readBases(core: Core): BigUint64Array {
  const get = (n: number): bigint => core.view.getBigUint64(core.cpu + segment(n) + SEGMENT_CACHED_BASE, true);
  return BigUint64Array.of(get(FS), get(GS));
}

const CR4_PAE = 0x20;
const CR4_BITS: readonly (readonly [feature: string, bit: number])[] = [
  ['FXSR', 0x200], // OSFXSR
  ['SSE', 0x400], // OSXMMEXCPT
  ['FSGSBASE', 0x10000],
  ['AVX', 0x40000], // OSXSAVE
];

/** What an operating system turns on for its programs, as far as the CPU has it: a reserved bit would be #GP. */
export function systemCr4(core: Core): number {
  return CR4_BITS.reduce((bits, [feature, bit]) => bits | (hasFeature(core, feature) ? bit : 0), CR4_PAE);
}

/** XSETBV: XCR0 = x87, SSE and AVX state. Code for 32- and 64-bit mode. */
export function enableAvx(core: Core): number[] {
  return hasFeature(core, 'AVX') ? [0xb8, 7, 0, 0, 0, 0x31, 0xd2, 0x31, 0xc9, 0x0f, 0x01, 0xd1] : [];
}
