import { beforeEach, describe, expect, test } from 'vitest';
import { I8042 } from './i8042.ts';
import { Ps2Keyboard } from './ps2-keyboard.ts';
import { TestBench } from './test-bench.ts';

let bench: TestBench;
let keyboard: Ps2Keyboard;
let resets: number;
let a20: boolean[];

beforeEach(() => {
  bench = new TestBench();
  resets = 0;
  a20 = [];
  keyboard = bench.plug(new Ps2Keyboard(bench.context));
  bench.plug(
    new I8042(bench.context, {
      keyboard,
      onA20: (isOpen) => a20.push(isOpen),
      onReset: () => {
        resets += 1;
      },
    }),
  );
  a20 = [];
});

const command = (value: number): void => bench.out(0x64, value);
const data = (value: number): void => bench.out(0x60, value);
const status = (): number => bench.in(0x64);
/** Everything that waits, with '!' before bytes of the auxiliary connector. */
function drain(): string {
  const bytes: string[] = [];
  while ((status() & 1) !== 0) {
    const mark = (status() & 0x20) === 0 ? '' : '!';
    bytes.push(mark + bench.in(0x60).toString(16).padStart(2, '0'));
  }
  return bytes.join(' ');
}
function commandByte(value: number): void {
  command(0x60);
  data(value);
}

describe('the controller', () => {
  test('self-test, interface tests, password test', () => {
    for (const value of [0xaa, 0xab, 0xa9, 0xa4]) command(value);
    expect(drain()).toBe('55 00 00 f1');
    expect(status() & 0x1c).toBe(0x1c); // SYS, last write was a command, not locked
  });

  test('the command byte is read back, and the port enables are bits of it', () => {
    commandByte(0x47);
    command(0x20);
    expect(drain()).toBe('47');
    command(0xad);
    command(0xa7);
    command(0x20);
    expect(drain()).toBe('77');
    command(0xae);
    command(0xa8);
    command(0x20);
    expect(drain()).toBe('47');
  });

  test('controller RAM', () => {
    command(0x65);
    data(0x99);
    command(0x25);
    expect(drain()).toBe('99');
  });

  test('output port: A20 by D1, DD and DF, reset by D1 and by pulse', () => {
    command(0xd0);
    expect(drain()).toBe('cf');
    command(0xd1);
    data(0xdd);
    command(0xdf);
    command(0xdd);
    expect(a20).toEqual([false, true, false]);
    expect(resets).toBe(0);
    command(0xff);
    expect(resets).toBe(0);
    command(0xfe);
    expect(resets).toBe(1);
    command(0xd1);
    data(0xde);
    expect(resets).toBe(2);
  });

  test('loops: D2 comes back as from the keyboard, D3 as from the auxiliary device, each with its interrupt', () => {
    commandByte(0x47);
    command(0xd2);
    data(0x12);
    expect([bench.probe(0).level, bench.probe(1).level]).toEqual([true, false]);
    expect(drain()).toBe('12');
    command(0xd3);
    data(0xa5);
    expect([bench.probe(0).level, bench.probe(1).level]).toEqual([false, true]);
    expect(status() & 0x21).toBe(0x21);
    expect(drain()).toBe('!a5');
    expect(bench.probe(1).level).toBe(false);
  });

  test('no mouse: the write times out and asks to resend', () => {
    command(0xd4);
    data(0xff);
    expect(status() & 0x61).toBe(0x61);
    expect(drain()).toBe('!fe');
    expect(status() & 0x61).toBe(0);
  });

  test('each byte is an interrupt of its own', () => {
    const before = bench.probe().rises;
    data(0xf2);
    expect(drain()).toBe('fa ab 41'); // the second byte of the identification is translated too
    expect(bench.probe().rises - before).toBe(3);
    expect(bench.probe().level).toBe(false);
  });

  test('without the interrupt bit the line stays low', () => {
    commandByte(0x44);
    const before = bench.probe().rises;
    keyboard.key('KeyA', true);
    expect(drain()).toBe('1e');
    expect(bench.probe().rises).toBe(before);
  });

  test('a disabled keyboard waits; sending to it enables it', () => {
    command(0xad);
    keyboard.key('KeyA', true);
    expect(drain()).toBe('');
    command(0xae);
    expect(drain()).toBe('1e');
    command(0xad);
    data(0xee);
    expect(drain()).toBe('ee');
  });
});

