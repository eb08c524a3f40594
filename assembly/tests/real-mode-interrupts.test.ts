import { beforeEach, describe, expect, it } from 'vitest';
import { FLAG_AC, FLAG_IF, FLAG_TF } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, HANDLERS, Machine, STACK } from './machine.ts';

// SDM vol. 3B 20.1.4 and vol. 2A INT n, IRET: real-address mode.
describe('interrupts in real mode', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().realMode();
  });

  it('INT n pushes FLAGS, CS, IP and clears IF, TF, AC', () => {
    m.flags = 2 | FLAG_IF | FLAG_AC | 1;
    m.execute('int 0x21');
    expect(m.vector).toBe(0x21);
    expect(m.esp).toBe(STACK - 6);
    expect(m.stack(3, 2)).toEqual([CODE + 2, 0, 0x203]);
    expect(m.flags).toBe(3);
  });

  it('takes CS from the table', () => {
    m.write16(0x21 * 4, 0x10);
    m.write16(0x21 * 4 + 2, 0x8f0);
    m.execute('int 0x21');
    expect(m.selector(S.CS)).toBe(0x8f0);
    expect(m.base(S.CS)).toBe(0x8f00);
    expect(m.eip).toBe(0x10);
  });

  it('faults push the address of the instruction and no error code', () => {
    m.execute('mov ax, [0xffff]');
    expect(m.vector).toBe(13);
    expect(m.stack(3, 2)).toEqual([CODE, 0, 2]);
    expect(m.esp).toBe(STACK - 6);
  });

  it('#DE, #UD and #BR are faults; INT3 and INTO traps', () => {
    const cases: [string, number, number][] = [
      ['div cl', 0, 0],
      ['ud2', 6, 0],
      ['int3', 3, 1],
    ];
    for (const [source, vector, length] of cases) {
      m.realMode();
      m.set64(S.RCX, 0);
      m.execute(source);
      expect(m.vector).toBe(vector);
      expect(m.stack(1, 2)).toEqual([CODE + length]);
    }
  });

  it('INTO interrupts only with OF set', () => {
    m.execute('into');
    expect(m.eip).toBe(CODE + 1);
    m.realMode();
    m.flags = 0x802;
    m.execute('into');
    expect(m.vector).toBe(4);
  });

  it('BOUND compares signed and restarts at the instruction', () => {
    m.write16(0xe000, 0xfff0);
    m.write16(0xe002, 5);
    m.set64(S.RAX, 6);
    m.execute('bound ax, [0xe000]');
    expect(m.vector).toBe(5);
    expect(m.stack(1, 2)).toEqual([CODE]);
    m.realMode();
    m.set64(S.RAX, 0xfff0);
    m.execute('bound ax, [0xe000]');
    expect(m.vector).toBe(-1);
  });

  it('an entry beyond the limit of IDTR becomes #GP, then the shutdown if the table holds nothing', () => {
    m.set32(S.STATE_IDTR_LIMIT, 14 * 4 - 1);
    m.execute('int 0x21');
    expect(m.vector).toBe(13);
    m.realMode();
    m.set32(S.STATE_IDTR_LIMIT, 8 * 4 + 3);
    m.execute('int 0x21');
    expect(m.vector).toBe(8);
    m.realMode();
    m.set32(S.STATE_IDTR_LIMIT, 8 * 4 + 2);
    m.execute('int 0x21');
    expect(m.isShutDown).toBe(true);
  });

  it('a push that wraps inside the segment goes on; one that straddles its end is #SS, double fault, shutdown', () => {
    m.esp = 4;
    m.execute('int 0x21');
    expect(m.vector).toBe(0x21);
    expect(m.esp).toBe(0xfffe);
    m.realMode();
    m.esp = 1;
    m.execute('int 0x21');
    expect(m.isShutDown).toBe(true);
  });

  it('IRET pops IP, CS and FLAGS with IOPL and NT', () => {
    m.push16(0x1234, 0x800, 0x7fd7);
    m.execute('iret');
    expect(m.eip).toBe(0x1234);
    expect(m.selector(S.CS)).toBe(0x800);
    expect(m.base(S.CS)).toBe(0x8000);
    expect(m.flags).toBe(0x7fd7);
    expect(m.esp).toBe(STACK);
  });

  it('IRETD takes ID and AC but leaves VM, VIF and VIP', () => {
    m.push(0x1234, 0x800, 0xffffffff & ~FLAG_TF & ~0x10000);
    m.execute('iretd');
    expect(m.eip).toBe(0x1234);
    expect(m.flags).toBe(0x247ed7);
  });

  it('IRETD beyond the limit of CS is #GP and pops nothing', () => {
    m.push(0x12345, 0x800, 2);
    const before = m.esp;
    m.execute('iretd');
    expect(m.vector).toBe(13);
    expect(m.esp).toBe(before - 6);
  });

  it('the trap flag traps after the instruction that starts with it set', () => {
    m.flags = 2 | FLAG_TF;
    m.program('nop\nnop').step();
    expect(m.vector).toBe(1);
    expect(m.stack(3, 2)).toEqual([CODE + 1, 0, 2 | FLAG_TF]);
    expect(m.dr(6) & 0x4000).toBe(0x4000);
  });

  it('INT n with TF set enters the handler without a trap', () => {
    m.flags = 2 | FLAG_TF;
    m.execute('int 0x21');
    expect(m.vector).toBe(0x21);
    expect(m.flags & FLAG_TF).toBe(0);
  });

  it('STI holds interrupts off for one instruction', () => {
    m.program('sti\nnop\nnop');
    m.core.setIntr(m.cpu, 1);
    m.step();
    expect(m.eip).toBe(CODE + 1);
    m.step();
    expect(m.vector).toBe(0x20);
    expect(m.stack(1, 2)).toEqual([CODE + 2]);
  });

  it('STI holds off nothing if IF was set already', () => {
    m.flags = 2 | FLAG_IF;
    m.program('sti\nnop');
    m.core.setIntr(m.cpu, 1);
    m.flags = 2;
    m.step();
    expect(m.vector).toBe(-1);
    m.eip = CODE;
    m.step();
    expect(m.stack(1, 2)).toEqual([CODE + 1]);
  });

  it('MOV SS and POP SS hold interrupts and traps off', () => {
    for (const source of ['mov ss, ax', 'pop ss']) {
      m.realMode();
      m.flags = 2 | FLAG_IF;
      m.program(`${source}\nmov sp, 0x7000\nnop`).step();
      m.core.setIntr(m.cpu, 1);
      m.step();
      expect(m.vector).toBe(0x20);
      expect(m.esp).toBe(0x7000 - 6);
    }
  });

  it('HLT waits; an interrupt wakes it and returns behind it', () => {
    m.flags = 2 | FLAG_IF;
    m.program('hlt\nnop').step(10);
    expect(m.isHalted).toBe(true);
    expect(m.eip).toBe(CODE + 1);
    m.core.setIntr(m.cpu, 1);
    m.step();
    expect(m.eip).toBe(HANDLERS + 0x20);
    expect(m.stack(1, 2)).toEqual([CODE + 1]);
  });

  it('NMI comes with IF clear, and a second one waits for IRET', () => {
    m.write8(HANDLERS + 2, 0x90);
    m.write8(HANDLERS + 3, 0xcf);
    m.program('nop\nnop');
    m.core.raiseNmi(m.cpu);
    m.step();
    expect(m.eip).toBe(HANDLERS + 2);
    m.core.raiseNmi(m.cpu);
    m.step();
    expect(m.eip).toBe(HANDLERS + 3);
    m.step();
    expect(m.eip).toBe(HANDLERS + 2);
    expect(m.esp).toBe(STACK - 6);
  });
});
