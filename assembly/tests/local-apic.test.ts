import { beforeEach, describe, expect, it } from 'vitest';
import { FLAG_IF } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, Machine } from './machine.ts';

const APIC = 0xfee00000;
const EOI = 0xb0;
const SVR = 0xf0;
const ESR = 0x280;
const ICR = 0x300;
const LVT_TIMER = 0x320;
const LVT_LINT0 = 0x350;
const LVT_ERROR = 0x370;
const INITIAL = 0x380;
const CURRENT = 0x390;
const DIVIDE = 0x3e0;
const MASKED = 0x10000;
const PERIODIC = 0x20000;
const DIVIDE_BY_1 = 0xb;

describe('local APIC (SDM vol. 3A chapter 10)', () => {
  let m: Machine;
  const write = (offset: number, v: number) => {
    m.set64(S.RAX, v);
    m.eip = CODE;
    m.execute(`mov [${APIC + offset}], eax`);
    // A device access may be taken back once to run at its own instruction count.
    if (m.eip === CODE) m.step();
  };
  const read = (offset: number) => {
    m.eip = CODE;
    m.execute(`mov eax, [${APIC + offset}]`);
    if (m.eip === CODE) m.step();
    return m.get32(S.RAX);
  };
  /** Fixed message as from the I/O APIC, to APIC 0. */
  const message = (vector: number, level = 0) => m.core.apicDeliver(0, 0, vector, 0, level, 1);
  beforeEach(() => {
    m = new Machine().protectedMode(0);
    write(SVR, 0x1ff);
  });

  it('has its registers', () => {
    expect([read(0x20), read(0x30), read(SVR)]).toEqual([0, 0x50014, 0x1ff]);
    write(0x80, 0x55);
    expect([read(0x80), read(0xa0)]).toEqual([0x55, 0x55]);
    write(0xd0, 0xff123456);
    write(0xe0, 0);
    expect([read(0xd0), read(0xe0)]).toEqual([0xff000000, 0x0fffffff]);
    write(LVT_TIMER, 0xffffffff);
    expect(read(LVT_TIMER)).toBe(0x700ff);
  });

  it('a message waits in IRR, goes to ISR, and EOI ends it', () => {
    expect(message(0x51)).toBe(1);
    expect(read(0x220)).toBe(1 << 0x11);
    expect(m.takeInterrupt()).toBe(0x51);
    expect([read(0x220), read(0x120), read(0xa0)]).toEqual([0, 1 << 0x11, 0x50]);
    write(EOI, 0);
    expect([read(0x120), read(0xa0)]).toEqual([0, 0]);
    expect(m.endOfInterrupts).toEqual([]);
  });

  it('the EOI of a level-triggered vector is told to the I/O APIC', () => {
    message(0x61, 1);
    expect(read(0x1b0)).toBe(1 << 1);
    expect(m.takeInterrupt()).toBe(0x61);
    write(EOI, 0);
    expect(m.endOfInterrupts).toEqual([0x61]);
  });

  it('a higher class interrupts, the same and lower ones wait', () => {
    message(0x51);
    expect(m.takeInterrupt()).toBe(0x51);
    message(0x5f);
    expect(m.takeInterrupt()).toBe(-1);
    message(0x61);
    expect(m.takeInterrupt()).toBe(0x61);
    write(EOI, 0);
    expect(m.takeInterrupt()).toBe(-1);
    write(EOI, 0);
    expect(m.takeInterrupt()).toBe(0x5f);
  });

  it('TPR holds its class and all below off', () => {
    write(0x80, 0x50);
    message(0x5f);
    expect(m.takeInterrupt()).toBe(-1);
    write(0x80, 0x4f);
    expect(m.takeInterrupt()).toBe(0x5f);
  });

  it('IPIs: self, all, and by destination', () => {
    write(ICR, 0x40000 | 0x71);
    expect(m.takeInterrupt()).toBe(0x71);
    write(EOI, 0);
    write(ICR, 0x80000 | 0x72);
    expect(m.takeInterrupt()).toBe(0x72);
    write(EOI, 0);
    write(ICR, 0xc0000 | 0x73);
    expect(m.takeInterrupt()).toBe(-1);
    write(ICR + 0x10, 0);
    write(ICR, 0x74);
    expect(m.takeInterrupt()).toBe(0x74);
    write(EOI, 0);
    write(0xd0, 0x02000000);
    expect(m.core.apicDeliver(2, 1, 0x75, 1, 0, 1)).toBe(1);
    expect(m.takeInterrupt()).toBe(0x75);
    expect(m.core.apicDeliver(1, 1, 0x76, 0, 0, 1)).toBe(0);
  });

  it('NMI messages ignore IF', () => {
    expect(m.flags & FLAG_IF).toBe(0);
    write(ICR, 0x40000 | 0x400);
    expect(m.vector).toBe(2);
  });

  it('illegal vectors and registers set errors, shown after a write to ESR', () => {
    write(LVT_ERROR, 0xe1);
    write(ICR, 0x40000 | 0x05);
    expect(read(ESR)).toBe(0);
    write(ESR, 0);
    expect(read(ESR)).toBe(0x20);
    expect(m.takeInterrupt()).toBe(0xe1);
    write(EOI, 0);
    message(0x0f);
    read(0x3f0);
    write(ESR, 0);
    expect(read(ESR)).toBe(0xc0);
  });

  it('disabled by software it takes no interrupt and masks its table', () => {
    write(LVT_TIMER, 0x40);
    write(SVR, 0xff);
    expect(message(0x51)).toBe(0);
    expect(read(LVT_TIMER)).toBe(MASKED | 0x40);
    write(LVT_TIMER, 0x41);
    expect(read(LVT_TIMER)).toBe(MASKED | 0x41);
  });

  it('one-shot timer: counts down at 100 MHz over the divider, interrupts once', () => {
    m.core.setTime(m.cpu, 1_000_000);
    write(DIVIDE, 0);
    write(LVT_TIMER, 0x91);
    write(INITIAL, 1000);
    const deadline = m.core.nextDeadline(m.cpu);
    // 1000 counts of 2 x 10 ns.
    expect(deadline).toBeGreaterThanOrEqual(1_020_000);
    expect(deadline).toBeLessThan(1_021_000);
    m.core.setTime(m.cpu, deadline - 5_000);
    expect(read(CURRENT)).toBeGreaterThan(230);
    expect(read(CURRENT)).toBeLessThanOrEqual(250);
    expect(m.takeInterrupt()).toBe(-1);
    m.core.setTime(m.cpu, deadline);
    expect(m.takeInterrupt()).toBe(0x91);
    expect([read(CURRENT), m.core.nextDeadline(m.cpu)]).toEqual([0, Infinity]);
  });

  it('periodic timer: goes on, and several periods missed are one interrupt', () => {
    write(DIVIDE, DIVIDE_BY_1);
    write(LVT_TIMER, PERIODIC | 0x92);
    write(INITIAL, 10000);
    const first = m.core.nextDeadline(m.cpu);
    m.core.setTime(m.cpu, first);
    expect(m.takeInterrupt()).toBe(0x92);
    write(EOI, 0);
    expect(m.core.nextDeadline(m.cpu)).toBe(first + 100_000);
    m.core.setTime(m.cpu, first + 350_000);
    expect(m.takeInterrupt()).toBe(0x92);
    write(EOI, 0);
    expect(m.takeInterrupt()).toBe(-1);
    expect(m.core.nextDeadline(m.cpu)).toBe(first + 400_000);
    write(INITIAL, 0);
    expect(m.core.nextDeadline(m.cpu)).toBe(Infinity);
  });

  it('a masked timer counts without interrupting', () => {
    write(LVT_TIMER, MASKED | 0x93);
    write(INITIAL, 1000);
    expect(m.core.nextDeadline(m.cpu)).toBe(Infinity);
    m.core.setTime(m.cpu, 10_000_000);
    write(LVT_TIMER, 0x93);
    expect(m.takeInterrupt()).toBe(-1);
  });

  it('LINT0 passes the PIC as ExtINT, not while it is masked', () => {
    m.picVector = 0x33;
    m.core.setIntr(m.cpu, 1);
    expect(m.takeInterrupt()).toBe(0x33);
    expect(read(0x110)).toBe(0);
    write(LVT_LINT0, MASKED | 0x700);
    m.core.setIntr(m.cpu, 1);
    expect(m.takeInterrupt()).toBe(-1);
    write(LVT_LINT0, 0x700);
    expect(m.takeInterrupt()).toBe(0x33);
  });

  it('LINT0 as a fixed, level-triggered input is delivered again while the line is high', () => {
    write(LVT_LINT0, 0x8000 | 0x62);
    m.core.setIntr(m.cpu, 1);
    expect(m.takeInterrupt()).toBe(0x62);
    expect(read(LVT_LINT0)).toBe(0x8000 | 0x4000 | 0x62);
    write(EOI, 0);
    expect(m.takeInterrupt()).toBe(0x62);
    m.core.setIntr(m.cpu, 0);
    write(EOI, 0);
    expect(m.takeInterrupt()).toBe(-1);
  });

  it('switched off by IA32_APIC_BASE the page is not there and INTR is direct', () => {
    m.writeMsr(0x1b, 0xfee00000);
    expect(read(0x30)).toBe(0xffffffff);
    m.core.setIntr(m.cpu, 1);
    expect(m.takeInterrupt()).toBe(0x20);
  });

  it('INIT restarts the processor at the reset vector and keeps the counter', () => {
    m.core.apicDeliver(0, 0, 0, 5, 0, 1);
    m.step();
    expect([m.base(S.CS), m.cr0 & 1]).toEqual([0xffff0000, 0]);
  });
});
