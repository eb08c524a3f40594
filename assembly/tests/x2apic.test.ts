import { beforeEach, describe, expect, it } from 'vitest';
import * as S from '../shared/state.ts';
import { CODE, Machine } from './machine.ts';

const APIC_BASE = 0x1b;
const XAPIC = 0xfee00900;
const X2APIC = 0xfee00d00;
const OFF = 0xfee00100;
const LVT_TIMER = 0x832;
const DEADLINE_MODE = 0x40000;

let m: Machine;
const write = (index: number, v: number, high = 0) => m.writeMsr(index, v, high);
const read = (index: number) => m.readMsr(index);

describe('x2APIC mode (SDM vol. 3A 10.12)', () => {
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  // Figure 10-27: from, to, allowed.
  it.each([
    ['xAPIC', [XAPIC], X2APIC, true],
    ['xAPIC', [XAPIC], OFF, true],
    ['off', [OFF], XAPIC, true],
    ['off', [OFF], X2APIC, false],
    ['x2APIC', [X2APIC], XAPIC, false],
    ['x2APIC', [X2APIC], OFF, true],
    ['xAPIC', [XAPIC], 0xfee00500, false],
  ] as const)('from %s by %j to %i: %s', (_, before, to, allowed) => {
    for (const v of before) expect(write(APIC_BASE, v)).toBe(true);
    expect(write(APIC_BASE, to)).toBe(allowed);
  });

  it('EXTD is reserved without the feature', () => {
    m.set32(S.STATE_CPUID_FEATURES + 4, m.get32(S.STATE_CPUID_FEATURES + 4) & ~(1 << 21));
    expect(write(APIC_BASE, X2APIC)).toBe(false);
    expect(read(0x802)).toBeNull();
  });

  it('the registers are MSRs in this mode only, and the page is not there', () => {
    expect(read(0x802)).toBeNull();
    expect(write(0x808, 0)).toBe(false);
    write(APIC_BASE, X2APIC);
    expect([read(0x802), read(0x803), read(0x80d)]).toEqual([
      [0, 0],
      [0x50014, 0],
      [1, 0],
    ]);
    m.eip = CODE;
    m.execute('mov eax, [0xfee00030]');
    if (m.eip === CODE) m.step();
    expect(m.get32(S.RAX)).toBe(0xffffffff);
  });

  it('registers that do not exist, read-only and write-only ones and reserved bits are #GP', () => {
    write(APIC_BASE, X2APIC);
    for (const index of [0x800, 0x80b, 0x80e, 0x831, 0x83f, 0x840, 0x8ff]) expect(read(index)).toBeNull();
    for (const index of [0x802, 0x803, 0x80a, 0x80d, 0x80e, 0x810, 0x820, 0x831, 0x839]) {
      expect(write(index, 0)).toBe(false);
    }
    expect(write(0x808, 0x100)).toBe(false);
    expect(write(0x808, 0x20, 1)).toBe(false);
    expect(write(0x808, 0x20)).toBe(true);
    expect(read(0x80a)).toEqual([0x20, 0]);
    expect(write(0x80b, 1)).toBe(false);
    expect(write(0x828, 1)).toBe(false);
    expect(write(0x828, 0)).toBe(true);
    expect(write(LVT_TIMER, 0x80000000)).toBe(false);
    expect(write(0x830, 0x1000)).toBe(false);
  });

  it('ICR is one register of 64 bits; destinations are 32-bit IDs or a cluster and its members', () => {
    write(APIC_BASE, X2APIC);
    write(0x80f, 0x1ff);
    expect(write(0x830, 0x71, 0)).toBe(true);
    expect(read(0x830)).toEqual([0x71, 0]);
    expect(m.takeInterrupt()).toBe(0x71);
    write(0x80b, 0);
    write(0x830, 0x72, 1);
    expect(m.takeInterrupt()).toBe(-1);
    write(0x830, 0x73, 0xffffffff);
    expect(m.takeInterrupt()).toBe(0x73);
    write(0x80b, 0);
    write(0x830, 0x800 | 0x74, 0x00000001);
    expect(m.takeInterrupt()).toBe(0x74);
    write(0x80b, 0);
    write(0x830, 0x800 | 0x75, 0x00010001);
    write(0x830, 0x800 | 0x75, 0x00000002);
    expect(m.takeInterrupt()).toBe(-1);
  });

  it('SELF IPI', () => {
    write(APIC_BASE, X2APIC);
    write(0x80f, 0x1ff);
    expect(write(0x83f, 0x81)).toBe(true);
    expect(m.takeInterrupt()).toBe(0x81);
    expect(read(0x814)).toEqual([2, 0]);
    expect(write(0x83f, 0x100)).toBe(false);
  });

  it('switched off and on again it starts anew', () => {
    write(APIC_BASE, X2APIC);
    write(0x80f, 0x1ff);
    write(0x808, 0x55);
    write(APIC_BASE, OFF);
    write(APIC_BASE, XAPIC);
    write(APIC_BASE, X2APIC);
    expect([read(0x80f), read(0x808)]).toEqual([
      [0xff, 0],
      [0, 0],
    ]);
  });
});

