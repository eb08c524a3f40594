import { beforeEach, describe, expect, it } from 'vitest';
import { FLAG_IF, FLAG_NT, FLAG_RF, FLAG_TF } from '../shared/register-bits.ts';
import * as S from '../shared/state.ts';
import {
  CODE,
  CODE0,
  CODE0_16,
  CODE1,
  CODE3,
  CONFORMING,
  DATA0,
  DATA1,
  DATA3,
  FREE,
  HANDLERS,
  IDT,
  Machine,
  STACK,
  STACK0,
  STACK1,
  TSS,
  TSS_SELECTOR,
} from './machine.ts';

const INTERRUPT = 0x8e;
const TRAP = 0x8f;
const USER = 0x60;

/** Error code of a fault about an IDT entry: index, IDT, and EXT for hardware events (SDM vol. 3A 6.13). */
const idtError = (vector: number, ext = 0) => (vector << 3) | 2 | ext;

describe('interrupt and trap gates (SDM vol. 3A 6.12.1)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('same ring: EFLAGS, CS, EIP on the same stack; an interrupt gate clears IF', () => {
    m.flags = 2 | FLAG_IF | FLAG_NT | 1;
    m.execute('int 0x40');
    expect(m.vector).toBe(0x40);
    expect(m.esp).toBe(STACK - 12);
    expect(m.stack(3)).toEqual([CODE + 2, CODE0, 2 | FLAG_IF | FLAG_NT | 1]);
    expect(m.flags).toBe(3);
  });

  it('a trap gate leaves IF', () => {
    m.idt(0x40, TRAP);
    m.flags = 2 | FLAG_IF | FLAG_TF;
    m.execute('int 0x40');
    expect(m.flags).toBe(2 | FLAG_IF);
  });

  it('inner ring: SS and ESP from the TSS, the old ones pushed first', () => {
    m.ring(3);
    m.idt(0x40, INTERRUPT | USER);
    m.execute('int 0x40');
    expect(m.vector).toBe(0x40);
    expect(m.cpl).toBe(0);
    expect([m.selector(S.CS), m.selector(S.SS)]).toEqual([CODE0, DATA0]);
    expect(m.esp).toBe(STACK0 - 20);
    expect(m.stack(5)).toEqual([CODE + 2, CODE3, 2, STACK, DATA3]);
    expect(m.selector(S.DS)).toBe(DATA3);
  });

  it('ring 1 has its own stack', () => {
    m.ring(3);
    m.idt(0x40, INTERRUPT | USER, CODE1);
    m.execute('int 0x40');
    expect(m.cpl).toBe(1);
    expect([m.selector(S.CS), m.selector(S.SS)]).toEqual([CODE1, DATA1]);
    expect(m.esp).toBe(STACK1 - 20);
  });

  it('a conforming handler runs in the ring of the program', () => {
    m.ring(3);
    m.idt(0x40, INTERRUPT | USER, CONFORMING);
    m.execute('int 0x40');
    expect(m.cpl).toBe(3);
    expect(m.selector(S.CS)).toBe(CONFORMING | 3);
    expect(m.selector(S.SS)).toBe(DATA3);
    expect(m.esp).toBe(STACK - 12);
  });

  it('a 16-bit gate pushes words and takes 16 bits of the offset', () => {
    m.idt(0x40, 0x86, CODE0, 0x10000 + HANDLERS + 0x40);
    m.execute('int 0x40');
    expect(m.vector).toBe(0x40);
    expect(m.esp).toBe(STACK - 6);
    expect(m.stack(3, 2)).toEqual([CODE + 2, CODE0, 2]);
  });

  it('a 16-bit handler segment makes 16-bit code', () => {
    m.idt(0x40, INTERRUPT, CODE0_16);
    m.execute('int 0x40');
    expect(m.get32(S.STATE_MODE)).toBe(S.MODE_16);
  });

  it('faults push the restart address, RF in the image, and the error code', () => {
    m.ring(3);
    m.execute('mov ax, 0x28\nmov ds, ax');
    m.step();
    expect(m.vector).toBe(13);
    expect(m.stack(6)).toEqual([TSS_SELECTOR, CODE + 4, CODE3, 2 | FLAG_RF, STACK, DATA3]);
    expect(m.flags & FLAG_RF).toBe(0);
  });

  it('the DPL of the gate counts for INT n, INT3 and INTO only', () => {
    const cases: [string, number, number][] = [
      ['int 0x40', 13, idtError(0x40)],
      ['int3', 13, idtError(3)],
      ['into', 13, idtError(4)],
    ];
    for (const [source, vector, error] of cases) {
      m.protectedMode(3);
      m.flags = 0x802;
      m.execute(source);
      expect(m.vector).toBe(vector);
      expect(m.stack(2)).toEqual([error, CODE]);
    }
    m.protectedMode(3).execute('ud2');
    expect(m.vector).toBe(6);
    m.protectedMode(3).execute('int1');
    expect(m.vector).toBe(1);
    expect(m.stack(1)).toEqual([CODE + 1]);
  });

  it('checks of the gate: limit, type, presence', () => {
    m.set32(S.STATE_IDTR_LIMIT, 0x40 * 8 + 6);
    m.execute('int 0x40');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, idtError(0x40)]);
    m.protectedMode();
    m.idt(0x40, 0x8c);
    m.execute('int 0x40');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, idtError(0x40)]);
    m.protectedMode();
    m.idt(0x40, 0x0e);
    m.execute('int 0x40');
    expect([m.vector, m.stack(1)[0]]).toEqual([11, idtError(0x40)]);
  });

  it('a software interrupt checks the privilege before the presence', () => {
    m.protectedMode(3);
    m.idt(0x40, 0x0e);
    m.execute('int 0x40');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, idtError(0x40)]);
  });

  it('checks of the handler segment', () => {
    const cases: [number, number, number][] = [
      [0, 13, 0],
      [0x400, 13, 0x400],
      [DATA0, 13, DATA0],
      [CODE3, 13, CODE3 & ~3],
      [FREE, 11, FREE],
    ];
    for (const [selector, vector, error] of cases) {
      m.protectedMode();
      m.gdt(FREE, { access: 0x1a });
      m.idt(0x40, INTERRUPT, selector);
      m.execute('int 0x40');
      expect([m.vector, ...m.stack(2)]).toEqual([vector, error, CODE]);
    }
  });

  it('an offset beyond the handler segment is #GP(0)', () => {
    m.gdt(FREE, { access: 0x9a, limit: 0xfff, flags: 4 });
    m.idt(0x40, INTERRUPT, FREE, 0x1000);
    m.execute('int 0x40');
    expect([m.vector, m.stack(1)[0]]).toEqual([13, 0]);
  });

  it('checks of the inner stack: #TS with the selector, #SS if absent or too small', () => {
    const cases: [number, number, number][] = [
      [0, 10, 0],
      [0x400, 10, 0x400],
      [DATA3, 10, DATA3 & ~3],
      [CODE0, 10, CODE0],
      [DATA0 | 1, 10, DATA0],
      [FREE, 12, FREE],
      [FREE + 8, 12, FREE + 8],
    ];
    for (const [selector, vector, error] of cases) {
      m.protectedMode(3);
      m.gdt(FREE, { access: 0x12 });
      m.gdt(FREE + 8, { access: 0x92, limit: 0x1000, flags: 4 });
      m.write32(TSS + 8, selector);
      // The faults themselves are handled in ring 3, on a stack that is whole.
      for (const n of [10, 12, 13]) m.idt(n, INTERRUPT, CONFORMING);
      m.idt(0x40, INTERRUPT | USER);
      m.execute('int 0x40');
      expect([m.vector, ...m.stack(2)]).toEqual([vector, error, CODE]);
    }
  });

  it('a TSS too short for the stack is #TS with its selector', () => {
    m.protectedMode(3);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 8, 0x8b);
    m.idt(10, INTERRUPT, CONFORMING);
    m.idt(0x40, INTERRUPT | USER);
    m.execute('int 0x40');
    expect([m.vector, m.stack(1)[0]]).toEqual([10, TSS_SELECTOR]);
    // SS0 lies at 8 to 9.
    m.protectedMode(3);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 9, 0x8b);
    m.idt(0x40, INTERRUPT | USER);
    m.execute('int 0x40');
    expect(m.vector).toBe(0x40);
  });

  it('the stack of a 16-bit TSS', () => {
    m.protectedMode(3);
    m.core.setSegment(m.cpu, S.TR, TSS_SELECTOR, BigInt(TSS), 0x2b, 0x83);
    m.write32(TSS + 2, STACK0 | (DATA0 << 16));
    m.idt(0x40, INTERRUPT | USER);
    m.execute('int 0x40');
    expect(m.esp).toBe(STACK0 - 20);
    expect(m.selector(S.SS)).toBe(DATA0);
  });

  it('sets the accessed bits of CS and SS', () => {
    m.protectedMode(3);
    m.idt(0x40, INTERRUPT | USER);
    expect([m.accessByte(CODE0), m.accessByte(DATA0)]).toEqual([0x9a, 0x92]);
    m.execute('int 0x40');
    expect([m.accessByte(CODE0), m.accessByte(DATA0)]).toEqual([0x9b, 0x93]);
  });

  it('a fault while the stack of an inner ring is pushed changes nothing, and restarts', () => {
    m.protectedMode(3).paging();
    m.idt(0x40, INTERRUPT | USER);
    m.idt(14, INTERRUPT, CONFORMING);
    m.page(STACK0 - 1, 0);
    m.execute('int 0x40');
    // A supervisor write to a page that is not present.
    expect(m.vector).toBe(14);
    expect(m.cr2).toBe(STACK0 - 4);
    expect(m.stack(4)).toEqual([2, CODE, CODE3, 2 | FLAG_RF]);
    m.page(STACK0 - 1, 7);
    m.eip = CODE;
    m.esp = STACK;
    m.step();
    expect(m.vector).toBe(0x40);
    expect(m.esp).toBe(STACK0 - 20);
  });
});

