import { beforeEach, describe, expect, it } from 'vitest';
import { CR4_VME } from '../../assembly/shared/register-bits.ts';
import { IsaMachine, type Mode } from './isa-machine.ts';

const m = new IsaMachine();

const ARITHMETIC = 0x8d5;
const TF = 0x100;
const IF = 0x200;
const DF = 0x400;
const IOPL = 0x3000;
const NT = 0x4000;
const VM = 0x20000;
const AC = 0x40000;
const VIF = 0x80000;
const VIP = 0x100000;
const ID = 0x200000;
const ALL = ARITHMETIC | TF | IF | DF | IOPL | NT | AC | VIF | VIP | ID;
const FREE = ARITHMETIC | TF | DF | NT;

interface Case {
  readonly mode: Mode;
  readonly bits: 16 | 32;
  readonly iopl: number;
  readonly cr4?: number;
  /** Flags that POPF changes; null: #GP(0). */
  readonly popf: number | null;
}

/** SDM vol. 2B, POPF/POPFD, table 4-16. */
const CASES: readonly Case[] = [
  { mode: 'real', bits: 16, iopl: 0, popf: FREE | IF | IOPL },
  { mode: 'real', bits: 32, iopl: 0, popf: FREE | IF | IOPL | AC | ID },
  { mode: 'ring 0', bits: 16, iopl: 0, popf: FREE | IF | IOPL },
  { mode: 'ring 0', bits: 32, iopl: 0, popf: FREE | IF | IOPL | AC | ID },
  { mode: 'ring 3', bits: 16, iopl: 0, popf: FREE },
  { mode: 'ring 3', bits: 32, iopl: 2, popf: FREE | AC | ID },
  { mode: 'ring 3', bits: 16, iopl: 3, popf: FREE | IF },
  { mode: 'ring 3', bits: 32, iopl: 3, popf: FREE | IF | AC | ID },
  { mode: 'virtual-8086', bits: 16, iopl: 3, popf: FREE | IF },
  { mode: 'virtual-8086', bits: 32, iopl: 3, popf: FREE | IF | AC | ID },
  { mode: 'virtual-8086', bits: 16, iopl: 0, popf: null },
  { mode: 'virtual-8086', bits: 32, iopl: 0, popf: null },
  { mode: 'virtual-8086', bits: 32, iopl: 0, cr4: CR4_VME, popf: null },
];

/** PUSHF or POPF of the operand size, in the mode's own code size. */
function code(c: Pick<Case, 'mode' | 'bits'>, mnemonic: string): [string, 16 | 32] {
  const own = c.mode === 'ring 0' || c.mode === 'ring 3' ? 32 : 16;
  return [`db ${own === c.bits ? '' : '66h, '}${mnemonic === 'popf' ? '9dh' : '9ch'}`, own];
}

describe.each(CASES)('in mode $mode with IOPL $iopl and operand size $bits', (c) => {
  const iopl = c.iopl << 12;
  const size = c.bits / 8;

  it.each([0, ALL & ~VIP])('POPF of %i changes what it may', (image) => {
    for (const old of [iopl, (ALL & ~IOPL & ~TF) | iopl]) {
      m.enter(c.mode, old, c.cr4);
      m.load(...code(c, 'popf'));
      m.set({ esp: 0x8000 });
      m.set32(0x8000, image);
      const stop = m.run();
      if (c.popf === null) {
        expect(stop).toEqual({ vector: 13, errorCode: 0 });
        expect(m.get('esp')).toBe(0x8000);
        expect(m.flags & ALL).toBe(old);
        continue;
      }
      expect(m.flags & ALL).toBe((old & ~c.popf) | (image & c.popf));
      expect(m.get('esp')).toBe(0x8000 + size);
    }
  });

  it('PUSHF shows the flags without VM and RF', () => {
    const flags = (ALL & ~IOPL & ~TF) | iopl;
    m.enter(c.mode, flags, c.cr4);
    m.load(...code(c, 'pushf'));
    m.set({ esp: 0x8000 });
    const stop = m.run();
    if (c.popf === null) {
      expect(stop).toEqual({ vector: 13, errorCode: 0 });
      expect(m.get('esp')).toBe(0x8000);
      return;
    }
    expect(stop.vector).toBeNull();
    expect(m.get('esp')).toBe(0x8000 - size);
    expect(size === 2 ? m.get16(0x7ffe) : m.get32(0x7ffc)).toBe(size === 2 ? (flags & 0xffff) | 2 : flags | 2);
  });
});

