import { beforeEach, describe, expect, it } from 'vitest';
import * as S from '../shared/state.ts';
import {
  CODE,
  CODE0,
  CODE0_16,
  CODE1,
  CODE3,
  CONFORMING,
  DATA,
  DATA0,
  DATA1,
  DATA3,
  FREE,
  GDT,
  HANDLERS,
  LDT_SELECTOR,
  Machine,
  STACK,
  STACK0,
  STACK1,
  TSS,
} from './machine.ts';

const TARGET = HANDLERS + 0x80;
const GATE = FREE + 8;
/** Selectors for ring 3 to use. */
const GATE3 = GATE | 3;

const CALL_GATE_32 = 0xec;
const CALL_GATE_16 = 0xe4;

describe('far JMP and CALL to code segments (SDM vol. 2A)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('JMP loads CS with the CPL as RPL', () => {
    m.execute(`jmp ${CODE0_16}:${TARGET}`);
    expect([m.eip, m.selector(S.CS)]).toEqual([TARGET, CODE0_16]);
    expect(m.get32(S.STATE_MODE)).toBe(S.MODE_16);
    m.protectedMode(3).execute(`jmp ${CODE3 & ~3}:${TARGET}`);
    expect([m.eip, m.selector(S.CS)]).toEqual([TARGET, CODE3]);
  });

  it('a conforming segment keeps the ring', () => {
    m.protectedMode(3).execute(`jmp ${CONFORMING}:${TARGET}`);
    expect([m.eip, m.selector(S.CS), m.cpl]).toEqual([TARGET, CONFORMING | 3, 3]);
  });

  it('CALL pushes CS and EIP, in the operand size', () => {
    m.execute(`call ${CODE0}:${TARGET}`);
    expect(m.stack(2)).toEqual([CODE + 7, CODE0]);
    expect(m.esp).toBe(STACK - 8);
    m.protectedMode();
    m.write32(DATA, TARGET | (CODE0 << 16));
    m.execute(`o16 call far [${DATA}]`);
    expect(m.eip).toBe(TARGET);
    expect(m.stack(2, 2)).toEqual([CODE + 7, CODE0]);
  });

  it('through memory: offset, then selector', () => {
    m.write32(DATA, TARGET);
    m.write16(DATA + 4, CODE0);
    m.execute(`jmp far [${DATA}]`);
    expect(m.eip).toBe(TARGET);
  });

  it('checks, in order', () => {
    const cases: [number, 0 | 3, number, number][] = [
      [0, 0, 13, 0],
      [0x400, 0, 13, 0x400],
      [DATA0, 0, 13, DATA0],
      [CODE3, 0, 13, CODE3 & ~3],
      [CODE0, 3, 13, CODE0],
      [CODE0 | 3, 0, 13, CODE0],
      [FREE, 0, 11, FREE],
      [LDT_SELECTOR, 0, 13, LDT_SELECTOR],
    ];
    for (const [selector, ring, vector, error] of cases) {
      for (const mnemonic of ['jmp', 'call']) {
        m.protectedMode(ring);
        m.gdt(FREE, { access: 0x1a });
        m.execute(`${mnemonic} ${selector}:${TARGET}`);
        expect([selector, m.vector, ...m.stack(2)]).toEqual([selector, vector, error, CODE]);
      }
    }
  });

  it('an offset beyond the limit is #GP(0), a stack without room #SS(0)', () => {
    m.gdt(FREE, { access: 0x9a, limit: 0xfff, flags: 4 });
    m.execute(`jmp ${FREE}:0x1000`);
    expect([m.vector, ...m.stack(2)]).toEqual([13, 0, CODE]);
    m.protectedMode(1);
    m.gdt(FREE + 8, { access: 0xb6, limit: 0xfff, flags: 4 });
    m.load(S.SS, (FREE + 8) | 1);
    m.esp = 0x1004;
    m.execute(`call ${CODE1}:${TARGET}`);
    expect([m.vector, ...m.stack(2)]).toEqual([12, 0, CODE]);
  });

  it('in the LDT', () => {
    m.core.setSegment(m.cpu, S.LDTR, LDT_SELECTOR, 0x2000n, 0xff, 0x82);
    m.descriptor(0x2000 + 8, { access: 0x9a });
    m.execute(`jmp 0xc:${TARGET}`);
    expect([m.eip, m.selector(S.CS)]).toEqual([TARGET, 0xc]);
    expect(m.read8(0x2000 + 8 + 5)).toBe(0x9b);
  });
});

