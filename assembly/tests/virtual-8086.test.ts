import { beforeEach, describe, expect, it } from 'vitest';
import { CR4_PVI, CR4_VME, FLAG_IF, FLAG_IOPL, FLAG_RF, FLAG_VIF, FLAG_VIP, FLAG_VM } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import { CODE, CODE0, CODE1, CONFORMING, Machine, STACK0, TSS, TSS_SELECTOR } from './machine.ts';

const SP = 0x1000;

// SDM vol. 3B chapter 21.
describe('virtual-8086 mode', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().virtual8086(FLAG_IOPL);
    m.idt(0x40, 0xee);
  });

  it('an interrupt pushes all segment registers on the stack of ring 0 and clears them (21.3.1.1)', () => {
    m.execute('int 0x40');
    expect(m.vector).toBe(0x40);
    expect(m.cpl).toBe(0);
    expect(m.esp).toBe(STACK0 - 36);
    expect(m.stack(9)).toEqual([2, 0x800, 2 | FLAG_VM | FLAG_IOPL, SP, 0xa00, 0, 0x30, 0x40, 0x50]);
    expect(m.flags & FLAG_VM).toBe(0);
    expect([S.DS, S.ES, S.FS, S.GS].map((n) => m.selector(n))).toEqual([0, 0, 0, 0]);
  });

  it('an exception has its error code on top', () => {
    m.execute('mov ax, [0xffff]');
    expect(m.vector).toBe(13);
    expect(m.esp).toBe(STACK0 - 40);
    expect(m.stack(4)).toEqual([0, 0, 0x800, 2 | FLAG_VM | FLAG_IOPL | FLAG_RF]);
  });

  it('the handler must be nonconforming code of ring 0', () => {
    for (const selector of [CODE1, CONFORMING]) {
      m.virtual8086(FLAG_IOPL);
      m.idt(0x40, 0xee, selector);
      m.execute('int 0x40');
      expect([m.vector, m.stack(1)[0]]).toEqual([13, selector & ~3]);
    }
  });

  it('INT n, CLI, STI, PUSHF, POPF and IRET need IOPL 3; INT3 does not', () => {
    for (const source of ['int 0x40', 'cli', 'sti', 'pushf', 'popf', 'iret', 'pushfd']) {
      m.virtual8086();
      m.execute(source);
      expect([source, m.vector, m.stack(2)]).toEqual([source, 13, [0, 0]]);
    }
    m.virtual8086();
    m.idt(3, 0xee);
    m.execute('int3');
    expect(m.vector).toBe(3);
  });

  it('the DPL of the gate must be 3', () => {
    m.idt(0x40, 0x8e);
    m.execute('int 0x40');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, (0x40 << 3) | 2]);
  });

  it('segment loads make paragraphs of 64 KB', () => {
    m.set64(S.RAX, 0x1234);
    m.execute('mov ds, ax');
    expect([m.selector(S.DS), m.base(S.DS), m.limit(S.DS)]).toEqual([0x1234, 0x12340, 0xffff]);
    expect(m.attributes(S.DS)).toBe(0xf3);
  });

  it('instructions of protected mode are undefined, privileged ones #GP(0)', () => {
    for (const source of ['sldt ax', 'str ax', 'lldt ax', 'ltr ax', 'verr ax', 'lar ax, ax', 'arpl ax, ax']) {
      m.virtual8086().execute(source);
      expect([source, m.vector]).toEqual([source, 6]);
    }
    for (const source of ['hlt', 'mov eax, cr0', 'clts', 'lgdt [0]', 'invd', 'mov eax, dr0', 'lmsw ax', 'rdmsr']) {
      m.virtual8086(FLAG_IOPL).execute(source);
      expect([source, m.vector, m.stack(1)[0]]).toEqual([source, 13, 0]);
    }
  });

  it('I/O always asks the bit map', () => {
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x168, 0x8b);
    m.write8(TSS + 0x68 + (0x64 >> 3), 1 << 4);
    m.execute('in al, 0x60');
    expect(m.ports).toEqual([{ port: 0x60, width: 1 }]);
    m.execute('in al, 0x64');
    expect(m.vector).toBe(13);
    expect(m.ports.length).toBe(1);
  });
});