describe('TSC-deadline mode (SDM vol. 3A 10.5.4.1)', () => {
  const tsc = () => {
    m.eip = CODE;
    m.execute('rdtsc');
    return m.get32(S.RAX);
  };
  beforeEach(() => {
    m = new Machine().protectedMode(0);
    write(APIC_BASE, X2APIC);
    write(0x80f, 0x1ff);
    m.core.setTime(m.cpu, 1_000_000);
  });

  it('in the other modes the MSR reads 0 and ignores writes', () => {
    expect(write(0x6e0, 5_000_000)).toBe(true);
    expect(read(0x6e0)).toEqual([0, 0]);
    expect(m.core.nextDeadline(m.cpu)).toBe(Infinity);
  });

  it('interrupts when the TSC reaches the deadline, once, and reads 0 then', () => {
    expect(write(LVT_TIMER, DEADLINE_MODE | 0x91)).toBe(true);
    const deadline = tsc() + 500_000;
    expect(write(0x6e0, deadline)).toBe(true);
    expect(read(0x6e0)).toEqual([deadline, 0]);
    const ns = m.core.nextDeadline(m.cpu);
    expect(ns).toBe(deadline);
    m.core.setTime(m.cpu, ns - 1000);
    expect(m.takeInterrupt()).toBe(-1);
    m.core.setTime(m.cpu, ns);
    expect(m.takeInterrupt()).toBe(0x91);
    expect(read(0x6e0)).toEqual([0, 0]);
    expect(m.core.nextDeadline(m.cpu)).toBe(Infinity);
  });

  it('a deadline that has passed interrupts at once', () => {
    write(LVT_TIMER, DEADLINE_MODE | 0x92);
    write(0x6e0, 1);
    expect(m.takeInterrupt()).toBe(0x92);
  });

  it('0 disarms, and so does a change to or from the mode', () => {
    write(LVT_TIMER, DEADLINE_MODE | 0x93);
    write(0x6e0, 5_000_000);
    write(0x6e0, 0);
    expect(m.core.nextDeadline(m.cpu)).toBe(Infinity);
    write(0x6e0, 5_000_000);
    write(LVT_TIMER, 0x93);
    expect(m.core.nextDeadline(m.cpu)).toBe(Infinity);
    write(LVT_TIMER, DEADLINE_MODE | 0x93);
    expect(read(0x6e0)).toEqual([0, 0]);
  });

  it('the count registers do nothing in this mode', () => {
    write(LVT_TIMER, DEADLINE_MODE | 0x94);
    write(0x838, 1000);
    expect([read(0x838), read(0x839)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(m.core.nextDeadline(m.cpu)).toBe(Infinity);
  });

  it('the deadline is one of the TSC: moving that moves the event', () => {
    write(LVT_TIMER, DEADLINE_MODE | 0x95);
    write(0x6e0, 50_000_000);
    const before = m.core.nextDeadline(m.cpu);
    write(0x3b, 10_000_000);
    expect(m.core.nextDeadline(m.cpu)).toBe(before - 10_000_000);
    write(0x10, 60_000_000);
    expect(m.takeInterrupt()).toBe(0x95);
  });

  it('the mode is reserved without the feature', () => {
    m.set32(S.STATE_CPUID_FEATURES + 4, m.get32(S.STATE_CPUID_FEATURES + 4) & ~(1 << 24));
    expect(write(LVT_TIMER, DEADLINE_MODE | 0x96)).toBe(false);
    expect(read(0x6e0)).toBeNull();
  });
});
