// What user-mode recordings cannot show of SIMD floating point: #XM or #UD, gates, and the x87 state beside MMX operands.
import { beforeEach, describe, expect, test } from 'vitest';
import { createCore, type Core } from '../../../tests/silicon/core.ts';
import * as S from '../../shared/state.ts';
import { EXIT_EXCEPTION } from '../../shared/exit.ts';
import { CR0_EM, CR0_NE, CR0_PE, CR0_TS, CR4_OSFXSR, CR4_OSXMMEXCPT, CR4_OSXSAVE } from '../../shared/register-bits.ts';

const CODE = 0x1000;
const DATA = 0x8000;
const READABLE_CODE = 0x9b;
const WRITABLE_DATA = 0x93;
const GRANULAR_32 = 0xc000;
const XCR0_AVX = 7n;
const UD = 6;
const NM = 7;
const GP = 13;
const MF = 16;
const XM = 19;

const DATA_BYTES = [DATA & 0xff, DATA >> 8, 0, 0];
const ADDPS = [0x0f, 0x58, 0xc1]; // ADDPS XMM0, XMM1
const DIVPD = [0x66, 0x0f, 0x5e, 0xc1];
const COMISS = [0x0f, 0x2f, 0xc1];
const VADDPD_YMM = [0xc5, 0xf5, 0x58, 0xc2]; // VADDPD YMM0, YMM1, YMM2
const LDMXCSR = [0x0f, 0xae, 0x15, ...DATA_BYTES];
const STMXCSR = [0x0f, 0xae, 0x1d, ...DATA_BYTES];
const CVTPS2PI = [0x0f, 0x2d, 0xc1]; // CVTPS2PI MM0, XMM1
const CVTPI2PS = [0x0f, 0x2a, 0xc1]; // CVTPI2PS XMM0, MM1
const CVTPI2PS_MEMORY = [0x0f, 0x2a, 0x05, ...DATA_BYTES];

const CVTPD2PI_MEMORY = [0x66, 0x0f, 0x2d, 0x05, ...DATA_BYTES];

const MASKED = 0x1f80;
const ONE64 = 0x3ff0000000000000n;
const MAX64 = 0x7fefffffffffffffn;
const SNAN64 = 0x7ff0000000000001n;
const SNAN32 = 0x7f800001n;

interface Setters {
  modeChanged(cpu: number): void;
  setSegment(cpu: number, n: number, selector: number, base: bigint, limit: number, attributes: number): void;
}

let core: Core;

const set16 = (offset: number, value: number) => core.view.setUint16(core.cpu + offset, value, true);
const set32 = (offset: number, value: number) => core.view.setUint32(core.cpu + offset, value, true);
const set64 = (offset: number, value: bigint) => core.view.setBigUint64(core.cpu + offset, value, true);
const u16 = (offset: number) => core.view.getUint16(core.cpu + offset, true);
const u32 = (offset: number) => core.view.getUint32(core.cpu + offset, true);
const u64 = (offset: number) => core.view.getBigUint64(core.cpu + offset, true);

function controls(cr0: number, cr4: number): void {
  set64(S.STATE_CR0, BigInt(CR0_PE | CR0_NE | cr0));
  set64(S.STATE_CR4, BigInt(cr4));
  (core.exports as unknown as Setters).modeChanged(core.cpu);
}

/** Sets XMM n (and bits 255-128) to 64-bit parts, lowest first. */
function setVector(n: number, ...parts: bigint[]): void {
  parts.forEach((part, k) => set64((k < 2 ? S.STATE_XMM : S.STATE_YMM_HIGH - 16) + n * 16 + k * 8, part));
}

/** The vector that the instruction raised, or -1. */
function execute(code: number[]): number {
  core.bytes.set(code, core.ram + CODE);
  core.exports.invalidate(core.cpu, CODE, code.length);
  set64(S.STATE_RIP, BigInt(CODE));
  return core.exports.run(core.cpu, 1) === EXIT_EXCEPTION ? u32(S.STATE_EXIT_DETAIL) : -1;
}

beforeEach(() => {
  core = createCore(0x20000);
  for (let word = 0; word < S.STATE_FEATURE_WORDS; word++) core.exports.setFeatures(core.cpu, word, -1);
  core.exports.mapRam(0, 0x20, core.ram);
  core.exports.remapped(core.cpu);
  set32(S.STATE_INTERCEPT, 1);
  const setters = core.exports as unknown as Setters;
  controls(0, CR4_OSFXSR | CR4_OSXMMEXCPT | CR4_OSXSAVE);
  set64(S.STATE_XCR0, XCR0_AVX);
  setters.setSegment(core.cpu, S.CS, 8, 0n, 0xffffffff, READABLE_CODE | GRANULAR_32);
  for (const n of [S.ES, S.SS, S.DS, S.FS, S.GS])
    setters.setSegment(core.cpu, n, 16, 0n, 0xffffffff, WRITABLE_DATA | GRANULAR_32);
});

