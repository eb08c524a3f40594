import { beforeEach, describe, expect, it } from 'vitest';
import {
  CR4_VME,
  FLAG_AC,
  FLAG_ID,
  FLAG_IF,
  FLAG_IOPL,
  FLAG_NT,
  FLAG_RF,
  FLAG_VIF,
  FLAG_VIP,
  FLAG_VM,
  SEG_UNUSABLE,
} from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, CODE0, CODE1, CODE3, CONFORMING, DATA0, DATA3, FREE, HANDLERS, Machine, STACK } from './machine.ts';

const TARGET = HANDLERS + 0x80;

// SDM vol. 2A, IRET.
describe('IRET in protected mode', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('same ring', () => {
    m.push(TARGET, CODE0, 2 | FLAG_IF | FLAG_IOPL | FLAG_ID | 1);
    m.execute('iret');
    expect(m.eip).toBe(TARGET);
    expect(m.esp).toBe(STACK);
    expect(m.flags).toBe(2 | FLAG_IF | FLAG_IOPL | FLAG_ID | 1);
  });

  it('ring 0 sets VIF and VIP; RF is loaded', () => {
    m.push(TARGET, CODE0, 2 | FLAG_VIF | FLAG_VIP | FLAG_RF);
    m.execute('iret');
    expect(m.flags).toBe(2 | FLAG_VIF | FLAG_VIP | FLAG_RF);
  });

  it('with a 16-bit operand size only the low half of EFLAGS changes', () => {
    m.flags = 2 | FLAG_ID | FLAG_AC;
    m.program('iretw');
    m.push16(TARGET, CODE0, 0x203);
    m.esp |= STACK & 0xffff0000;
    m.step();
    expect(m.eip).toBe(TARGET);
    expect(m.flags).toBe(0x203 | FLAG_ID | FLAG_AC);
  });

  it('outer ring: SS, ESP, and data segments of the inner ring become null', () => {
    m.load(S.FS, DATA3);
    m.load(S.GS, CONFORMING);
    m.push(TARGET, CODE3, 2 | FLAG_IF, 0xa000, DATA3);
    m.execute('iret');
    expect(m.cpl).toBe(3);
    expect([m.eip, m.esp]).toEqual([TARGET, 0xa000]);
    expect([m.selector(S.CS), m.selector(S.SS)]).toEqual([CODE3, DATA3]);
    expect([m.selector(S.DS), m.selector(S.ES)]).toEqual([0, 0]);
    expect(m.attributes(S.DS) & SEG_UNUSABLE).toBe(SEG_UNUSABLE);
    expect([m.selector(S.FS), m.selector(S.GS)]).toEqual([DATA3, CONFORMING]);
    expect(m.flags).toBe(2 | FLAG_IF);
  });

  it('to a 16-bit stack only SP is loaded', () => {
    m.gdt(FREE, { access: 0xf2, limit: 0xffff, flags: 0 });
    m.esp = 0xb000;
    m.push(TARGET, CODE3, 2, 0x7a000, FREE | 3);
    m.execute('iret');
    expect(m.esp).toBe(0xa000);
    expect(m.get32(S.STATE_STACK_MASK)).toBe(0xffff);
  });

  it('ring 3 cannot change IOPL, nor IF without IOPL, nor VM, VIF, VIP', () => {
    m.ring(3);
    m.push(TARGET, CODE3, 2 | FLAG_IF | FLAG_IOPL | FLAG_VM | FLAG_VIF | FLAG_VIP);
    m.execute('iret');
    expect(m.eip).toBe(TARGET);
    expect(m.flags).toBe(2);
    m.protectedMode(3);
    m.flags = 2 | FLAG_IOPL;
    m.push(TARGET, CODE3, 2 | FLAG_IF);
    m.execute('iret');
    expect(m.flags).toBe(2 | FLAG_IOPL | FLAG_IF);
  });

  it('checks of the code segment', () => {
    const cases: [number, number, number][] = [
      [0, 13, 0],
      [0x400, 13, 0x400],
      [DATA3, 13, DATA3 & ~3],
      [CODE0, 13, CODE0],
      [CODE0 | 3, 13, CODE0],
      [FREE | 3, 11, FREE],
    ];
    for (const [selector, vector, error] of cases) {
      m.protectedMode(3);
      m.gdt(FREE, { access: 0x7a });
      m.push(TARGET, selector, 2);
      m.execute('iret');
      expect([m.vector, ...m.stack(2)]).toEqual([vector, error, CODE]);
    }
  });

  it('checks of the outer stack segment', () => {
    const cases: [number, number, number][] = [
      [0, 13, 0],
      [DATA0, 13, DATA0],
      [DATA0 | 3, 13, DATA0],
      [CODE3, 13, CODE3 & ~3],
      [FREE | 3, 12, FREE],
    ];
    for (const [selector, vector, error] of cases) {
      m.protectedMode(0);
      m.gdt(FREE, { access: 0x72 });
      m.push(TARGET, CODE3, 2, 0xa000, selector);
      m.execute('iret');
      expect([m.vector, ...m.stack(2)]).toEqual([vector, error, CODE]);
      expect(m.cpl).toBe(0);
    }
  });

  it('EIP beyond the segment is #GP(0); the stack beyond its limit #SS(0)', () => {
    m.gdt(FREE, { access: 0x9a, limit: 0xfff, flags: 4 });
    m.push(0x1000, FREE, 2);
    m.execute('iret');
    expect([m.vector, ...m.stack(2)]).toEqual([13, 0, CODE]);
    m.protectedMode(1);
    m.gdt(FREE + 8, { access: 0xb2, limit: 0xfff, flags: 4 });
    m.load(S.SS, (FREE + 8) | 1);
    m.esp = 0xff8;
    m.execute('iret');
    expect([m.vector, ...m.stack(2)]).toEqual([12, 0, CODE]);
  });

  it('to ring 1', () => {
    m.push(TARGET, CODE1, 2, 0xa000, 0x61);
    m.execute('iret');
    expect(m.cpl).toBe(1);
  });

  it('NT without a task to return to: the link of the TSS must name a busy TSS, #TS', () => {
    m.flags = 2 | FLAG_NT;
    m.write16(0x4000, 0x30);
    m.execute('iret');
    expect([m.vector, ...m.stack(2)]).toEqual([10, 0x30, CODE]);
  });
});