describe('virtual-8086 mode with CR4.VME and IOPL 0, 16 bits', () => {
  beforeEach(() => {
    m.enter('virtual-8086', VIF | DF, CR4_VME);
    m.set({ esp: 0x8000 });
  });

  it('PUSHF shows VIF as IF and IOPL as 3', () => {
    m.load('pushf', 16);
    expect(m.run().vector).toBeNull();
    expect(m.get16(0x7ffe)).toBe(IF | DF | IOPL | 2);
  });

  it('POPF moves IF to VIF and leaves IF and IOPL', () => {
    m.load('popf\npopf', 16);
    m.set16(0x8000, ARITHMETIC | IOPL);
    m.set16(0x8002, IF);
    expect(m.run().vector).toBeNull();
    expect(m.flags).toBe(VM | ARITHMETIC | 2);
    expect(m.run().vector).toBeNull();
    expect(m.flags).toBe(VM | VIF | 2);
  });

  it('POPF that would set TF is #GP(0)', () => {
    m.load('popf', 16);
    m.set16(0x8000, TF);
    expect(m.run()).toEqual({ vector: 13, errorCode: 0 });
    expect([m.get('esp'), m.flags]).toEqual([0x8000, VM | VIF | DF | 2]);
  });

  it('POPF that would set IF with an interrupt pending is #GP(0)', () => {
    m.enter('virtual-8086', VIP, CR4_VME);
    m.set({ esp: 0x8000 });
    m.load('popf\npopf', 16);
    m.set16(0x8000, 0);
    m.set16(0x8002, IF);
    expect(m.run().vector).toBeNull();
    expect(m.run()).toEqual({ vector: 13, errorCode: 0 });
    expect(m.get('esp')).toBe(0x8002);
  });
});

describe('single flags', () => {
  it.each([
    ['stc', ARITHMETIC & ~1, ARITHMETIC],
    ['clc', ARITHMETIC, ARITHMETIC & ~1],
    ['cmc', ARITHMETIC, ARITHMETIC & ~1],
    ['cmc', 0, 1],
    ['std', 0, DF],
    ['cld', ALL & ~TF & ~IOPL, ALL & ~TF & ~IOPL & ~DF],
  ])('%s with flags %i', (mnemonic, before, after) => {
    m.enter('ring 0', before);
    m.load(mnemonic, 32);
    expect(m.run().vector).toBeNull();
    expect(m.flags & ALL).toBe(after);
  });

  // the flags of the instruction before are still lazy
  it.each([
    ['add eax, ebx', 0x811],
    ['sub eax, ebx', 0x4],
    ['inc eax', 0],
    ['shl eax, 1', 0x805],
    ['and eax, ebx', 0x44],
    ['rol eax, 1', 0x800],
  ])('STC after %s changes CF alone', (instruction) => {
    const values = { eax: 0x7fffffff, ebx: 0x80000001 };
    m.enter('ring 0');
    m.set(values);
    m.load(instruction, 32);
    m.run();
    const expected = (m.flags & ARITHMETIC) ^ 1;
    m.enter('ring 0');
    m.set(values);
    m.load(`${instruction}\ncmc`, 32);
    m.run(2);
    expect(m.flags & ARITHMETIC).toBe(expected);
  });
});