describe('call gates (SDM vol. 3A 5.8.4)', () => {
  let m: Machine;
  const gate = (selector: number, access = CALL_GATE_32, parameters = 0, offset = TARGET) =>
    m.gate(GDT + GATE, selector, offset, access, parameters);
  beforeEach(() => {
    m = new Machine().protectedMode(3);
  });

  it('CALL to an inner ring: stack of the TSS, SS, ESP, parameters, CS, EIP', () => {
    gate(CODE0, CALL_GATE_32, 2);
    m.push(0x11111111, 0x22222222, 0x33333333);
    m.execute(`call ${GATE3}:0x55555555`);
    expect([m.eip, m.cpl, m.selector(S.CS), m.selector(S.SS)]).toEqual([TARGET, 0, CODE0, DATA0]);
    expect(m.esp).toBe(STACK0 - 24);
    expect(m.stack(6)).toEqual([CODE + 7, CODE3, 0x11111111, 0x22222222, STACK - 12, DATA3]);
  });

  it('a 16-bit gate pushes words', () => {
    gate(CODE1, CALL_GATE_16, 1);
    m.esp -= 2;
    m.write16(m.esp, 0x1234);
    m.execute(`call ${GATE3}:0`);
    expect([m.eip, m.cpl, m.selector(S.SS), m.esp]).toEqual([TARGET, 1, DATA1, STACK1 - 10]);
    expect(m.stack(5, 2)).toEqual([CODE + 7, CODE3, 0x1234, STACK - 2, DATA3]);
  });

  it('same ring: only CS and EIP', () => {
    gate(CODE3);
    m.execute(`call ${GATE3}:0`);
    expect([m.eip, m.cpl, m.esp]).toEqual([TARGET, 3, STACK - 8]);
    expect(m.stack(2)).toEqual([CODE + 7, CODE3]);
  });

  it('a conforming target is entered without a stack switch', () => {
    gate(CONFORMING);
    m.execute(`call ${GATE3}:0`);
    expect([m.eip, m.cpl, m.selector(S.CS), m.selector(S.SS)]).toEqual([TARGET, 3, CONFORMING | 3, DATA3]);
  });

  it('JMP through a gate cannot change the ring', () => {
    gate(CODE0);
    m.execute(`jmp ${GATE3}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, CODE0]);
    m.protectedMode(3);
    gate(CODE3);
    m.execute(`jmp ${GATE3}:0`);
    expect([m.eip, m.esp]).toEqual([TARGET, STACK]);
  });

  it('checks of the gate: DPL, presence', () => {
    gate(CODE0, 0x8c);
    m.execute(`call ${GATE3}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, GATE]);
    m.protectedMode(3);
    gate(CODE0, 0x6c);
    m.execute(`call ${GATE3}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([11, GATE]);
    m.protectedMode(0);
    gate(CODE0, 0xac);
    m.execute(`call ${GATE3}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, GATE]);
  });

  it('checks of the code segment behind it', () => {
    const cases: [number, number, number][] = [
      [0, 13, 0],
      [0x400, 13, 0x400],
      [DATA0, 13, DATA0],
      [FREE, 11, FREE],
    ];
    for (const [selector, vector, error] of cases) {
      m.protectedMode(3);
      m.gdt(FREE, { access: 0x1a });
      gate(selector);
      m.execute(`call ${GATE3}:0`);
      expect([m.vector, ...m.stack(2)]).toEqual([vector, error, CODE]);
    }
    m.protectedMode(0);
    gate(CODE3);
    m.execute(`call ${GATE}:0`);
    expect([m.vector, m.stack(1)[0]]).toEqual([13, CODE3 & ~3]);
  });

  it('checks of the inner stack', () => {
    const cases: [number, number, number][] = [
      [0, 10, 0],
      [DATA3, 10, DATA3 & ~3],
      [FREE, 12, FREE],
      [FREE + 16, 12, FREE + 16],
    ];
    for (const [selector, vector, error] of cases) {
      m.protectedMode(3);
      m.gdt(FREE, { access: 0x12 });
      m.gdt(FREE + 16, { access: 0x92, limit: STACK0 - 18, flags: 4 });
      m.write32(TSS + 8, selector);
      for (const n of [10, 12]) m.idt(n, 0x8e, CONFORMING);
      gate(CODE0);
      m.execute(`call ${GATE3}:0`);
      expect([selector, m.vector, ...m.stack(2)]).toEqual([selector, vector, error, CODE]);
      expect(m.cpl).toBe(3);
    }
  });

  it('a page fault on the parameters restarts the CALL', () => {
    m.paging();
    gate(CODE0, CALL_GATE_32, 4);
    m.esp = STACK - 4;
    m.page(STACK, 0);
    m.execute(`call ${GATE3}:0`);
    expect(m.vector).toBe(14);
    expect(m.cr2 & ~0xfff).toBe(STACK);
    expect(m.stack(2)).toEqual([4, CODE]);
    expect(m.stack(6)[4]).toBe(STACK - 4);
  });
});