describe('keys', () => {
  test.each([
    ['KeyA', '1e', '9e', '1c', 'f0 1c'],
    ['F7', '41', 'c1', '83', 'f0 83'],
    ['ArrowUp', 'e0 48', 'e0 c8', 'e0 75', 'e0 f0 75'],
    ['PrintScreen', 'e0 2a e0 37', 'e0 b7 e0 aa', 'e0 12 e0 7c', 'e0 f0 7c e0 f0 12'],
    ['Pause', 'e1 1d 45 e1 9d c5', '', 'e1 14 77 e1 f0 14 f0 77', ''],
  ])('%s translated and raw', (code, make1, break1, make2, break2) => {
    keyboard.key(code, true);
    expect(drain()).toBe(make1);
    keyboard.key(code, false);
    expect(drain()).toBe(break1);
    commandByte(0x05);
    keyboard.key(code, true);
    expect(drain()).toBe(make2);
    keyboard.key(code, false);
    expect(drain()).toBe(break2);
  });

  test('scan code set 1 of the keyboard itself', () => {
    commandByte(0x05);
    data(0xf0);
    data(1);
    expect(drain()).toBe('fa fa');
    for (const isDown of [true, false]) keyboard.key('ArrowUp', isDown);
    keyboard.key('Pause', true);
    expect(drain()).toBe('e0 48 e0 c8 e1 1d 45 e1 9d c5');
    data(0xf0);
    data(0);
    expect(drain()).toBe('fa fa 01');
  });

  test('a held key repeats: after 500 ms, then 10.9 times a second', () => {
    keyboard.key('KeyX', true);
    drain();
    bench.pass(499_000_000);
    expect(drain()).toBe('');
    bench.pass(2_000_000);
    expect(drain()).toBe('2d');
    let count = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      bench.pass(10_000_000);
      if (drain() === '2d') count += 1;
    }
    expect(count).toBe(109);
    keyboard.key('KeyX', false);
    drain();
    expect(bench.clock.nextDeadline()).toBe(Infinity);
  });

  test('F3 sets the repeat: 250 ms, 30 per second', () => {
    data(0xf3);
    data(0x00);
    expect(drain()).toBe('fa fa');
    keyboard.key('KeyX', true);
    drain();
    bench.pass(251_000_000);
    expect(drain()).toBe('2d');
    bench.pass(34_000_000);
    expect(drain()).toBe('2d');
  });

  test('more keys than the buffer holds leave an overrun code', () => {
    commandByte(0x15); // keyboard held off, raw
    for (let i = 0; i < 20; i += 1) keyboard.key('KeyA', i % 2 === 0);
    command(0xae);
    const bytes = drain().split(' ');
    expect(bytes.length).toBe(17);
    expect(bytes[16]).toBe('00');
  });
});

describe('keyboard commands', () => {
  beforeEach(() => {
    commandByte(0x05);
  });

  test('reset: acknowledged, then the basic assurance test', () => {
    data(0xff);
    expect(drain()).toBe('fa aa');
  });

  test('identify, echo, resend, unknown', () => {
    data(0xf2);
    expect(drain()).toBe('fa ab 83');
    data(0xfe);
    expect(drain()).toBe('83');
    data(0xee);
    expect(drain()).toBe('ee');
    data(0x01);
    expect(drain()).toBe('fe');
  });

  test('LEDs', () => {
    data(0xed);
    data(0x07);
    expect(drain()).toBe('fa fa');
    expect(keyboard.leds).toBe(7);
  });

  test('a command in place of a parameter is obeyed', () => {
    data(0xed);
    data(0xf2);
    expect(drain()).toBe('fa fa ab 83');
    expect(keyboard.leds).toBe(0);
  });

  test('F5 stops scanning, F4 starts it', () => {
    data(0xf5);
    drain();
    keyboard.key('KeyA', true);
    expect(drain()).toBe('');
    data(0xf4);
    drain();
    keyboard.key('KeyA', true);
    expect(drain()).toBe('1c');
  });

  test('set 3 is refused and counted', () => {
    data(0xf0);
    data(3);
    expect(drain()).toBe('fa fe');
    expect(bench.log.unimplementedCounts()).toEqual([{ what: 'keyboard scan code set 3', count: 1 }]);
  });
});
