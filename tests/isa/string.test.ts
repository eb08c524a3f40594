import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE, IsaMachine } from './isa-machine.ts';
import { StringModel, type Operation } from './string-model.ts';

const m = new IsaMachine();
const DF = 0x400;
const TF = 0x100;
const STATUS = 0x8d5;

/** Runs the instruction until it is done or faults; counts its executions. */
function finish(): { vector: number | null; executions: number } {
  for (let executions = 1; ; executions++) {
    const { vector } = m.run();
    if (vector !== null || m.eip !== CODE) return { vector, executions };
  }
}

function pattern(at: number, length: number): void {
  for (let n = 0; n < length; n++) m.memory[at + n] = (n * 7 + (n >> 8)) & 0xff;
}

describe('repeated string instructions', () => {
  it('copy across pages in chunks, each counted once', () => {
    m.enter('ring 0');
    m.load('rep movsb', 32);
    pattern(0x10123, 20000);
    const source = m.memory.slice(0x10123, 0x10123 + 20000);
    m.set({ esi: 0x10123, edi: 0x40777, ecx: 20000 });
    const before = m.instructions;
    const { executions } = finish();
    expect(executions).toBeGreaterThanOrEqual(5);
    expect(m.instructions - before).toBe(executions);
    expect(m.memory.slice(0x40777, 0x40777 + 20000)).toEqual(source);
    expect([m.get('esi'), m.get('edi'), m.get('ecx')]).toEqual([0x10123 + 20000, 0x40777 + 20000, 0]);
  });

  it('with a count of 0 touch nothing', () => {
    m.enter('ring 0', STATUS);
    m.unmap(0x20000);
    m.load('repe cmpsb', 32);
    m.set({ esi: 0x20000, edi: 0x20000, ecx: 0 });
    expect(finish()).toEqual({ vector: null, executions: 1 });
    expect(m.flags & STATUS).toBe(STATUS);
  });

  it('trap after each iteration with TF set', () => {
    m.enter('real', TF);
    const handler = CODE + 0x100;
    m.load(`rep stosb\njmp $\ntimes 100h - ($ - $$) nop\nmov [bx], cx\nadd bx, 2\niret`, 16);
    m.set16(4, handler);
    m.set({ edi: 0x8000, ecx: 3, ebx: 0x9000, esp: 0x7000, eax: 0x55 });
    m.run(4 * 5);
    expect([0x9000, 0x9002, 0x9004].map((at) => m.get16(at))).toEqual([2, 1, 0]);
    expect([...m.memory.subarray(0x8000, 0x8004)]).toEqual([0x55, 0x55, 0x55, 0]);
  });

  it('store over the code behind them', () => {
    m.enter('ring 0');
    m.load('rep stosb\ntimes 40 nop', 32);
    m.set({ edi: CODE + 2, ecx: 20, eax: 0x40 }); // INC EAX
    expect(finish().vector).toBeNull();
    expect([m.eip, m.get('ecx'), m.get('edi')]).toEqual([CODE + 2, 0, CODE + 22]);
    m.run(3);
    expect(m.get('eax')).toBe(0x43);
  });

  it('use ES for the destination whatever the override', () => {
    m.enter('real');
    m.load('db 2eh\nmovsb', 16);
    m.memory[0x100] = 9;
    m.set({ esi: 0x100, edi: 0x200 });
    m.run();
    expect(m.memory[0x200]).toBe(9);
  });
});

// A model that does one element after the other, against the core with its blocks, on random operands.
const operations: readonly Operation[] = ['movs', 'stos', 'lods', 'scas', 'cmps'];
const address = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 0x10000, max: 0x10040 }),
    fc.integer({ min: 0x10ff0, max: 0x11010 }),
    fc.integer({ min: 0x11f00, max: 0x12010 }),
    fc.integer({ min: 0x13000, max: 0x13fff }),
  );

