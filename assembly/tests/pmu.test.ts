import { beforeEach, describe, expect, it } from 'vitest';
import { FLAG_IF } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, HANDLERS, Machine } from './machine.ts';

const PMC0 = 0xc1;
const SELECT0 = 0x186;
const FIXED0 = 0x309;
const FIXED_CTRL = 0x38d;
const STATUS = 0x38e;
const GLOBAL_CTRL = 0x38f;
const OVF_CTRL = 0x390;
const LVT_PERFORMANCE = 0xfee00340;

/** IA32_PERFEVTSELx (SDM vol. 3B figure 18-6). */
const INSTRUCTIONS = 0xc0;
const CYCLES = 0x3c;
const USR = 0x10000;
const OS = 0x20000;
const EDGE = 0x40000;
const INT = 0x100000;
const EN = 0x400000;

let m: Machine;
const write = (index: number, v: number, high = 0) => m.writeMsr(index, v, high);
const read = (index: number) => {
  const value = m.readMsr(index);
  return value && value[0] + value[1] * 2 ** 32;
};
/** Executes n NOPs. */
const nops = (n: number) => {
  m.eip = CODE;
  m.program(`times ${n} nop`);
  m.step(n);
};
const apic = (at: number, v: number) => {
  m.set64(S.RAX, v);
  m.eip = CODE;
  m.execute(`mov [${at}], eax`);
  if (m.eip === CODE) m.step();
};

beforeEach(() => {
  m = new Machine().protectedMode(0);
});

describe('performance counters (SDM vol. 3B 18.2)', () => {
  it('CPUID leaf 0Ah: version 2, 4 counters and 3 fixed ones of 48 bits; which events are missing', () => {
    m.set64(S.RAX, 0xa);
    m.execute('cpuid');
    expect(m.get32(S.RAX)).toBe(0x07300402);
    expect(m.get32(S.RBX)).toBe(0x78);
    expect(m.get32(S.RDX)).toBe(3 | (48 << 5));
  });

  it('counts instructions between enabling and disabling, neither WRMSR among them', () => {
    write(SELECT0, INSTRUCTIONS | OS | USR | EN);
    nops(10);
    write(GLOBAL_CTRL, 0);
    nops(5);
    expect(read(PMC0)).toBe(10);
  });

  it('a counter read by RDPMC and RDMSR has all instructions before', () => {
    write(FIXED_CTRL, 3);
    write(GLOBAL_CTRL, 0, 1);
    m.set64(S.RCX, 0x40000000);
    m.eip = CODE;
    m.program('nop\nnop\nrdpmc\nnop').step(4);
    expect([m.get32(S.RAX), m.get32(S.RDX)]).toEqual([2, 0]);
    expect(read(FIXED0)).toBe(4);
  });

  it('cycles are virtual nanoseconds at the slice’s pace', () => {
    m.set32(S.STATE_TIME_SHIFT, 3);
    write(FIXED_CTRL, 0x330);
    write(GLOBAL_CTRL, 0, 6);
    nops(10);
    write(GLOBAL_CTRL, 0, 0);
    expect([read(FIXED0 + 1), read(FIXED0 + 2)]).toEqual([80, 80]);
    expect(read(FIXED0)).toBe(0);
  });

  it('OS and USR choose the rings', () => {
    write(SELECT0, INSTRUCTIONS | OS | EN);
    write(SELECT0 + 1, INSTRUCTIONS | USR | EN);
    nops(3);
    m.ring(3);
    nops(7);
    m.ring(0);
    write(GLOBAL_CTRL, 0);
    expect([read(PMC0), read(PMC0 + 1)]).toEqual([3, 7]);
  });

  it('a system call and back: each instruction belongs to the ring that it began in', () => {
    write(SELECT0, INSTRUCTIONS | OS | EN);
    write(SELECT0 + 1, INSTRUCTIONS | USR | EN);
    m.idt(0x80, 0xee, 0x08, 0xa000);
    m.write8(0xa000, 0x90);
    m.write8(0xa001, 0xcf);
    m.ring(3);
    m.eip = CODE;
    m.esp = 0xb000;
    m.program('nop\nint 0x80\nnop\nnop').step(6);
    expect(m.eip).toBe(CODE + 5);
    m.protectedMode(0);
    write(GLOBAL_CTRL, 0);
    expect([read(PMC0), read(PMC0 + 1)]).toEqual([2, 4]);
  });

  it('an instruction that faults does not retire', () => {
    write(SELECT0, INSTRUCTIONS | OS | EN);
    m.eip = CODE;
    m.program('nop\nud2').step(2);
    expect(m.vector).toBe(6);
    m.eip = CODE;
    write(GLOBAL_CTRL, 0);
    expect(read(PMC0)).toBe(1);
  });

  it('a repeated string instruction retires once, however often it starts over', () => {
    write(SELECT0, INSTRUCTIONS | OS | EN);
    m.set64(S.RCX, 0x6000);
    m.set64(S.RSI, 0x20000);
    m.set64(S.RDI, 0x30000);
    m.eip = CODE;
    m.program('nop\nrep movsb\nnop');
    let steps = 0;
    while (m.eip < CODE + 4) {
      m.step();
      steps += 1;
    }
    expect(steps).toBeGreaterThan(3);
    write(GLOBAL_CTRL, 0);
    expect(read(PMC0)).toBe(3);
  });

  it.each([
    ['LLC misses', 0x412e],
    ['branches', 0x00c4],
    ['instructions with edge detection', INSTRUCTIONS | EDGE],
    ['instructions with a counter mask', INSTRUCTIONS | 0x01000000],
  ])('%s count 0', (_, event) => {
    expect(write(SELECT0, event | OS | USR | EN)).toBe(true);
    nops(10);
    expect(read(PMC0)).toBe(0);
  });

  it('general counters take 32 bits and extend their sign; fixed ones take 48', () => {
    write(PMC0, 0xffffff00, 0x12);
    expect(read(PMC0)).toBe(0xffffffffff00);
    write(PMC0, 0x7fffffff, 0x12);
    expect(read(PMC0)).toBe(0x7fffffff);
    expect(write(FIXED0, 5, 0x1234)).toBe(true);
    expect(read(FIXED0)).toBe(0x123400000005);
    expect(write(FIXED0, 0, 0x10000)).toBe(false);
  });

  it('reserved bits and the read-only status are #GP', () => {
    expect(write(SELECT0, 0x200000)).toBe(false);
    expect(write(SELECT0, 0, 1)).toBe(false);
    expect(write(FIXED_CTRL, 4)).toBe(false);
    expect(write(GLOBAL_CTRL, 0x10)).toBe(false);
    expect(write(STATUS, 0)).toBe(false);
    expect(write(OVF_CTRL, 0x10)).toBe(false);
    expect(write(OVF_CTRL, 0xf, 0xc0000007)).toBe(true);
    expect(write(PMC0 + 4, 0)).toBe(false);
    expect(read(FIXED0 + 3)).toBeNull();
  });

  it('RDPMC: CR4.PCE opens it to ring 3, indices beyond the counters are #GP', () => {
    const rdpmc = (index: number) => {
      m.set64(S.RCX, index);
      m.eip = CODE;
      m.esp = 0xb000;
      m.execute('rdpmc');
      return m.vector;
    };
    expect([0, 3, 0x40000002].map(rdpmc)).toEqual([-1, -1, -1]);
    for (const index of [4, 0x40000003, 0x80000000]) expect(rdpmc(index)).toBe(13);
    m.protectedMode(3);
    expect(rdpmc(0)).toBe(13);
    m.protectedMode(3);
    m.set64(S.STATE_CR4, 0x100);
    expect(rdpmc(0)).toBe(-1);
  });

  it('processors whose CPUID ends before leaf 0Ah have none', () => {
    m.set32(S.STATE_CPUID_LEAF_MAX, 1);
    expect(read(PMC0)).toBeNull();
    expect(write(GLOBAL_CTRL, 0)).toBe(false);
  });
});

