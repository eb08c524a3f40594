import { beforeEach, describe, expect, test } from 'vitest';
import { Pic8259 } from './pic8259.ts';
import { TestBench } from './test-bench.ts';

let bench: TestBench;
let pic: Pic8259;
const OCW3_READ_IRR = 0x0a;
const OCW3_READ_ISR = 0x0b;
const OCW3_POLL = 0x0c;
const EOI = 0x20;

function raise(irq: number): void {
  pic.input(irq)(true);
}
function lower(irq: number): void {
  pic.input(irq)(false);
}
function read(ocw3: number, port: number): number {
  bench.out(port, ocw3);
  return bench.in(port);
}

/** As the PC's BIOS does it: cascade on IR2, 8086 mode. */
function initialize(icw4 = 0x01): void {
  for (const [port, base, icw3] of [
    [0x20, 0x08, 0x04],
    [0xa0, 0x70, 0x02],
  ] as const) {
    bench.out(port, 0x11);
    bench.out(port + 1, base);
    bench.out(port + 1, icw3);
    bench.out(port + 1, icw4);
    bench.out(port + 1, 0);
  }
}

beforeEach(() => {
  bench = new TestBench();
  pic = bench.plug(new Pic8259({ onIntr: () => {} }));
  initialize();
});

describe('initialization', () => {
  test('nothing is requested until the sequence is complete', () => {
    bench.out(0x20, 0x11);
    raise(1);
    expect(pic.intr).toBe(false);
    bench.out(0x21, 0x20);
    bench.out(0x21, 0x04);
    expect(pic.intr).toBe(false);
    bench.out(0x21, 0x01);
    expect(pic.intr).toBe(true);
    expect(pic.acknowledge()).toBe(0x21);
  });

  test('ICW1 clears the mask and asks for a new edge of a line that is high', () => {
    raise(3);
    bench.out(0x21, 0xff);
    initialize();
    expect(bench.in(0x21)).toBe(0);
    expect(pic.intr).toBe(false);
    lower(3);
    raise(3);
    expect(pic.intr).toBe(true);
  });

  test('single mode has no ICW3, and without IC4 no ICW4', () => {
    bench.out(0x20, 0x12);
    bench.out(0x21, 0x40);
    bench.out(0x21, 0xfe); // already the mask
    expect(bench.in(0x21)).toBe(0xfe);
    raise(0);
    expect(pic.acknowledge()).toBe(0x40);
  });
});

describe('priority', () => {
  test('a higher level interrupts a lower one in service, not the other way round', () => {
    raise(4);
    expect(pic.acknowledge()).toBe(0x0c);
    raise(5);
    expect(pic.intr).toBe(false);
    raise(1);
    expect(pic.intr).toBe(true);
    expect(pic.acknowledge()).toBe(0x09);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0x12);
    bench.out(0x20, EOI);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0x10);
    bench.out(0x20, EOI);
    expect(pic.acknowledge()).toBe(0x0d);
  });

  test('the mask holds a request back without forgetting it', () => {
    bench.out(0x21, 0x02);
    raise(1);
    expect(pic.intr).toBe(false);
    expect(read(OCW3_READ_IRR, 0x20)).toBe(0x02);
    bench.out(0x21, 0);
    expect(pic.acknowledge()).toBe(0x09);
  });

  test('specific EOI ends the level it names', () => {
    raise(4);
    pic.acknowledge();
    raise(1);
    pic.acknowledge();
    bench.out(0x20, 0x64);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0x02);
  });

  test('set priority (OCW2 110) makes the named level the lowest', () => {
    bench.out(0x20, 0xc3);
    raise(3);
    raise(4);
    raise(0);
    expect(pic.acknowledge()).toBe(0x0c);
    bench.out(0x20, EOI);
    expect(pic.acknowledge()).toBe(0x08);
  });

  test('rotation on a non-specific EOI (datasheet, figure 9): the served level becomes the lowest', () => {
    raise(4);
    pic.acknowledge();
    bench.out(0x20, 0xa0);
    lower(4);
    raise(4);
    raise(6);
    raise(5);
    expect(pic.acknowledge()).toBe(0x0d);
  });

  test('rotation on a specific EOI', () => {
    raise(2 + 1);
    pic.acknowledge();
    bench.out(0x20, 0xe0 | 3);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0);
    lower(3);
    raise(3);
    raise(7);
    expect(pic.acknowledge()).toBe(0x0f);
  });

  test('rotation in automatic EOI mode is set and cleared by OCW2', () => {
    initialize(0x03);
    bench.out(0x20, 0x80);
    raise(0);
    expect(pic.acknowledge()).toBe(0x08);
    lower(0);
    raise(0);
    raise(6);
    expect(pic.acknowledge()).toBe(0x0e);
    bench.out(0x20, 0x00);
    expect(pic.acknowledge()).toBe(0x08);
  });

  test('special mask mode: a masked level in service no longer holds back lower ones', () => {
    raise(1);
    pic.acknowledge();
    raise(6);
    expect(pic.intr).toBe(false);
    bench.out(0x20, 0x68);
    expect(pic.intr).toBe(false);
    bench.out(0x21, 0x02);
    expect(pic.intr).toBe(true);
    expect(pic.acknowledge()).toBe(0x0e);
    // A non-specific EOI passes over the masked level.
    bench.out(0x20, EOI);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0x02);
    bench.out(0x20, EOI);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0x02);
    bench.out(0x20, 0x48);
    bench.out(0x20, EOI);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0);
  });
});

