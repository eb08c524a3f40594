import { beforeEach, describe, expect, it } from 'vitest';
import { CR0_TS, CR4_OSFXSR, CR4_OSXSAVE } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, DATA, Machine } from './machine.ts';

const AREA = 0x10000;
const BV = AREA + 512;
const COMP = AREA + 520;
const XMM = AREA + 160;
const YMM_HIGH = AREA + 576;

describe('XSAVE and XRSTOR (SDM vol. 1 chapter 13)', () => {
  let m: Machine;
  /** Executes with EDX:EAX = the mask; true if nothing was raised. */
  const does = (source: string, mask = 7) => {
    m.set64(S.RAX, mask);
    m.set64(S.RDX, 0);
    m.eip = CODE;
    m.esp = 0xb000;
    m.execute(source);
    return m.vector === -1;
  };
  const setXcr0 = (v: number) => {
    m.set64(S.RCX, 0);
    return does('xsetbv', v);
  };
  beforeEach(() => {
    m = new Machine().protectedMode(0);
    m.set32(S.STATE_CPUID_FEATURES + 4, m.get32(S.STATE_CPUID_FEATURES + 4) | (1 << 28));
    m.set64(S.STATE_CR4, CR4_OSFXSR | CR4_OSXSAVE);
    m.core.remapped(m.cpu);
    m.execute('fninit');
    m.eip = CODE;
    for (let n = 0; n < 0x400; n += 4) m.write32(AREA + n, 0);
    setXcr0(7);
  });

  it('XSETBV: x87 always, AVX with SSE, nothing unknown (13.3); XGETBV reads', () => {
    for (const v of [0, 2, 5, 9]) expect(setXcr0(v)).toBe(false);
    expect(setXcr0(3)).toBe(true);
    m.set64(S.RCX, 0);
    expect(does('xgetbv')).toBe(true);
    expect([m.get32(S.RAX), m.get32(S.RDX)]).toEqual([3, 0]);
    m.set64(S.RCX, 2);
    expect(does('xgetbv')).toBe(false);
    m.set64(S.RCX, 1);
    expect(does('xsetbv', 3)).toBe(false);
    expect(m.vector).toBe(13);
  });

  it('is #UD without CR4.OSXSAVE, #NM with CR0.TS, #GP off a 64-byte boundary', () => {
    expect([does(`xsave [${AREA + 32}]`), m.vector]).toEqual([false, 13]);
    m.protectedMode(0);
    m.set64(S.STATE_CR0, m.cr0 | CR0_TS);
    expect([does(`xsave [${AREA}]`), m.vector]).toEqual([false, 7]);
    m.protectedMode(0);
    m.set64(S.STATE_CR4, CR4_OSFXSR);
    expect([does(`xsave [${AREA}]`), m.vector]).toEqual([false, 6]);
    m.protectedMode(0);
    expect([does('xgetbv'), m.vector]).toEqual([false, 6]);
  });

  it('XSAVE writes what is asked for, XSTATE_BV what is in use; other bits of the header stay', () => {
    m.set32(S.STATE_XMM + 16, 0x1234);
    m.set32(S.STATE_YMM_HIGH, 0x5678);
    m.write32(XMM + 16, 0xdead);
    m.write32(BV, 2);
    m.write32(COMP, 0x77);
    expect(does(`xsave [${AREA}]`, 5)).toBe(true);
    // SSE was not asked for: its registers and its bit stay. x87 is in its initial state: stored, not in use.
    expect([m.read32(XMM + 16), m.read32(YMM_HIGH), m.read32(BV), m.read32(COMP)]).toEqual([0xdead, 0x5678, 6, 0x77]);
    expect(m.read16(AREA)).toBe(0x37f);
    // MXCSR goes with AVX too (13.7).
    expect(m.read32(AREA + 24)).toBe(0x1f80);
    expect(does(`xsave [${AREA}]`, 2)).toBe(true);
    expect([m.read32(XMM + 16), m.read32(BV)]).toEqual([0x1234, 6]);
  });

  it('XCR0 limits what is saved', () => {
    setXcr0(3);
    m.set32(S.STATE_YMM_HIGH, 0x5678);
    expect(does(`xsave [${AREA}]`, 7)).toBe(true);
    expect([m.read32(YMM_HIGH), m.read32(BV)]).toEqual([0, 0]);
  });

  it('XSAVEOPT leaves out what is in its initial configuration (13.9)', () => {
    m.write32(XMM, 0xdead);
    m.write32(AREA, 0xbeef);
    m.set32(S.STATE_YMM_HIGH, 0x5678);
    expect(does(`xsaveopt [${AREA}]`)).toBe(true);
    expect([m.read32(XMM), m.read32(AREA), m.read32(YMM_HIGH), m.read32(BV)]).toEqual([0xdead, 0xbeef, 0x5678, 4]);
  });

  it('XSAVEC writes the compacted header; MXCSR makes SSE state used (13.10)', () => {
    m.set32(S.STATE_MXCSR, 0x1fa0);
    expect(does(`xsavec [${AREA}]`)).toBe(true);
    expect([m.read32(BV), m.read32(COMP), m.read32(COMP + 4)]).toEqual([2, 7, 0x80000000]);
    expect(m.read32(AREA + 24)).toBe(0x1fa0);
  });

  it('XRSTOR loads, and initialises what XSTATE_BV does not have (13.8)', () => {
    m.set32(S.STATE_XMM, 1);
    m.set32(S.STATE_XMM + 8 * 16, 8);
    m.set32(S.STATE_YMM_HIGH, 2);
    m.execute('fld1');
    m.write32(AREA + 24, 0x1f80);
    m.write32(YMM_HIGH, 0x99);
    m.write32(BV, 4);
    expect(does(`xrstor [${AREA}]`)).toBe(true);
    expect([m.get32(S.STATE_XMM), m.get32(S.STATE_YMM_HIGH)]).toEqual([0, 0x99]);
    // XMM8-15 are out of reach outside of 64-bit mode.
    expect(m.get32(S.STATE_XMM + 8 * 16)).toBe(8);
    expect(m.view.getUint16(m.cpu + S.STATE_FCW, true)).toBe(0x37f);
    expect(m.view.getUint16(m.cpu + S.STATE_FTW, true)).toBe(0);
  });

  it('what was saved comes back', () => {
    m.execute('fld1');
    for (let n = 0; n < 128; n += 4) {
      m.set32(S.STATE_XMM + n, 0x100 + n);
      m.set32(S.STATE_YMM_HIGH + n, 0x900 + n);
    }
    const words = (at: number, end: number) => Array.from({ length: (end - at) / 4 }, (_, n) => m.get32(at + n * 4));
    const state = () => [words(S.STATE_FPU_ST, S.STATE_FPU_RESULT), words(S.STATE_XMM, S.STATE_LAPIC)];
    const before = state();
    for (const form of ['xsave', 'xsaveopt', 'xsavec']) {
      expect(does(`${form} [${AREA}]`)).toBe(true);
      m.execute('fninit');
      m.execute('fldz');
      for (let n = 0; n < 0x200; n += 4) m.set32(S.STATE_XMM + n, n < 128 || n >= 256 ? 0xffff : 0);
      for (let n = 128; n < 256; n += 4) m.set32(S.STATE_YMM_HIGH + n, 0);
      expect(does(`xrstor [${AREA}]`)).toBe(true);
      expect(state()).toEqual(before);
    }
  });

  it.each([
    ['a component that XCR0 does not have', BV, 8],
    ['XCOMP_BV in the standard format', COMP, 1],
    ['bytes 16-23 of the header', COMP + 8, 1],
    ['a reserved bit of MXCSR', AREA + 24, 0x10000],
  ])('XRSTOR refuses %s', (_, at, value) => {
    m.write32(AREA + 24, 0x1f80);
    expect(does(`xrstor [${AREA}]`)).toBe(true);
    m.write32(at, value);
    m.set32(S.STATE_XMM, 1);
    expect([does(`xrstor [${AREA}]`), m.vector, m.get32(S.STATE_XMM)]).toEqual([false, 13, 1]);
  });

  it.each([
    ['XSTATE_BV beyond XCOMP_BV', BV, 4, 0],
    ['a component in XCOMP_BV that XCR0 does not have', COMP, 0xb, 0],
    ['bytes 24-63 of the header', BV + 60, 1, 0],
  ])('XRSTOR of the compacted format refuses %s', (_, at, value) => {
    m.write32(COMP, 3);
    m.write32(COMP + 4, 0x80000000);
    m.write32(AREA + 24, 0x1f80);
    expect(does(`xrstor [${AREA}]`)).toBe(true);
    m.write32(at, value);
    expect([does(`xrstor [${AREA}]`), m.vector]).toEqual([false, 13]);
  });

  it('CPUID: OSXSAVE follows CR4, leaf 0Dh follows XCR0', () => {
    const cpuid = (leaf: number, subleaf: number) => {
      m.set64(S.RAX, leaf);
      m.set64(S.RCX, subleaf);
      m.eip = CODE;
      m.execute('cpuid');
      return [m.get32(S.RAX), m.get32(S.RBX), m.get32(S.RCX), m.get32(S.RDX)];
    };
    expect((cpuid(1, 0)[2] ?? 0) & (1 << 27)).not.toBe(0);
    expect(cpuid(0xd, 0)).toEqual([7, 832, 832, 0]);
    expect(cpuid(0xd, 1)).toEqual([7, 832, 0, 0]);
    expect(cpuid(0xd, 2)).toEqual([256, 576, 0, 0]);
    expect(cpuid(0xd, 3)).toEqual([0, 0, 0, 0]);
    setXcr0(1);
    expect(cpuid(0xd, 0)).toEqual([7, 576, 832, 0]);
    m.set64(S.STATE_CR4, CR4_OSFXSR);
    expect((cpuid(1, 0)[2] ?? 0) & (1 << 27)).toBe(0);
  });
});

