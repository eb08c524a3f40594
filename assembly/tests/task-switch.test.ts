import { beforeEach, describe, expect, it } from 'vitest';
import { CR0_TS, FLAG_IF, FLAG_NT, FLAG_RF, FLAG_VM } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import {
  CODE,
  CODE0,
  CODE3,
  CONFORMING,
  DATA0,
  DATA3,
  FREE,
  GDT,
  HANDLERS,
  IDT,
  LDT_SELECTOR,
  Machine,
  STACK,
  TSS,
  TSS2,
  TSS2_SELECTOR,
  TSS_SELECTOR,
} from './machine.ts';

const TARGET = HANDLERS + 0x80;
const GATE = FREE + 8;
const NEW_STACK = 0xa000;

/** Offsets in a 32-bit TSS (SDM vol. 3A figure 7-2). */
const AT = { link: 0, cr3: 0x1c, eip: 0x20, eflags: 0x24, eax: 0x28, esp: 0x38, es: 0x48, ldt: 0x60, trap: 0x64 };

describe('task switches (SDM vol. 3A chapter 7)', () => {
  let m: Machine;
  /** A task in ring 0 at TARGET. */
  const task = (segments = [DATA0, CODE0, DATA0, DATA0, 0, 0], flags = 2) => {
    m.write32(TSS2 + AT.eip, TARGET);
    m.write32(TSS2 + AT.eflags, flags);
    for (let n = 0; n < 8; n++) m.write32(TSS2 + AT.eax + n * 4, 0x1000 + n);
    m.write32(TSS2 + AT.esp, NEW_STACK);
    segments.forEach((selector, n) => m.write32(TSS2 + AT.es + n * 4, selector));
    m.write32(TSS2 + AT.ldt, 0);
    m.write16(TSS2 + AT.trap, 0);
  };
  beforeEach(() => {
    m = new Machine().protectedMode(0);
    task();
  });

  it('JMP saves the old state, loads the new one, and moves the busy bit', () => {
    m.flags = 2 | FLAG_IF | 1;
    m.set64(S.RAX, 0xabcd);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect(m.eip).toBe(TARGET);
    expect(m.get32(S.RAX)).toBe(0x1000);
    expect(m.esp).toBe(NEW_STACK);
    expect(m.flags).toBe(2);
    expect(m.cr0 & CR0_TS).toBe(CR0_TS);
    expect([m.selector(S.TR), m.base(S.TR)]).toEqual([TSS2_SELECTOR, TSS2]);
    expect([m.accessByte(TSS_SELECTOR), m.accessByte(TSS2_SELECTOR)]).toEqual([0x89, 0x8b]);
    expect(m.read32(TSS + AT.eip)).toBe(CODE + 7);
    expect(m.read32(TSS + AT.eflags)).toBe(2 | FLAG_IF | 1);
    expect(m.read32(TSS + AT.eax)).toBe(0xabcd);
    expect(m.read32(TSS + AT.esp)).toBe(STACK);
    expect([m.read16(TSS + AT.es), m.read16(TSS + AT.es + 4)]).toEqual([DATA0, CODE0]);
    expect(m.attributes(S.FS) & 0x10000).toBe(0x10000);
  });

  it('CALL nests: link, NT, both busy; IRET returns', () => {
    m.execute(`call ${TSS2_SELECTOR}:0`);
    expect(m.flags).toBe(2 | FLAG_NT);
    expect(m.read16(TSS2 + AT.link)).toBe(TSS_SELECTOR);
    expect([m.accessByte(TSS_SELECTOR), m.accessByte(TSS2_SELECTOR)]).toEqual([0x8b, 0x8b]);
    m.execute('iret');
    expect([m.eip, m.esp, m.flags]).toEqual([CODE + 7, STACK, 2]);
    expect([m.accessByte(TSS_SELECTOR), m.accessByte(TSS2_SELECTOR)]).toEqual([0x8b, 0x89]);
    // The image that the nested task keeps has NT clear, so that it does not return twice.
    expect(m.read32(TSS2 + AT.eflags) & FLAG_NT).toBe(0);
    expect(m.read32(TSS2 + AT.eip)).toBe(TARGET + 1);
  });

  it('to a task in ring 3', () => {
    task([DATA3, CODE3, DATA3, DATA3, DATA3, DATA3]);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect([m.cpl, m.eip, m.selector(S.SS)]).toEqual([3, TARGET, DATA3]);
  });

  it('to a task in virtual-8086 mode', () => {
    task([1, 0x900, 2, 3, 4, 5], 2 | FLAG_VM);
    m.write32(TSS2 + AT.eip, 0x10);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect([m.cpl, m.eip, m.base(S.CS), m.base(S.GS)]).toEqual([3, 0x10, 0x9000, 0x50]);
    expect(m.flags).toBe(2 | FLAG_VM);
  });

  it('through task gates of the GDT and the IDT', () => {
    m.gate(GDT + GATE, TSS2_SELECTOR, 0, 0x85);
    m.execute(`jmp ${GATE}:0`);
    expect(m.eip).toBe(TARGET);
    m.protectedMode(0);
    task();
    m.gate(IDT + 0x40 * 8, TSS2_SELECTOR, 0, 0x85);
    m.execute('int 0x40');
    expect(m.eip).toBe(TARGET);
    expect(m.flags & FLAG_NT).toBe(FLAG_NT);
    expect(m.read32(TSS + AT.eip)).toBe(CODE + 2);
  });

  it('an exception through a task gate pushes its error code on the new stack and saves the restart address', () => {
    m.gate(IDT + 13 * 8, TSS2_SELECTOR, 0, 0x85);
    m.set64(S.RAX, 0x400);
    m.execute('mov ds, ax');
    expect(m.eip).toBe(TARGET);
    expect(m.esp).toBe(NEW_STACK - 4);
    expect(m.stack(1)).toEqual([0x400]);
    expect(m.read32(TSS + AT.eip)).toBe(CODE);
    expect(m.read32(TSS + AT.eflags)).toBe(2 | FLAG_RF);
  });

  it('a 16-bit TSS', () => {
    m.gdt(TSS2_SELECTOR, { base: TSS2, limit: 0x2b, access: 0x81, flags: 0 });
    m.write16(TSS2 + 0x0e, TARGET);
    m.write16(TSS2 + 0x10, 3);
    for (let n = 0; n < 8; n++) m.write16(TSS2 + 0x12 + n * 2, 0x100 + n);
    [DATA0, CODE0, DATA0, DATA0, 0].forEach((selector, n) => m.write16(TSS2 + 0x22 + n * 2, selector));
    m.execute(`call ${TSS2_SELECTOR}:0`);
    expect([m.eip, m.flags]).toEqual([TARGET, 3 | FLAG_NT]);
    expect([m.get32(S.RAX), m.get32(S.RDI)]).toEqual([0x100, 0x107]);
    expect(m.read16(TSS2)).toBe(TSS_SELECTOR);
    m.execute('iret');
    expect(m.eip).toBe(CODE + 7);
    expect(m.read16(TSS2 + 0x0e)).toBe(TARGET + 1);
  });

  it('loads the LDT and CR3', () => {
    m.paging();
    m.write32(TSS2 + AT.cr3, 0x30000);
    for (let n = 0; n < 0x1000; n += 4) m.write32(0x30000 + n, m.read32(0x20000 + n));
    m.write32(TSS2 + AT.ldt, LDT_SELECTOR);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect(m.eip).toBe(TARGET);
    expect(m.get32(S.STATE_CR3)).toBe(0x30000);
    expect([m.selector(S.LDTR), m.base(S.LDTR)]).toEqual([LDT_SELECTOR, 0x2000]);
  });

  it('the T bit traps before the first instruction', () => {
    m.write16(TSS2 + AT.trap, 1);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect(m.vector).toBe(1);
    expect(m.stack(1)).toEqual([TARGET]);
    expect(m.dr(6) & 0x8000).toBe(0x8000);
  });

  it('clears the local breakpoint enables of DR7', () => {
    m.setDr(7, 0x5ff);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect(m.dr(7)).toBe(0x4aa);
  });

  it('checks in the old task: nothing has changed', () => {
    const cases: [string, () => void, number, number][] = [
      ['busy', () => m.gdt(TSS2_SELECTOR, { base: TSS2, limit: 0x67, access: 0x8b, flags: 0 }), 13, TSS2_SELECTOR],
      ['absent', () => m.gdt(TSS2_SELECTOR, { base: TSS2, limit: 0x67, access: 0x09, flags: 0 }), 11, TSS2_SELECTOR],
      ['short', () => m.gdt(TSS2_SELECTOR, { base: TSS2, limit: 0x66, access: 0x89, flags: 0 }), 10, TSS2_SELECTOR],
    ];
    for (const [name, change, vector, error] of cases) {
      m.protectedMode(0);
      task();
      change();
      m.execute(`jmp ${TSS2_SELECTOR}:0`);
      expect([name, m.vector, ...m.stack(2)]).toEqual([name, vector, error, CODE]);
      expect(m.selector(S.TR)).toBe(TSS_SELECTOR);
      expect(m.accessByte(TSS_SELECTOR)).toBe(0x8b);
    }
    m.protectedMode(3);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, TSS2_SELECTOR]);
  });

  it('checks of a task gate', () => {
    m.gate(GDT + GATE, 0x34, 0, 0x85);
    m.execute(`jmp ${GATE}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0x34]);
    m.protectedMode(0);
    m.gate(GDT + GATE, DATA0, 0, 0x85);
    m.execute(`jmp ${GATE}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, DATA0]);
  });

  it('checks in the new task: its state is loaded, the fault is its first event (table 7-1)', () => {
    const cases: [string, (() => void) | number[], number, number][] = [
      ['ldt', () => m.write32(TSS2 + AT.ldt, DATA0), 10, DATA0],
      ['cs data', [DATA0, DATA0, DATA0, DATA0, 0, 0], 10, DATA0],
      ['cs null', [DATA0, 0, DATA0, DATA0, 0, 0], 10, 0],
      ['cs absent', [DATA0, FREE, DATA0, DATA0, 0, 0], 11, FREE],
      ['ds beyond', [DATA0, CODE0, DATA0, 0x400, 0, 0], 10, 0x400],
      ['es absent', [FREE + 16, CODE0, DATA0, DATA0, 0, 0], 11, FREE + 16],
      ['fs ring', [DATA0, CODE0, DATA0, DATA0, FREE + 24, 0], 10, FREE + 24],
    ];
    for (const [name, change, vector, error] of cases) {
      m.protectedMode(0);
      m.gdt(FREE, { access: 0x1a });
      m.gdt(FREE + 16, { access: 0x12 });
      m.gdt(FREE + 24, { access: 0x98 });
      // The handlers run as a task of their own: the new task's stack may not be usable.
      m.gdt(GATE, { base: TSS2 + 0x100, limit: 0x67, access: 0x89, flags: 0 });
      for (let n = 0; n < 0x68; n += 4) m.write32(TSS2 + 0x100 + n, m.read32(TSS2 + n));
      task();
      for (let n = 0; n < 0x68; n += 4) m.write32(TSS2 + 0x100 + n, m.read32(TSS2 + n));
      m.write32(TSS2 + 0x100 + AT.eip, HANDLERS + vector);
      m.gate(IDT + vector * 8, GATE, 0, 0x85);
      if (typeof change === 'function') change();
      else task(change);
      m.execute(`jmp ${TSS2_SELECTOR}:0`);
      expect([name, m.vector, ...m.stack(1)]).toEqual([name, vector, error]);
      // What the faulting task looks like: at its first instruction.
      expect(m.read32(TSS2 + AT.eip)).toBe(TARGET);
      expect(m.read16(TSS2 + 0x100)).toBe(TSS2_SELECTOR);
      expect(m.accessByte(TSS_SELECTOR)).toBe(0x89);
    }
  });

  it('a stack segment that is not present is #SS, of another ring #TS', () => {
    for (const [selector, vector] of [
      [FREE, 12],
      [DATA3, 10],
    ] as const) {
      m.protectedMode(0);
      task([DATA0, CODE0, selector, DATA0, 0, 0]);
      m.gdt(FREE, { access: 0x12 });
      m.gdt(GATE, { base: TSS2 + 0x100, limit: 0x67, access: 0x89, flags: 0 });
      for (let n = 0; n < 0x68; n += 4) m.write32(TSS2 + 0x100 + n, m.read32(TSS2 + n));
      m.write32(TSS2 + 0x100 + AT.es + 8, DATA0);
      m.write32(TSS2 + 0x100 + AT.eip, HANDLERS + vector);
      m.gate(IDT + vector * 8, GATE, 0, 0x85);
      m.execute(`jmp ${TSS2_SELECTOR}:0`);
      expect([m.vector, ...m.stack(1)]).toEqual([vector, selector & ~3]);
    }
  });

  it('EIP beyond the code segment is #GP(0) in the new task', () => {
    m.gdt(FREE, { access: 0x9a, limit: 0xfff, flags: 4 });
    task([DATA0, FREE, DATA0, DATA0, 0, 0]);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect([m.vector, ...m.stack(3)]).toEqual([13, 0, TARGET, FREE]);
    expect(m.selector(S.TR)).toBe(TSS2_SELECTOR);
  });

  it('an old TSS that cannot be written is a page fault before the switch', () => {
    m.paging();
    m.set64(S.STATE_CR0, m.cr0 | 0x10000);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, 0x50000n, 0x67, 0x8b);
    m.page(0x50000, 5);
    m.view.setBigUint64(m.cpu + S.STATE_CR0, BigInt(m.cr0), true);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect([m.vector, ...m.stack(2)]).toEqual([14, 3, CODE]);
    expect(m.cr2).toBe(0x50000);
    expect(m.selector(S.TR)).toBe(TSS_SELECTOR);
  });

  it('a conforming code segment must not be more privileged than its RPL', () => {
    task([DATA3, CONFORMING | 3, DATA3, DATA3, 0, 0]);
    m.execute(`jmp ${TSS2_SELECTOR}:0`);
    expect([m.cpl, m.eip]).toEqual([3, TARGET]);
  });
});