describe('virtual-8086 mode extensions (21.3.3)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().virtual8086();
    m.set64(S.STATE_CR4, CR4_VME);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x200, 0x8b);
    m.write16(TSS + 102, 0x88);
    // The redirection bit map: 32 bytes below the I/O map.
    m.write8(TSS + 0x68 + (0x21 >> 3), 0);
    m.write32(0x21 * 4, (0x900 << 16) | 0x21);
    m.idt(0x21, 0xee);
  });

  it('bit clear: INT n enters the handler of the 8086 program, with VIF as IF and IOPL 3 in the image', () => {
    m.flags = 2 | FLAG_VM | FLAG_VIF;
    m.execute('int 0x21');
    expect([m.selector(S.CS), m.eip]).toEqual([0x900, 0x21]);
    expect(m.stack(3, 2)).toEqual([2, 0x800, 2 | FLAG_IF | FLAG_IOPL]);
    expect(m.flags).toBe(2 | FLAG_VM);
  });

  it('bit clear with IOPL 3: the flags are real', () => {
    m.flags = 2 | FLAG_VM | FLAG_IOPL | FLAG_IF | FLAG_VIF;
    m.execute('int 0x21');
    expect(m.stack(3, 2)).toEqual([2, 0x800, 2 | FLAG_IF | FLAG_IOPL]);
    expect(m.flags).toBe(2 | FLAG_VM | FLAG_IOPL | FLAG_VIF);
  });

  it('bit set: the monitor, by #GP(0) or with IOPL 3 through the gate', () => {
    m.write8(TSS + 0x68 + (0x21 >> 3), 1 << (0x21 & 7));
    m.execute('int 0x21');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
    m.virtual8086(FLAG_IOPL);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x200, 0x8b);
    m.write16(TSS + 102, 0x88);
    m.idt(0x21, 0xee);
    m.execute('int 0x21');
    expect(m.vector).toBe(0x21);
  });

  it('INT3 is never redirected', () => {
    m.write32(3 * 4, 0x9000021);
    m.idt(3, 0xee);
    m.execute('int3');
    expect(m.vector).toBe(3);
  });

  it('CLI and STI change VIF; STI with VIP is #GP(0)', () => {
    m.flags = 2 | FLAG_VM | FLAG_IF;
    m.execute('sti');
    expect(m.flags).toBe(2 | FLAG_VM | FLAG_IF | FLAG_VIF);
    m.execute('cli');
    expect(m.flags).toBe(2 | FLAG_VM | FLAG_IF);
    m.flags = 2 | FLAG_VM | FLAG_VIP;
    m.execute('sti');
    expect(m.vector).toBe(13);
  });

  it('PUSHF shows VIF as IF, POPF sets it', () => {
    m.flags = 2 | FLAG_VM | FLAG_VIF;
    m.execute('pushf');
    expect(m.stack(1, 2)).toEqual([2 | FLAG_IF | FLAG_IOPL]);
    m.flags = 2 | FLAG_VM;
    m.execute('popf');
    expect(m.flags).toBe(2 | FLAG_VM | FLAG_VIF);
  });
});

describe('protected-mode virtual interrupts (21.4)', () => {
  it('CLI and STI in ring 3 change VIF while CR4.PVI is set', () => {
    const m = new Machine().protectedMode(3);
    m.set64(S.STATE_CR4, CR4_PVI);
    m.execute('sti');
    expect(m.flags).toBe(2 | FLAG_VIF);
    m.execute('cli');
    expect(m.flags).toBe(2);
    m.flags = 2 | FLAG_VIP;
    m.execute('sti');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
  });

  it('without it, and in ring 1, they are #GP(0)', () => {
    const m = new Machine();
    for (const [ring, cr4] of [
      [3, 0],
      [1, CR4_PVI],
    ] as const) {
      m.protectedMode(ring);
      m.set64(S.STATE_CR4, cr4);
      m.execute('cli');
      expect([m.vector, m.selector(S.CS)]).toEqual([13, CODE0]);
      expect(m.stack(2)).toEqual([0, CODE]);
    }
  });
});
