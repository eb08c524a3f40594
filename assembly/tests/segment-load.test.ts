import { beforeEach, describe, expect, it } from 'vitest';
import { FLAG_ZF, SEG_UNUSABLE } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import {
  CODE,
  CODE0,
  CODE3,
  CONFORMING,
  DATA,
  DATA0,
  DATA3,
  FREE,
  GDT,
  LDT_SELECTOR,
  Machine,
  STACK,
  TSS2_SELECTOR,
  TSS_SELECTOR,
} from './machine.ts';

const EXECUTE_ONLY = FREE;
const ABSENT = FREE + 8;
const READ_ONLY = FREE + 16;
const GATE = FREE + 24;

function withSegments(m: Machine): Machine {
  m.gdt(EXECUTE_ONLY, { access: 0x98 });
  m.gdt(ABSENT, { access: 0x12 });
  m.gdt(READ_ONLY, { access: 0x90, limit: 0x1234, flags: 4 });
  m.gate(GDT + GATE, CODE0, 0, 0x8c);
  return m;
}

// SDM vol. 2B MOV, vol. 3A 5.6 and 5.7.
describe('loading segment registers', () => {
  let m: Machine;
  beforeEach(() => {
    m = withSegments(new Machine().protectedMode(0));
  });

  it('MOV caches the descriptor and sets its accessed bit', () => {
    m.set64(S.RAX, READ_ONLY);
    m.execute('mov es, ax');
    expect([m.selector(S.ES), m.limit(S.ES), m.attributes(S.ES)]).toEqual([READ_ONLY, 0x1234, 0x4091]);
    expect(m.accessByte(READ_ONLY)).toBe(0x91);
  });

  it('a granular limit ends with FFF', () => {
    m.gdt(FREE, { access: 0x92, limit: 0x12345, flags: 0xc, base: 0x12345678 });
    m.set64(S.RAX, FREE);
    m.execute('mov gs, ax');
    expect([m.limit(S.GS), m.base(S.GS)]).toEqual([0x12345fff, 0x12345678]);
  });

  it('null loads into data registers; using it is #GP(0)', () => {
    m.set64(S.RAX, 3);
    m.execute('mov ds, ax');
    expect(m.selector(S.DS)).toBe(3);
    expect(m.attributes(S.DS) & SEG_UNUSABLE).toBe(SEG_UNUSABLE);
    m.execute('mov eax, [0]');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
  });

  it('checks of data segments', () => {
    const cases: [number, 0 | 3, number, number][] = [
      [0x400, 0, 13, 0x400],
      [LDT_SELECTOR, 0, 13, LDT_SELECTOR],
      [EXECUTE_ONLY, 0, 13, EXECUTE_ONLY],
      [DATA0 | 3, 0, 13, DATA0],
      [DATA0, 3, 13, DATA0],
      [CODE0, 3, 13, CODE0],
      [ABSENT, 0, 11, ABSENT],
      [0x0c, 0, 13, 0x0c],
    ];
    for (const [selector, ring, vector, error] of cases) {
      withSegments(m.protectedMode(ring));
      m.set64(S.RAX, selector);
      m.execute('mov fs, ax');
      expect([selector, m.vector, ...m.stack(2)]).toEqual([selector, vector, error, CODE]);
    }
    withSegments(m.protectedMode(3));
    m.set64(S.RAX, CONFORMING);
    m.execute('mov fs, ax');
    expect(m.selector(S.FS)).toBe(CONFORMING);
  });

  it('checks of SS', () => {
    const cases: [number, number, number][] = [
      [0, 13, 0],
      [READ_ONLY, 13, READ_ONLY],
      [CODE0, 13, CODE0],
      [DATA0 | 1, 13, DATA0],
      [DATA3, 13, DATA3 & ~3],
      [ABSENT, 12, ABSENT],
    ];
    for (const [selector, vector, error] of cases) {
      m.set64(S.RAX, selector);
      m.eip = CODE;
      m.esp = STACK;
      m.execute('mov ss, ax');
      expect([selector, m.vector, ...m.stack(2)]).toEqual([selector, vector, error, CODE]);
    }
  });

  it('POP and LDS change nothing if the segment does not load', () => {
    m.push(ABSENT);
    m.execute('pop es');
    expect([m.vector, m.stack(1)[0], m.selector(S.ES)]).toEqual([11, ABSENT, DATA0]);
    expect(m.esp).toBe(STACK - 4 - 16);
    withSegments(m.protectedMode(0));
    m.write32(DATA, 0x11223344);
    m.write16(DATA + 4, ABSENT);
    m.set64(S.RAX, 7);
    m.execute(`lds eax, [${DATA}]`);
    expect([m.vector, m.get32(S.RAX), m.selector(S.DS)]).toEqual([11, 7, DATA0]);
  });

  it('LSS loads the stack pointer with the segment', () => {
    m.write32(DATA, 0xa000);
    m.write16(DATA + 4, DATA0);
    m.execute(`lss esp, [${DATA}]`);
    expect([m.esp, m.selector(S.SS), m.get32(S.STATE_SHADOW)]).toEqual([0xa000, DATA0, 0]);
  });

  it('PUSH writes 16 bits of a 32-bit slot', () => {
    m.write32(STACK - 4, 0xffffffff);
    m.execute('push ds');
    expect(m.stack(1)).toEqual([0xffff0000 + DATA0]);
    expect(m.esp).toBe(STACK - 4);
  });

  it('in real mode the base changes, the limit and the size stay ("unreal" mode)', () => {
    m.gdt(FREE, { access: 0x92 });
    m.set64(S.RAX, FREE);
    m.execute('mov ds, ax');
    m.set64(S.RAX, 0x10);
    m.execute('mov cr0, eax');
    m.set64(S.RAX, 0x1234);
    m.execute('mov ds, ax');
    expect([m.selector(S.DS), m.base(S.DS), m.limit(S.DS)]).toEqual([0x1234, 0x12340, 0xffffffff]);
  });

  it('MOV from a segment register: 16 bits to memory, zero-extended to a register', () => {
    m.set64(S.RAX, 0xffffffff);
    m.execute('mov eax, ds');
    expect(m.get32(S.RAX)).toBe(DATA0);
    m.write32(DATA, 0xffffffff);
    m.execute(`mov word [${DATA}], ds`);
    expect(m.read32(DATA)).toBe(0xffff0000 + DATA0);
  });
});

