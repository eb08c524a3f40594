import { beforeEach, describe, expect, test } from 'vitest';
import { Bus } from './bus.ts';
import { HostError, type Region, type Width } from './device.ts';
import { Log } from './log.ts';

type Access = ['r' | 'w', number, Width, number?];
let log: Log;
let lines: string[];
let bugs: unknown[];
let bus: Bus;

beforeEach(() => {
  lines = [];
  bugs = [];
  log = new Log((_item, text) => lines.push(text));
  bus = new Bus(log, (error) => bugs.push(error));
});

function recorder(accesses: Access[], place: Partial<Region>): Region {
  return {
    space: 'pio',
    name: 'test',
    base: 0x100,
    size: 8,
    width: 1,
    read: (offset, width) => {
      accesses.push(['r', offset, width]);
      return 0x10 + offset;
    },
    write: (offset, width, value) => accesses.push(['w', offset, width, value]),
    ...place,
  };
}

describe('dispatch', () => {
  test('handlers see offsets', () => {
    const seen: Access[] = [];
    bus.add(recorder(seen, {}));
    expect(bus.read('pio', 0x103, 1)).toBe(0x13);
    bus.write('pio', 0x107, 1, 0x1ff);
    expect(seen).toEqual([
      ['r', 3, 1],
      ['w', 7, 1, 0xff],
    ]);
  });

  test('accesses wider than the region are split, lowest address first', () => {
    const seen: Access[] = [];
    bus.add(recorder(seen, {}));
    expect(bus.read('pio', 0x100, 4)).toBe(0x13121110);
    bus.write('pio', 0x102, 2, 0xabcd);
    expect(seen.slice(4)).toEqual([
      ['w', 2, 1, 0xcd],
      ['w', 3, 1, 0xab],
    ]);
  });

  test('an unaligned access becomes aligned pieces', () => {
    const seen: Access[] = [];
    bus.add(recorder(seen, { width: 4 }));
    bus.write('pio', 0x101, 4, 0x44332211);
    expect(seen).toEqual([
      ['w', 1, 1, 0x11],
      ['w', 2, 2, 0x3322],
      ['w', 4, 1, 0x44],
    ]);
  });

  test('what lies beyond the end of a region reads as ones', () => {
    bus.add(recorder([], {}));
    expect(bus.read('pio', 0x106, 4)).toBe(0xffff1716);
    expect(bus.read('pio', 0xff, 2)).toBe(0x10ff);
  });

  test('ports wrap at 64 K', () => {
    bus.add(recorder([], { base: 0, size: 1 }));
    bus.add(recorder([], { base: 0xffff, size: 1 }));
    expect(bus.read('pio', 0xffff, 2)).toBe(0x1010);
  });

  test('a dword-only region lies over byte ports', () => {
    const dword: Access[] = [];
    const bytes: Access[] = [];
    bus.add(recorder(dword, { base: 0xcf8, size: 4, width: 4, dwordOnly: true }));
    bus.add(recorder(bytes, { base: 0xcf9, size: 1 }));
    bus.write('pio', 0xcf8, 4, 0x80000000);
    bus.write('pio', 0xcf9, 1, 6);
    bus.write('pio', 0xcf8, 2, 0x0600);
    expect(dword).toEqual([['w', 0, 4, 0x80000000]]);
    expect(bytes).toEqual([
      ['w', 0, 1, 6],
      ['w', 0, 1, 6],
    ]);
  });

  test('memory-mapped regions are found among many, above 4 GB too', () => {
    const bases = [0xfec00000, 0xfed00000, 0x1_0000_0000, 0xfee00000, 0xa0000];
    bases.forEach((base, index) => {
      bus.add(recorder([], { space: 'mmio', base, size: 0x1000, width: 4, read: () => index }));
    });
    bases.forEach((base, index) => {
      expect(bus.read('mmio', base + 0xffc, 4)).toBe(index);
      expect(bus.read('mmio', base + 0x1000, 4)).toBe(0xffffffff);
    });
  });

  test('a removed region is no longer there', () => {
    for (const space of ['pio', 'mmio'] as const) {
      const region = recorder([], { space });
      bus.add(region);
      expect(bus.read(space, 0x100, 1)).toBe(0x10);
      bus.remove(region);
      expect(bus.read(space, 0x100, 1)).toBe(0xff);
    }
  });
});

describe('what nobody claims', () => {
  test('reads as ones and is counted by address and name', () => {
    log.enable('unimp');
    expect(bus.read('pio', 0x3c4, 2)).toBe(0xffff);
    bus.write('pio', 0x3c4, 1, 0);
    bus.read('mmio', 0xfee0_0000, 4);
    expect(bus.unimplemented()).toEqual([
      { space: 'pio', address: 0x3c4, name: 'VGA', reads: 1, writes: 1 },
      { space: 'mmio', address: 0xfee00000, name: 'memory', reads: 1, writes: 0 },
    ]);
    expect(lines).toEqual([
      'read of pio 0x3c4 (VGA), which nothing claims',
      'read of mmio 0xfee00000 (memory), which nothing claims',
    ]);
  });

  test('cannot fill the host memory', () => {
    for (let address = 0; address < 10_000; address += 1) bus.read('mmio', address * 16, 4);
    const list = bus.unimplemented();
    expect(list.length).toBe(4097);
    expect(list[0]).toEqual({ space: 'mmio', address: -1, name: 'everything else', reads: 10_000 - 4096, writes: 0 });
  });
});

describe('mistakes', () => {
  test('overlaps and misfits are host errors that name both regions', () => {
    bus.add(recorder([], { name: 'uart0', base: 0x3f8 }));
    expect(() => bus.add(recorder([], { name: 'uart1', base: 0x3ff, size: 8 }))).toThrow(
      'Device region uart1 (pio 0x3ff, 8 bytes) overlaps uart0 at 0x3f8: give one of them another address.',
    );
    expect(() => bus.add(recorder([], { base: 0xffff, size: 2 }))).toThrow(HostError);
    expect(() => bus.add(recorder([], { size: 0 }))).toThrow(HostError);
  });

  test('nothing that a handler throws leaves the bus', () => {
    const fail = (): never => {
      throw new Error('ours');
    };
    bus.add(recorder([], { read: fail, write: fail }));
    expect(bus.read('pio', 0x100, 1)).toBe(0xff);
    bus.write('pio', 0x100, 1, 0);
    expect(bugs.map(String)).toEqual(['Error: ours', 'Error: ours']);
  });
});
