// What user-mode recordings cannot show of the x87: #NM, pending errors, FERR#, the formats of the environment, faults.
import { beforeEach, describe, expect, test } from 'vitest';
import { createCore, type Core } from '../../../tests/silicon/core.ts';
import * as S from '../../shared/state.ts';
import { EXIT_EXCEPTION } from '../../shared/exit.ts';
import { CR0_EM, CR0_MP, CR0_NE, CR0_PE, CR0_TS, CR4_OSFXSR } from '../../shared/register-bits.ts';

const CODE = 0x1000;
const DATA = 0x8000;
const PF_WRITABLE_DATA = 0x93;
const READABLE_CODE = 0x9b;
const GRANULAR_32 = 0xc000;
const NM = 7;
const GP = 13;
const MF = 16;

const FLD1 = [0xd9, 0xe8];
const FLDZ = [0xd9, 0xee];
const FLDPI = [0xd9, 0xeb];
const FDIVP = [0xde, 0xf9];
const FNINIT = [0xdb, 0xe3];
const FNCLEX = [0xdb, 0xe2];
const FNSTSW_AX = [0xdf, 0xe0];
const FWAIT = [0x9b];
/** Forms with operand [DATA], 32-bit addressing. */
const at = (opcode: number[], reg: number, address = DATA) => [
  ...opcode,
  (reg << 3) | 5,
  address & 0xff,
  (address >> 8) & 0xff,
  (address >> 16) & 0xff,
  address >>> 24,
];
const FLDCW = at([0xd9], 5);
const FNSTENV = at([0xd9], 6);
const FLDENV = at([0xd9], 4);
const FNSAVE = at([0xdd], 6);
const FRSTOR = at([0xdd], 4);
const FXSAVE = at([0x0f, 0xae], 0);
const FXRSTOR = at([0x0f, 0xae], 1);

/** Exports that only these tests use. */
interface Setters {
  modeChanged(cpu: number): void;
  setSegment(cpu: number, n: number, selector: number, base: bigint, limit: number, attributes: number): void;
}

let core: Core;
let setters: Setters;

const u16 = (offset: number) => core.view.getUint16(core.cpu + offset, true);
const u32 = (offset: number) => core.view.getUint32(core.cpu + offset, true);
const set16 = (offset: number, value: number) => core.view.setUint16(core.cpu + offset, value, true);
const set32 = (offset: number, value: number) => core.view.setUint32(core.cpu + offset, value, true);
const rip = () => Number(core.view.getBigUint64(core.cpu + S.STATE_RIP, true));
const data16 = (offset: number) => core.view.getUint16(core.ram + DATA + offset, true);
const data32 = (offset: number) => core.view.getUint32(core.ram + DATA + offset, true);
const setData16 = (offset: number, value: number) => core.view.setUint16(core.ram + DATA + offset, value, true);
const dataBytes = (count: number) => core.bytes.slice(core.ram + DATA, core.ram + DATA + count);
const stBytes = (n: number) => {
  const register = core.cpu + S.STATE_FPU_ST + 16 * (((u16(S.STATE_FSW) >> 11) + n) & 7);
  return core.bytes.slice(register, register + 10);
};

function setCr0(bits: number): void {
  core.view.setBigUint64(core.cpu + S.STATE_CR0, BigInt(bits), true);
  setters.modeChanged(core.cpu);
}

function flatSegments(limit = 0xffffffff): void {
  setters.setSegment(core.cpu, S.CS, 8, 0n, 0xffffffff, READABLE_CODE | GRANULAR_32);
  for (const n of [S.ES, S.SS, S.DS, S.FS, S.GS]) {
    setters.setSegment(core.cpu, n, 16, 0n, limit, PF_WRITABLE_DATA | GRANULAR_32);
  }
}