describe('edges and levels', () => {
  test('one edge is one interrupt, however long the line stays high', () => {
    raise(5);
    pic.acknowledge();
    bench.out(0x20, EOI);
    expect(pic.intr).toBe(false);
  });

  test('a request whose line falls before INTA becomes the default IR7, with nothing in service', () => {
    raise(5);
    lower(5);
    expect(pic.intr).toBe(false);
    expect(pic.acknowledge()).toBe(0x0f);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0);
  });

  test('a level asks again after EOI for as long as it is high', () => {
    bench.out(0x4d0, 0x20);
    raise(5);
    expect(pic.acknowledge()).toBe(0x0d);
    expect(pic.intr).toBe(false);
    bench.out(0x20, EOI);
    expect(pic.acknowledge()).toBe(0x0d);
    lower(5);
    bench.out(0x20, EOI);
    expect(pic.intr).toBe(false);
  });

  test('ELCR: the timer, keyboard, cascade, RTC and FPU inputs stay edge-triggered', () => {
    bench.out(0x4d0, 0xffff, 2);
    expect(bench.in(0x4d0, 2)).toBe(0xdef8);
  });
});

describe('cascade', () => {
  test('a slave request takes two EOIs; the other slave inputs wait for both', () => {
    raise(12);
    expect(pic.acknowledge()).toBe(0x74);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0x04);
    expect(read(OCW3_READ_ISR, 0xa0)).toBe(0x10);
    raise(14);
    expect(pic.intr).toBe(false);
    bench.out(0xa0, EOI);
    expect(pic.intr).toBe(false);
    bench.out(0x20, EOI);
    expect(pic.acknowledge()).toBe(0x76);
  });

  test('special fully nested mode lets a higher slave input through', () => {
    initialize(0x11);
    raise(14);
    expect(pic.acknowledge()).toBe(0x76);
    raise(8);
    expect(pic.intr).toBe(true);
    expect(pic.acknowledge()).toBe(0x70);
    raise(3);
    expect(pic.intr).toBe(false);
  });

  test('IRQ2 is the cascade and no input', () => {
    raise(2);
    expect(pic.intr).toBe(false);
  });
});

describe('poll', () => {
  test('the read after a poll command acknowledges', () => {
    raise(6);
    raise(3);
    expect(read(OCW3_POLL, 0x20)).toBe(0x83);
    expect(read(OCW3_READ_ISR, 0x20)).toBe(0x08);
    bench.out(0x20, EOI);
    expect(read(OCW3_POLL, 0x20)).toBe(0x86);
    bench.out(0x20, EOI);
    expect(read(OCW3_POLL, 0x20) & 0x80).toBe(0);
  });
});
