import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryCharBackend } from './backend.ts';
import { TestBench } from './test-bench.ts';
import { Uart16550 } from './uart16550.ts';

const BASE = 0x3f8;
let bench: TestBench;
let backend: MemoryCharBackend;
let uart: Uart16550;

const read = (offset: number): number => bench.in(BASE + offset);
const write = (offset: number, value: number): void => {
  bench.out(BASE + offset, value);
};
/** 8N1 at 115200 with FIFOs, trigger 14, OUT2 on. */
function program(ier: number, fcr = 0xc1): void {
  write(3, 0x83);
  write(0, 1);
  write(1, 0);
  write(3, 0x03);
  write(2, fcr);
  write(4, 0x0b);
  write(1, ier);
}

beforeEach(() => {
  bench = new TestBench();
  backend = new MemoryCharBackend();
  uart = bench.plug(new Uart16550(bench.context, { id: 'uart0', base: BASE, backend }));
});

test('after reset (table 1): nothing pending, transmitter empty', () => {
  expect([1, 2, 3, 4, 5].map(read)).toEqual([0, 0x01, 0, 0, 0x60]);
  expect(read(6) & 0x0f).toBe(0);
});

test('the divisor lies behind DLAB and survives a reset, as does the scratch register', () => {
  write(3, 0x80);
  write(0, 0x34);
  write(1, 0x12);
  write(7, 0x5a);
  expect([read(0), read(1)]).toEqual([0x34, 0x12]);
  uart.reset('warm');
  write(3, 0x80);
  expect([read(0), read(1), read(7)]).toEqual([0x34, 0x12, 0x5a]);
});

describe('transmitter', () => {
  test('bytes reach the host whole, whatever the word length; in loopback they are cut to it', () => {
    write(0, 0x48); // LCR is 0: five bits
    write(3, 0x02); // seven bits
    write(0, 0x69);
    expect(backend.text).toBe('Hi');
    write(4, 0x10);
    write(0, 0xe9);
    expect(read(0)).toBe(0x69);
    write(4, 0x00);
    expect(read(5) & 0x60).toBe(0x60);
  });

  test('its interrupt: raised by enabling, cleared by reading IIR, raised again by the next byte', () => {
    program(0);
    write(1, 0x02);
    expect(bench.probe().level).toBe(true);
    expect(read(2)).toBe(0xc2);
    expect(bench.probe().level).toBe(false);
    expect(read(2)).toBe(0xc1);
    write(0, 0x41);
    expect(bench.probe().level).toBe(true);
    write(1, 0);
    expect(bench.probe().level).toBe(false);
    write(1, 0x02);
    expect(read(2)).toBe(0xc2);
  });

  test('OUT2 gates the interrupt', () => {
    program(0x02);
    write(4, 0x03);
    expect(bench.probe().level).toBe(false);
    write(4, 0x0b);
    expect(bench.probe().level).toBe(true);
  });

  test('the host hears of breaks', () => {
    const breaks: boolean[] = [];
    Object.assign(backend, { setBreak: (on: boolean) => breaks.push(on) });
    write(3, 0x43);
    write(3, 0x43);
    write(3, 0x03);
    expect(breaks).toEqual([true, false]);
  });
});