describe('IRET and virtual-8086 mode (SDM vol. 3B 21.2.2)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('from ring 0 with VM in the image', () => {
    m.push(0x10, 0x800, 2 | FLAG_VM | FLAG_IF | FLAG_IOPL, 0x1000, 0xa00, 1, 2, 3, 4);
    m.execute('iret');
    expect(m.cpl).toBe(3);
    expect(m.flags).toBe(2 | FLAG_VM | FLAG_IF | FLAG_IOPL);
    expect([m.eip, m.esp]).toEqual([0x10, 0x1000]);
    expect([S.CS, S.SS, S.ES, S.DS, S.FS, S.GS].map((n) => m.selector(n))).toEqual([0x800, 0xa00, 1, 2, 3, 4]);
    expect([m.base(S.CS), m.limit(S.CS), m.base(S.GS)]).toEqual([0x8000, 0xffff, 0x40]);
    expect(m.get32(S.STATE_MODE)).toBe(S.MODE_16);
  });

  it('EIP beyond 64 KB is #GP(0)', () => {
    m.push(0x10000, 0x800, 2 | FLAG_VM, 0x1000, 0xa00, 1, 2, 3, 4);
    m.execute('iret');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
    expect(m.flags & FLAG_VM).toBe(0);
  });

  it('in virtual-8086 mode with IOPL 3, IRET returns as in real mode but keeps IOPL', () => {
    m.virtual8086(FLAG_IOPL);
    m.push16(0x123, 0x850, 0x0fd7);
    m.execute('iret');
    expect([m.eip, m.selector(S.CS), m.base(S.CS)]).toEqual([0x123, 0x850, 0x8500]);
    expect(m.flags).toBe(0x3fd7 | FLAG_VM);
  });

  it('with IOPL < 3 it is #GP(0)', () => {
    m.virtual8086();
    m.push16(0x123, 0x850, 2);
    m.execute('iret');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
  });

  it('with CR4.VME a 16-bit IRET moves IF to VIF', () => {
    m.virtual8086();
    m.set64(S.STATE_CR4, CR4_VME);
    m.push16(0x123, 0x850, 2 | FLAG_IF);
    m.execute('iret');
    expect(m.eip).toBe(0x123);
    expect(m.flags).toBe(2 | FLAG_VM | FLAG_VIF);
  });

  it('with VIP waiting, or TF in the image, it is #GP(0)', () => {
    for (const [flags, image] of [
      [FLAG_VIP, FLAG_IF],
      [0, 0x100],
    ] as const) {
      m.virtual8086(flags);
      m.set64(S.STATE_CR4, CR4_VME);
      m.push16(0x123, 0x850, 2 | image);
      m.execute('iret');
      expect(m.vector).toBe(13);
    }
  });
});