/** Runs the instructions one by one; the vector of the exception that ended it, or -1. RIP stays at the faulting one. */
function execute(...instructions: number[][]): number {
  const code = instructions.flat();
  core.bytes.set(code, core.ram + CODE);
  core.exports.invalidate(core.cpu, CODE, code.length);
  core.view.setBigUint64(core.cpu + S.STATE_RIP, BigInt(CODE), true);
  for (let n = 0; n < instructions.length; n++) {
    if (core.exports.run(core.cpu, 1) === EXIT_EXCEPTION) return u32(S.STATE_EXIT_DETAIL);
  }
  expect(rip()).toBe(CODE + code.length);
  return -1;
}

beforeEach(() => {
  core = createCore(0x20000);
  setters = core.exports as unknown as Setters;
  core.exports.mapRam(0, 0x20, core.ram);
  core.exports.remapped(core.cpu);
  set32(S.STATE_INTERCEPT, 1);
  setCr0(CR0_PE | CR0_NE);
  flatSegments();
  execute(FNINIT);
});

/** Leaves an unmasked division by zero pending: 1 / 0 with ZM clear. */
function divideByZero(): void {
  setData16(0, 0x37b);
  expect(execute(FLDCW, FLD1, FLDZ, FDIVP)).toBe(-1);
}

describe('device not available', () => {
  test('CR0.EM and CR0.TS stop every x87 instruction but FWAIT', () => {
    for (const bit of [CR0_EM, CR0_TS]) {
      setCr0(CR0_PE | CR0_NE | bit);
      for (const instruction of [FLD1, FNINIT, FNCLEX, FNSTSW_AX, FNSTENV, FNSAVE, FLDCW, FXSAVE, FXRSTOR]) {
        expect(execute(instruction)).toBe(NM);
        expect(rip()).toBe(CODE);
      }
      expect(execute(FWAIT)).toBe(-1);
    }
  });

  test('FWAIT needs CR0.MP and CR0.TS together', () => {
    setCr0(CR0_PE | CR0_NE | CR0_MP);
    expect(execute(FWAIT)).toBe(-1);
    setCr0(CR0_PE | CR0_NE | CR0_MP | CR0_TS);
    expect(execute(FWAIT)).toBe(NM);
  });
});

describe('unmasked exceptions', () => {
  test('#MF comes at the next waiting instruction and names the one that failed', () => {
    divideByZero();
    expect(u16(S.STATE_FSW) & 0x80ff).toBe(0x8084);
    expect(u32(S.STATE_FIP)).toBe(CODE + FLDCW.length + FLD1.length + FLDZ.length);
    expect(u16(S.STATE_FOP)).toBe(0x6f9);
    expect(u16(S.STATE_FTW)).toBe(0xc0); // operands stay
    for (const waiting of [FLD1, FWAIT, FLDCW]) {
      expect(execute(waiting)).toBe(MF);
      expect(rip()).toBe(CODE);
    }
    expect(execute(FNSTSW_AX, FNSTENV)).toBe(-1);
    expect(u32(S.RAX) & 0xffff).toBe(0xb084);
  });

  test('FNCLEX ends it, FNSTENV masks it, FLDCW can bring a masked one back', () => {
    divideByZero();
    expect(execute(FNCLEX, FLD1)).toBe(-1);
    expect(execute(FNINIT, FLD1, FLDZ, FDIVP)).toBe(-1);
    expect(u16(S.STATE_FSW) & 0x80ff).toBe(0x04);
    setData16(0, 0x37b);
    expect(execute(FLDCW, FWAIT)).toBe(MF);
    expect(execute(FNSTENV, FWAIT)).toBe(-1);
    expect(u16(S.STATE_FCW)).toBe(0x37f);
  });

  test('the operand pointer follows exceptions only', () => {
    core.bytes.fill(0, core.ram + DATA, core.ram + DATA + 16);
    const FDIV_M32 = at([0xd8], 6, DATA + 4);
    setData16(0, 0x37b);
    expect(execute(FLDCW, FLD1, at([0xd9], 0, DATA + 8))).toBe(-1);
    expect(u32(S.STATE_FDP)).toBe(0);
    expect(execute(FLD1, FDIV_M32)).toBe(-1);
    expect(u32(S.STATE_FDP)).toBe(DATA + 4);
    expect(u16(S.STATE_FOP)).toBe(0x035);
  });

  test('with CR0.NE clear FERR# rises at once and execution goes on', () => {
    setCr0(CR0_PE);
    divideByZero();
    expect(u32(S.STATE_FERR)).toBe(1);
    expect(core.asked.get('ferr')).toBe(1);
    expect(execute(FWAIT, FLD1)).toBe(-1);
    expect(execute(FNCLEX)).toBe(-1);
    expect(u32(S.STATE_FERR)).toBe(0);
    expect(core.asked.get('ferr')).toBe(2);
  });
});