describe('receiver', () => {
  test('without FIFOs one character at a time, interrupt until it is read', () => {
    program(0x01, 0);
    backend.type('ab');
    expect(backend.pending).toBe(1);
    expect(read(2)).toBe(0x04);
    expect(read(5) & 1).toBe(1);
    expect(read(0)).toBe(0x61);
    expect(read(0)).toBe(0x62);
    expect(bench.probe().level).toBe(false);
    expect(read(5) & 1).toBe(0);
  });

  test.each([
    [0, 1],
    [1, 4],
    [2, 8],
    [3, 14],
  ])('trigger level bits %i interrupt at %i characters', (bits, level) => {
    program(0x01, 0x01 | (bits << 6));
    for (let i = 1; i < level; i += 1) backend.push([i]);
    expect(bench.probe().level).toBe(false);
    backend.push([level]);
    expect(bench.probe().level).toBe(true);
    expect(read(2)).toBe(0xc4);
  });

  test('fewer characters interrupt after four character times: 40 bits at 115200 are 347.2 us', () => {
    program(0x01);
    backend.type('x');
    bench.pass(347_000);
    expect(bench.probe().level).toBe(false);
    bench.pass(300);
    expect(read(2)).toBe(0xcc);
    expect(read(0)).toBe(0x78);
    expect(read(2)).toBe(0xc1);
    expect(bench.clock.nextDeadline()).toBe(Infinity);
  });

  test('a new character and a read both restart the timeout', () => {
    program(0x01);
    backend.type('xy');
    bench.pass(200_000);
    backend.type('z');
    bench.pass(200_000);
    expect(read(0)).toBe(0x78);
    bench.pass(200_000);
    expect(bench.probe().level).toBe(false);
    bench.pass(200_000);
    expect(bench.probe().level).toBe(true);
  });

  test('more than sixteen wait at the host', () => {
    program(0x00);
    const text = 'The quick brown fox jumps over the lazy dog';
    backend.type(text);
    expect(backend.pending).toBe(text.length - 16);
    let got = '';
    while ((read(5) & 1) !== 0) got += String.fromCharCode(read(0));
    expect(got).toBe(text);
  });

  test('clearing the FIFO by FCR bit 1 makes room', () => {
    program(0x00);
    backend.type('0123456789abcdefgh');
    write(2, 0xc3);
    expect(read(0)).toBe('g'.charCodeAt(0));
  });

  test('a break is a zero with BI, shown when it reaches the top', () => {
    program(0x05);
    backend.type('a');
    uart.receiveBreak();
    expect(read(5)).toBe(0xe1);
    expect(read(0)).toBe(0x61);
    expect(read(2)).toBe(0xc6);
    expect(read(5)).toBe(0xf1);
    expect(read(5)).toBe(0x61);
    expect(read(0)).toBe(0);
  });
});

describe('modem lines', () => {
  test('changes set delta bits until MSR is read, RI by its trailing edge only', () => {
    program(0x08);
    read(6);
    uart.setModemLines({ cts: false, dsr: true, ri: true, dcd: true });
    expect(bench.probe().level).toBe(true);
    expect(read(2)).toBe(0xc0);
    expect(read(6)).toBe(0xe1);
    expect(bench.probe().level).toBe(false);
    uart.setModemLines({ cts: false, dsr: true, ri: false, dcd: true });
    expect(read(6)).toBe(0xa4);
  });
});

describe('loopback (MCR bit 4)', () => {
  test('outputs feed inputs', () => {
    for (const [mcr, msr] of [
      [0x01, 0x20],
      [0x02, 0x10],
      [0x04, 0x40],
      [0x08, 0x80],
      [0x0a, 0x90], // what Linux's autoconfig looks for
    ] as const) {
      write(4, 0x10 | mcr);
      expect(read(6) & 0xf0).toBe(msr);
    }
  });

  test('what is sent comes back and does not reach the host; the seventeenth character overruns', () => {
    program(0);
    write(4, 0x1b);
    for (let i = 0; i < 17; i += 1) write(0, i);
    expect(backend.bytes).toEqual([]);
    expect(read(5)).toBe(0x63);
    expect(read(5)).toBe(0x61);
    for (let i = 0; i < 16; i += 1) expect(read(0)).toBe(i);
    expect(read(5)).toBe(0x60);
  });

  test('without FIFOs an overrun loses the older character', () => {
    program(0, 0);
    write(4, 0x10);
    write(0, 1);
    write(0, 2);
    expect(read(5)).toBe(0x63);
    expect(read(0)).toBe(2);
  });
});