describe('overflow', () => {
  const VECTOR = 0xa1;
  beforeEach(() => {
    apic(0xfee000f0, 0x1ff);
    apic(LVT_PERFORMANCE, VECTOR);
    m.flags = 2;
  });
  /** Runs a block of NOPs with interrupts on; instructions executed when the handler began. */
  const interruptedAt = () => {
    m.eip = CODE;
    m.esp = 0xb000;
    m.program('times 100 nop');
    m.flags = 2 | FLAG_IF;
    m.step(60);
    expect(m.eip).toBe(HANDLERS + VECTOR + 1);
    m.set32(S.STATE_ACTIVITY, S.ACTIVITY_ACTIVE);
    return m.stack(1)[0]! - CODE;
  };

  it.each([1, 2, 17, 50])('interrupts after the very instruction: %i', (n) => {
    write(SELECT0, INSTRUCTIONS | OS | INT | EN);
    write(PMC0, -n >>> 0);
    expect(interruptedAt()).toBe(n);
    expect(read(STATUS)).toBe(1);
  });

  it('of cycles, after the instruction in which it happens', () => {
    m.set32(S.STATE_TIME_SHIFT, 3);
    write(SELECT0, CYCLES | OS | INT | EN);
    write(PMC0, -100 >>> 0);
    // 13 instructions are 104 cycles.
    expect(interruptedAt()).toBe(13);
  });

  it('of a fixed counter by its own PMI bit, with its own status bit', () => {
    write(FIXED_CTRL, 0xb);
    write(GLOBAL_CTRL, 0, 1);
    write(FIXED0, 0xffffffff - 19, 0xffff);
    expect(interruptedAt()).toBe(20);
    expect(read(STATUS)).toBe(2 ** 32);
    write(OVF_CTRL, 0, 1);
    expect(read(STATUS)).toBe(0);
  });

  it('masks its entry of the local vector table; without INT only the status tells', () => {
    write(SELECT0, INSTRUCTIONS | OS | INT | EN);
    write(PMC0, -5 >>> 0);
    expect(interruptedAt()).toBe(5);
    m.eip = CODE;
    m.execute(`mov eax, [${LVT_PERFORMANCE}]`);
    if (m.eip === CODE) m.step();
    expect(m.get32(S.RAX)).toBe(0x10000 | VECTOR);
    write(OVF_CTRL, 1);
    write(SELECT0, INSTRUCTIONS | OS | EN);
    write(PMC0, -5 >>> 0);
    nops(20);
    expect(m.eip).toBe(CODE + 20);
    expect(read(STATUS)).toBe(1);
    write(GLOBAL_CTRL, 0);
    expect(read(PMC0)).toBeLessThan(100);
  });
});