describe('random numbers, time and caches', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('RDRAND: a seed gives one sequence, CF is set, the other flags are cleared (vol. 2B)', () => {
    const draw = (seed: number) => {
      const machine = new Machine().protectedMode(0);
      machine.core.setSeed(machine.cpu, seed, 0);
      machine.set64(S.RAX, 0xffffffff);
      machine.flags = 0x8d6;
      machine.program('rdrand eax\nrdseed bx\nrdrand ecx').step(3);
      expect(machine.flags).toBe(3);
      return [machine.get32(S.RAX), machine.get32(S.RBX) & 0xffff, machine.get32(S.RCX)];
    };
    // SplitMix64 of seed 0 as published: E220A8397B1DCDAF, 6E789E6AA1B965F4, 06C45D188009454F.
    expect(draw(0)).toEqual([0x7b1dcdaf, 0x65f4, 0x8009454f]);
    expect(draw(1)).not.toEqual(draw(0));
    expect(draw(1)).toEqual(draw(1));
  });

  it('RDTSCP and RDPID read IA32_TSC_AUX, whose high half is reserved', () => {
    m.set64(S.RCX, 0xc0000103);
    m.set64(S.RAX, 0x1234);
    m.set64(S.RDX, 0);
    m.program('wrmsr\nrdtscp\nrdpid ebx').step(3);
    expect([m.vector, m.get32(S.RCX), m.get32(S.RBX)]).toEqual([-1, 0x1234, 0x1234]);
    m.set64(S.RCX, 0xc0000103);
    m.set64(S.RDX, 1);
    m.execute('wrmsr');
    expect(m.vector).toBe(13);
  });

  it('IA32_TSC_ADJUST moves with the TSC and moves it (vol. 3B 17.17.3)', () => {
    const tsc = () => {
      m.eip = CODE;
      m.execute('rdtsc');
      return m.get32(S.RAX);
    };
    m.core.setTime(m.cpu, 1_000_000);
    const before = tsc();
    m.set64(S.RCX, 0x3b);
    m.set64(S.RAX, 5_000_000);
    m.set64(S.RDX, 0);
    m.execute('wrmsr');
    expect(tsc() - before).toBeGreaterThanOrEqual(5_000_000);
    expect(tsc() - before).toBeLessThan(5_001_000);
    m.set64(S.RCX, 0x10);
    m.set64(S.RAX, 0);
    m.set64(S.RDX, 0);
    m.execute('wrmsr');
    m.set64(S.RCX, 0x3b);
    m.execute('rdmsr');
    expect(m.get32(S.RAX) | 0).toBeLessThanOrEqual(-1_000_000);
    expect(m.get32(S.RDX)).toBe(0xffffffff);
  });

  it('IA32_ARCH_CAPABILITIES: not vulnerable to what speculation does; read-only', () => {
    m.set64(S.RCX, 0x10a);
    m.execute('rdmsr');
    // RDCL_NO, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO, IF_PSCHANGE_MC_NO, TAA_NO (vol. 4 table 2-2).
    expect(m.get32(S.RAX) & 0x179).toBe(0x179);
    m.set64(S.RCX, 0x10a);
    m.execute('wrmsr');
    expect(m.vector).toBe(13);
  });

  it('CLFLUSH is checked as a load; fences and MOVNTI work', () => {
    m.set32(S.STATE_CPUID_FEATURES, m.get32(S.STATE_CPUID_FEATURES) | (3 << 25));
    m.set64(S.RAX, 0x12345678);
    m.program(
      `movnti dword [${DATA}], eax\nsfence\nlfence\nmfence\nclflush [${DATA}]\nclflushopt [${DATA}]\nclwb [${DATA}]`,
    ).step(7);
    expect([m.vector, m.read32(DATA)]).toEqual([-1, 0x12345678]);
    m.paging();
    m.page(DATA, 0);
    m.execute(`clflush [${DATA}]`);
    expect(m.vector).toBe(14);
  });
});