const operands = fc.record({
  operation: fc.constantFrom(...operations),
  size: fc.constantFrom(1, 2, 4),
  prefix: fc.constantFrom('', 'rep', 'repne'),
  down: fc.boolean(),
  esi: address(),
  edi: address(),
  ecx: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 1000 })),
  eax: fc.constantFrom(0, 0x01010101, 0x02010201, 0x12345678),
  bytes: fc.constantFrom(1, 2, 3),
  hole: fc.constantFrom(0x12000, 0x14000, 0xf000),
});

const OPCODES: Record<Operation, number> = { movs: 0xa4, cmps: 0xa6, stos: 0xaa, lods: 0xac, scas: 0xae };

function encode(operation: Operation, size: number, prefix: string, narrow: boolean): string {
  const bytes = [
    ...(prefix === '' ? [] : [prefix === 'rep' ? 0xf3 : 0xf2]),
    ...((size === 2) !== narrow && size !== 1 ? [0x66] : []),
    OPCODES[operation] + (size === 1 ? 0 : 1),
  ];
  return `db ${bytes.join(', ')}`;
}

/** Bytes of few values, so that comparisons go on for a while. */
function fill(values: number, seed: number): void {
  let x = seed | 1;
  for (let at = 0xf000; at < 0x15000; at++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    m.memory[at] = (x >>> 24) % 8 === 0 ? 1 + ((x >>> 16) % values) : 1;
  }
}

describe('string instructions against a model of single elements', () => {
  it('in 32 bits, with pages that are not there', () => {
    fc.assert(
      fc.property(operands, fc.integer(), (o, seed) => {
        m.enter('ring 0', (o.down ? DF : 0) | STATUS);
        m.unmap(o.hole);
        fill(o.bytes, seed);
        m.load(encode(o.operation, o.size, o.prefix, false), 32);
        m.set({ esi: o.esi, edi: o.edi, ecx: o.ecx, eax: o.eax });
        const model = new StringModel(m.memory.slice(), { ...o, mask: 0xffffffff, flags: STATUS });
        model.run((at) => at >>> 12 === o.hole >>> 12);
        const { vector } = finish();
        expect(vector).toBe(model.faulted ? 14 : null);
        expect(state(m)).toEqual(model.state());
        expect(Buffer.compare(m.memory.subarray(0xf000, 0x15000), model.memory.subarray(0xf000, 0x15000))).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  it('in 16 bits, around the wrap of the index registers', () => {
    const near = fc.oneof(fc.integer({ min: 0xffc0, max: 0xffff }), fc.integer({ min: 0x8000, max: 0x8010 }));
    fc.assert(
      fc.property(operands, near, near, fc.integer(), (o, si, di, seed) => {
        m.enter('real', (o.down ? DF : 0) | STATUS);
        fill(o.bytes, seed);
        const upper = 0x12340000;
        m.load(encode(o.operation, o.size, o.prefix, true), 16);
        const ecx = Math.min(o.ecx, 200);
        m.set({ esi: upper | si, edi: upper | di, ecx: upper | ecx, eax: o.eax });
        const at = { ...o, esi: upper | si, edi: upper | di, ecx: upper | ecx };
        const model = new StringModel(m.memory.slice(), { ...at, mask: 0xffff, flags: STATUS });
        model.run((_, offset) => offset + o.size - 1 > 0xffff);
        const { vector } = finish();
        expect(vector).toBe(model.faulted ? 13 : null);
        expect(state(m)).toEqual(model.state());
        expect(Buffer.compare(m.memory.subarray(0, 0x15000), model.memory.subarray(0, 0x15000))).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });
});

function state(machine: IsaMachine): Record<string, number> {
  return {
    esi: machine.get('esi'),
    edi: machine.get('edi'),
    ecx: machine.get('ecx'),
    eax: machine.get('eax'),
    flags: machine.flags & STATUS,
  };
}