describe('using segments (SDM vol. 3A 5.3)', () => {
  it('an expand-down segment allows what lies beyond its limit', () => {
    const m = new Machine().protectedMode(0);
    m.gdt(FREE, { access: 0x96, limit: 0xdfff, flags: 4 });
    m.set64(S.RAX, FREE);
    m.execute('mov es, ax');
    m.execute(`mov eax, [es:${DATA}]`);
    expect(m.vector).toBe(-1);
    m.execute(`mov eax, [es:${DATA - 1}]`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
  });

  it('a write to a read-only segment and a read from an execute-only one are #GP(0), beyond SS #SS(0)', () => {
    const m = withSegments(new Machine().protectedMode(0));
    m.load(S.ES, READ_ONLY);
    m.execute('mov [es:0], al');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
    m.protectedMode(0);
    m.load(S.CS, EXECUTE_ONLY);
    m.execute('mov al, [cs:0]');
    expect(m.vector).toBe(13);
    m.protectedMode(1);
    m.gdt(FREE, { access: 0xb2, limit: 0xfff, flags: 4 });
    m.load(S.SS, FREE | 1);
    m.set64(S.RBP, 0x1000);
    m.execute('mov al, [ebp]');
    expect([m.vector, m.stack(1)[0]]).toEqual([12, 0]);
  });
});

describe('tests of selectors (SDM vol. 2)', () => {
  let m: Machine;
  beforeEach(() => {
    m = withSegments(new Machine().protectedMode(3));
  });
  const zero = (source: string, selector: number) => {
    m.flags = 2;
    m.set64(S.RAX, selector);
    m.execute(source);
    return (m.flags & FLAG_ZF) !== 0;
  };

  it('VERR and VERW', () => {
    expect([DATA3, CODE3, CONFORMING, DATA0, CODE0, 0, 0x400, GATE].map((s) => zero('verr ax', s))).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    m.ring(0);
    expect([DATA0, READ_ONLY, CODE0, DATA0 | 3].map((s) => zero('verw ax', s))).toEqual([true, false, false, false]);
    expect([EXECUTE_ONLY, READ_ONLY].map((s) => zero('verr ax', s))).toEqual([false, true]);
  });

  it('LAR gives the access rights of segments, gates, TSS and LDT', () => {
    m.ring(0);
    const cases: [number, number][] = [
      [DATA3, 0x00c0f200],
      [TSS_SELECTOR, 0x8b00],
      [LDT_SELECTOR, 0x8200],
      [GATE, 0x8c00],
    ];
    for (const [selector, rights] of cases) {
      expect(zero('lar ecx, ax', selector)).toBe(true);
      expect(m.get32(S.RCX)).toBe(rights);
    }
    m.descriptor(GDT + FREE, { access: 0x8e, flags: 0 });
    expect(zero('lar ecx, ax', FREE)).toBe(false);
  });

  it('LSL gives limits in bytes', () => {
    m.ring(0);
    const cases: [number, number][] = [
      [DATA0, 0xffffffff],
      [READ_ONLY, 0x1234],
      [TSS_SELECTOR, 0x67],
    ];
    for (const [selector, limit] of cases) {
      expect(zero('lsl ecx, ax', selector)).toBe(true);
      expect(m.get32(S.RCX)).toBe(limit);
    }
    expect(zero('lsl ecx, ax', GATE)).toBe(false);
  });

  it('ARPL raises the RPL', () => {
    m.set64(S.RCX, 3);
    expect(zero('arpl ax, cx', 0x10)).toBe(true);
    expect(m.get32(S.RAX)).toBe(0x13);
    m.set64(S.RCX, 0);
    expect(zero('arpl ax, cx', 0x11)).toBe(false);
    expect(m.get32(S.RAX)).toBe(0x11);
  });
});

describe('LLDT and LTR (SDM vol. 2)', () => {
  let m: Machine;
  beforeEach(() => {
    m = withSegments(new Machine().protectedMode(0));
  });

  it('LTR marks the TSS busy', () => {
    m.set64(S.RAX, TSS2_SELECTOR);
    m.execute('ltr ax');
    expect(m.selector(S.TR)).toBe(TSS2_SELECTOR);
    expect(m.accessByte(TSS2_SELECTOR)).toBe(0x8b);
  });

  it('checks', () => {
    const cases: [string, number, number, number][] = [
      ['ltr', 0, 13, 0],
      ['ltr', TSS_SELECTOR, 13, TSS_SELECTOR],
      ['ltr', TSS2_SELECTOR | 4, 13, TSS2_SELECTOR | 4],
      ['ltr', FREE + 32, 11, FREE + 32],
      ['lldt', DATA0, 13, DATA0],
      ['lldt', LDT_SELECTOR | 4, 13, LDT_SELECTOR | 4],
      ['lldt', FREE + 40, 11, FREE + 40],
    ];
    for (const [mnemonic, selector, vector, error] of cases) {
      withSegments(m.protectedMode(0));
      m.gdt(FREE + 32, { access: 0x09, limit: 0x67, flags: 0 });
      m.gdt(FREE + 40, { access: 0x02, limit: 0x67, flags: 0 });
      m.set64(S.RAX, selector);
      m.execute(`${mnemonic} ax`);
      expect([mnemonic, selector, m.vector, ...m.stack(2)]).toEqual([mnemonic, selector, vector, error, CODE]);
    }
    m.protectedMode(3).execute('ltr ax');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
  });

  it('LLDT of a null selector leaves no table', () => {
    m.set64(S.RAX, LDT_SELECTOR);
    m.execute('lldt ax');
    expect([m.base(S.LDTR), m.limit(S.LDTR)]).toEqual([0x2000, 0xff]);
    m.set64(S.RAX, 0);
    m.execute('lldt ax');
    expect(m.attributes(S.LDTR) & SEG_UNUSABLE).toBe(SEG_UNUSABLE);
  });
});