describe('RETF (SDM vol. 2B)', () => {
  let m: Machine;
  beforeEach(() => {
    m = new Machine().protectedMode(0);
  });

  it('same ring, with parameters dropped', () => {
    m.push(TARGET, CODE0, 1, 2);
    m.execute('retf 8');
    expect([m.eip, m.esp]).toEqual([TARGET, STACK]);
  });

  it('outer ring: parameters leave both stacks', () => {
    m.push(TARGET, CODE3, 1, 2, 0xa000, DATA3);
    m.execute('retf 8');
    expect([m.eip, m.esp, m.cpl]).toEqual([TARGET, 0xa008, 3]);
    expect([m.selector(S.SS), m.selector(S.DS)]).toEqual([DATA3, 0]);
  });

  it('16-bit operand size', () => {
    m.program('o16 retf');
    m.esp -= 4;
    m.write16(m.esp, TARGET);
    m.write16(m.esp + 2, CODE0);
    m.step();
    expect([m.eip, m.esp]).toEqual([TARGET, STACK]);
  });

  it('never to an inner ring', () => {
    m.protectedMode(3);
    m.push(TARGET, CODE0);
    m.execute('retf');
    expect([m.vector, ...m.stack(2)]).toEqual([13, CODE0, CODE]);
  });

  it('checks', () => {
    const cases: [number, number, number][] = [
      [0, 13, 0],
      [0x400, 13, 0x400],
      [DATA0, 13, DATA0],
      [FREE, 11, FREE],
    ];
    for (const [selector, vector, error] of cases) {
      m.protectedMode(0);
      m.gdt(FREE, { access: 0x1a });
      m.push(TARGET, selector);
      m.execute('retf');
      expect([m.vector, ...m.stack(2)]).toEqual([vector, error, CODE]);
    }
  });

  it('in real mode', () => {
    m.set64(S.STATE_CR0, 0x10);
    m.realMode();
    m.push16(0x10, 0x800, 0xaaaa);
    m.execute('retf 2');
    expect([m.eip, m.selector(S.CS), m.base(S.CS), m.esp]).toEqual([0x10, 0x800, 0x8000, STACK]);
  });
});