describe('environment', () => {
  const FIP = 0x000a5678;
  const FDP = 0x000b4321;
  const FOP = 0x5a5;

  beforeEach(() => {
    execute(FLDPI, FLDZ);
    core.view.setBigUint64(core.cpu + S.STATE_FIP, BigInt(FIP), true);
    core.view.setBigUint64(core.cpu + S.STATE_FDP, BigInt(FDP), true);
    set16(S.STATE_FOP, FOP);
  });

  test('32-bit protected format', () => {
    expect(execute(FNSTENV)).toBe(-1);
    const words = Array.from({ length: 7 }, (_, n) => data32(4 * n));
    expect(words).toEqual([0xffff037f, 0xffff3000, 0xffff1fff, FIP, FOP << 16, FDP, 0xffff0000]);
  });

  test('16-bit protected format', () => {
    expect(execute([0x66, ...FNSTENV])).toBe(-1);
    const words = Array.from({ length: 7 }, (_, n) => data16(2 * n));
    expect(words).toEqual([0x37f, 0x3000, 0x1fff, FIP & 0xffff, 0, FDP & 0xffff, 0]);
  });

  test('real-address formats hold linear addresses and the opcode', () => {
    setCr0(CR0_NE);
    expect(execute(FNSTENV)).toBe(-1);
    expect(Array.from({ length: 4 }, (_, n) => data32(12 + 4 * n))).toEqual([
      0xffff5678,
      0x0000a000 | FOP,
      0xffff4321,
      0x0000b000,
    ]);
    expect(execute([0x66, ...FNSTENV])).toBe(-1);
    expect(Array.from({ length: 4 }, (_, n) => data16(6 + 2 * n))).toEqual([0x5678, 0xa000 | FOP, 0x4321, 0xb000]);
  });

  test('FLDENV takes back what FNSTENV wrote, in every format', () => {
    for (const cr0 of [CR0_PE | CR0_NE, CR0_NE]) {
      for (const prefix of [[], [0x66]]) {
        setCr0(cr0);
        const before = [S.STATE_FCW, S.STATE_FSW, S.STATE_FTW].map(u16);
        expect(execute([...prefix, ...FNSTENV])).toBe(-1);
        const first = dataBytes(28);
        expect(execute(FNINIT, [...prefix, ...FLDENV])).toBe(-1);
        expect([S.STATE_FCW, S.STATE_FSW, S.STATE_FTW].map(u16)).toEqual(before);
        expect(execute([...prefix, ...FNSTENV])).toBe(-1);
        expect(dataBytes(28)).toEqual(first);
      }
    }
  });

  test('FNSAVE initialises, FRSTOR restores registers and stack', () => {
    const pi = stBytes(1);
    for (const prefix of [[], [0x66]]) {
      expect(execute([...prefix, ...FNSAVE])).toBe(-1);
      expect([S.STATE_FCW, S.STATE_FSW, S.STATE_FTW, S.STATE_FOP].map(u16)).toEqual([0x37f, 0, 0, 0]);
      expect(execute(FLD1, FLD1, [...prefix, ...FRSTOR])).toBe(-1);
      expect(u16(S.STATE_FSW)).toBe(0x3000);
      expect(u16(S.STATE_FTW)).toBe(0xc0);
      expect(stBytes(1)).toEqual(pi);
    }
  });

  test('a store that does not fit changes neither memory nor state', () => {
    const end = 0xfff;
    setters.setSegment(core.cpu, S.DS, 16, BigInt(DATA), end, PF_WRITABLE_DATA | 0x4000);
    core.bytes.fill(0xcc, core.ram + DATA, core.ram + DATA + 0x2000);
    const cases: [number[], number][] = [
      [[0xd9], 6],
      [[0xdd], 6],
      [[0xdb], 7],
      [[0xdd], 3],
    ];
    for (const [opcode, reg] of cases) {
      const before = [S.STATE_FCW, S.STATE_FSW, S.STATE_FTW, S.STATE_FOP].map(u16);
      expect(execute(at(opcode, reg, end - 6))).toBe(GP);
      expect([S.STATE_FCW, S.STATE_FSW, S.STATE_FTW, S.STATE_FOP].map(u16)).toEqual(before);
      expect(core.bytes.slice(core.ram + DATA, core.ram + DATA + 0x2000).every((byte) => byte === 0xcc)).toBe(true);
    }
  });
});