describe('an unmasked exception (SDM vol. 1, 11.5)', () => {
  test('is #XM, or #UD without CR4.OSXMMEXCPT; the destination stays, the flag is set', () => {
    for (const [cr4, vector] of [
      [CR4_OSFXSR | CR4_OSXMMEXCPT, XM],
      [CR4_OSFXSR, UD],
    ] as const) {
      controls(0, cr4);
      set32(S.STATE_MXCSR, MASKED & ~0x200);
      setVector(0, ONE64, ONE64);
      setVector(1, ONE64, 0n);
      expect(execute(DIVPD)).toBe(vector);
      expect(u64(S.STATE_RIP)).toBe(BigInt(CODE));
      expect(u64(S.STATE_XMM)).toBe(ONE64);
      expect(u32(S.STATE_MXCSR)).toBe((MASKED & ~0x200) | 0x04);
    }
  });

  test('found before the computation in one half keeps the flags of results out of the other', () => {
    set32(S.STATE_MXCSR, MASKED & ~0x80);
    setVector(1, MAX64, MAX64, SNAN64, ONE64);
    setVector(2, MAX64, MAX64, ONE64, ONE64);
    expect(execute(VADDPD_YMM)).toBe(XM);
    expect(u32(S.STATE_MXCSR)).toBe((MASKED & ~0x80) | 0x01);
  });

  test('of a result is reported with the flags of all lanes', () => {
    set32(S.STATE_MXCSR, MASKED & ~0x400);
    setVector(1, MAX64, MAX64, SNAN64, ONE64);
    setVector(2, MAX64, MAX64, ONE64, ONE64);
    expect(execute(VADDPD_YMM)).toBe(XM);
    // MAX + MAX would be exact with a greater exponent: no precision exception where overflow is unmasked.
    expect(u32(S.STATE_MXCSR)).toBe((MASKED & ~0x400) | 0x09);
  });

  test('leaves EFLAGS alone', () => {
    set32(S.STATE_MXCSR, MASKED & ~0x80);
    setVector(0, SNAN32, 0n);
    core.exports.setFlags(core.cpu, 0x8d7);
    expect(execute(COMISS)).toBe(XM);
    expect(core.exports.getFlags(core.cpu) & 0x8d5).toBe(0x8d5);
  });
});

describe('MXCSR', () => {
  test('LDMXCSR and STMXCSR', () => {
    core.view.setUint32(core.ram + DATA, 0xffff, true);
    expect(execute(LDMXCSR)).toBe(-1);
    expect(u32(S.STATE_MXCSR)).toBe(0xffff);
    set32(S.STATE_MXCSR, 0x9fc1);
    expect(execute(STMXCSR)).toBe(-1);
    expect(core.view.getUint32(core.ram + DATA, true)).toBe(0x9fc1);
  });

  test('reserved bits are #GP', () => {
    core.view.setUint32(core.ram + DATA, 0x11f80, true);
    expect(execute(LDMXCSR)).toBe(GP);
    expect(u32(S.STATE_MXCSR)).toBe(MASKED);
  });

  test('flags that are set and unmasked by LDMXCSR raise nothing', () => {
    core.view.setUint32(core.ram + DATA, 0x3f, true);
    expect(execute(LDMXCSR)).toBe(-1);
    setVector(0, 0n, 0n);
    setVector(1, 0n, 0n);
    expect(execute(ADDPS)).toBe(-1);
  });
});

describe('gates', () => {
  test('CR0.EM and CR4.OSFXSR are #UD, CR0.TS is #NM', () => {
    for (const code of [ADDPS, COMISS, LDMXCSR, STMXCSR, CVTPS2PI, CVTPI2PS]) {
      controls(CR0_EM | CR0_TS, CR4_OSFXSR);
      expect(execute(code)).toBe(UD);
      controls(0, 0);
      expect(execute(code)).toBe(UD);
      controls(CR0_TS, CR4_OSFXSR);
      expect(execute(code)).toBe(NM);
    }
  });
});

describe('conversions with MMX operands (SDM vol. 1, 9.5.1)', () => {
  const BUSY = 0x3800;

  beforeEach(() => {
    set16(S.STATE_FSW, BUSY);
    set16(S.STATE_FTW, 0);
  });

  test('take the x87 registers over', () => {
    setVector(1, 0x400000003f800000n, 0n);
    expect(execute(CVTPS2PI)).toBe(-1);
    expect(u64(S.STATE_FPU_ST)).toBe(0x200000001n);
    expect([u16(S.STATE_FSW) & BUSY, u16(S.STATE_FTW)]).toEqual([0, 0xff]);
  });

  test('but not if they raise an exception', () => {
    set32(S.STATE_MXCSR, MASKED & ~0x80);
    setVector(1, SNAN32, 0n);
    expect(execute(CVTPS2PI)).toBe(XM);
    expect([u16(S.STATE_FSW) & BUSY, u16(S.STATE_FTW)]).toEqual([BUSY, 0]);
  });

  test('and not with the source in memory', () => {
    core.view.setBigUint64(core.ram + DATA, 0x200000001n, true);
    expect(execute(CVTPI2PS_MEMORY)).toBe(-1);
    expect(u64(S.STATE_XMM)).toBe(0x400000003f800000n);
    expect([u16(S.STATE_FSW) & BUSY, u16(S.STATE_FTW)]).toEqual([BUSY, 0]);
  });

  test('16 bytes in memory are aligned', () => {
    expect(execute(CVTPD2PI_MEMORY)).toBe(-1);
    expect(execute(CVTPD2PI_MEMORY.map((byte, n) => (n === 4 ? 1 : byte)))).toBe(GP);
  });

  test('a pending x87 exception is #MF first, unless the source is in memory', () => {
    set16(S.STATE_FSW, 0x8084);
    expect(execute(CVTPS2PI)).toBe(MF);
    expect(execute(CVTPI2PS)).toBe(MF);
    expect(execute(CVTPI2PS_MEMORY)).toBe(-1);
  });
});