describe('double faults and shutdown (SDM vol. 3A table 6-5)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });
  /** Marks a gate not present. */
  const absent = (...vectors: number[]) => {
    for (const vector of vectors) m.idt(vector, 0x0e);
  };

  it('benign, then anything: handled one after the other', () => {
    absent(6);
    m.execute('ud2');
    // #NP for gate 6 with EXT set, and the address of UD2.
    expect([m.vector, ...m.stack(2)]).toEqual([11, idtError(6, 1), CODE]);
  });

  it('contributory, then contributory: #DF with error code 0', () => {
    absent(0);
    m.execute('div cl');
    expect([m.vector, ...m.stack(2)]).toEqual([8, 0, CODE]);
  });

  it('contributory, then page fault: the page fault is handled', () => {
    m.paging();
    m.page(0x3000, 7);
    m.execute('nop');
    // The IDT entry of #DE lies in a page of its own.
    m.set64(S.STATE_IDTR_BASE, 0x3ff8);
    for (let n = 1; n < 32; n++) m.gate(0x3ff8 + n * 8, CODE0, HANDLERS + n, INTERRUPT);
    m.page(0x3ff8, 0);
    m.execute('div cl');
    expect(m.vector).toBe(14);
    expect(m.cr2).toBe(0x3ff8);
  });

  it('page fault, then contributory: #DF, and CR2 tells of the page fault', () => {
    m.paging();
    m.page(0x50000, 0);
    absent(14);
    m.execute('mov eax, [0x50000]');
    expect(m.vector).toBe(8);
    expect(m.cr2).toBe(0x50000);
  });

  it('page fault, then page fault: #DF', () => {
    m.paging();
    m.page(0x60000, 0);
    m.idt(14, INTERRUPT, FREE);
    m.set64(S.STATE_GDTR_BASE, 0x51000 - FREE);
    m.set32(S.STATE_GDTR_LIMIT, 0xfff);
    for (let n = 0; n < FREE; n += 4) m.write32(0x51000 - FREE + n, m.read32(0x1000 + n));
    m.page(0x51000, 0);
    m.execute('mov eax, [0x60000]');
    expect(m.vector).toBe(8);
    expect(m.cr2).toBe(0x51000);
  });

  it('a fault on the way to #DF shuts down', () => {
    absent(0, 8);
    m.execute('div cl');
    expect(m.isShutDown).toBe(true);
    expect(m.core.run(m.cpu, 10)).toBe(2);
  });

  it('INT n is benign, whatever its number', () => {
    absent(14);
    m.execute('int 14');
    expect([m.vector, ...m.stack(2)]).toEqual([11, idtError(14), CODE]);
  });
});

describe('what an external interrupt does', () => {
  it('pushes no error code whatever its vector, and leaves EXT in faults on its way', () => {
    const m = new Machine().protectedMode(0);
    m.program('nop\nnop');
    m.flags = 2 | FLAG_IF;
    m.picVector = 13;
    m.core.setIntr(m.cpu, 1);
    m.step();
    expect([m.vector, ...m.stack(3)]).toEqual([13, CODE, CODE0, 2 | FLAG_IF]);
    m.protectedMode(0);
    m.idt(0x30, 0x0e);
    m.flags = 2 | FLAG_IF;
    m.picVector = 0x30;
    m.core.setIntr(m.cpu, 1);
    m.step();
    expect([m.vector, ...m.stack(2)]).toEqual([11, idtError(0x30, 1), CODE]);
  });

  it('a gate of DPL 0 serves it in ring 3', () => {
    const m = new Machine().protectedMode(3);
    m.program('nop');
    m.flags = 2 | FLAG_IF;
    m.core.setIntr(m.cpu, 1);
    m.step();
    expect(m.vector).toBe(0x20);
    expect(m.cpl).toBe(0);
    expect(m.read32(IDT + 0x20 * 8 + 4) & 0x6000).toBe(0);
  });
});