describe('FXSAVE and FXRSTOR', () => {
  const setCr4 = (bits: number) => core.view.setBigUint64(core.cpu + S.STATE_CR4, BigInt(bits), true);
  const fillXmm = (byte: number) => core.bytes.fill(byte, core.cpu + S.STATE_XMM, core.cpu + S.STATE_XMM + 128);

  test('x87, MXCSR and XMM go and come back', () => {
    setCr4(CR4_OSFXSR);
    expect(execute(FLDPI, FLD1)).toBe(-1);
    const pi = stBytes(1);
    fillXmm(0x5a);
    set32(S.STATE_MXCSR, 0x9fc0);
    expect(execute(FXSAVE)).toBe(-1);
    expect([data16(0), data16(2), data16(4), data16(6)]).toEqual([0x37f, 0x3000, 0xc0, 0]);
    expect([data32(24), data32(28)]).toEqual([0x9fc0, 0xffff]);
    expect(dataBytes(58).slice(48)).toEqual(pi);
    expect(dataBytes(288).slice(160)).toEqual(new Uint8Array(128).fill(0x5a));
    fillXmm(0);
    set32(S.STATE_MXCSR, 0x1f80);
    expect(execute(FNINIT, FXRSTOR)).toBe(-1);
    expect([S.STATE_FCW, S.STATE_FSW, S.STATE_FTW].map(u16)).toEqual([0x37f, 0x3000, 0xc0]);
    expect(stBytes(1)).toEqual(pi);
    expect(u32(S.STATE_MXCSR)).toBe(0x9fc0);
    expect(core.bytes[core.cpu + S.STATE_XMM + 127]).toBe(0x5a);
  });

  test('without CR4.OSFXSR the SSE half stays out', () => {
    setCr4(0);
    core.bytes.fill(0xcc, core.ram + DATA, core.ram + DATA + 512);
    expect(execute(FXSAVE)).toBe(-1);
    expect([data32(24), data32(160)]).toEqual([0xcccccccc, 0xcccccccc]);
    expect(execute(FXRSTOR)).toBe(-1);
    expect(u32(S.STATE_MXCSR)).toBe(0x1f80);
  });

  test('an unaligned area and reserved bits of MXCSR are #GP', () => {
    setCr4(CR4_OSFXSR);
    expect(execute(at([0x0f, 0xae], 0, DATA + 8))).toBe(GP);
    expect(execute(FXSAVE)).toBe(-1);
    core.view.setUint32(core.ram + DATA + 24, 0x10000, true);
    expect(execute(FLD1, FXRSTOR)).toBe(GP);
    expect(u16(S.STATE_FTW)).toBe(0x80);
  });
});
