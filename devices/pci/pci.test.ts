import { beforeEach, describe, expect, test } from 'vitest';
import type { Region, Width } from '../device.ts';
import { TestBench } from '../test-bench.ts';
import { ConfigSpace } from './config-space.ts';
import { I440fx } from './i440fx.ts';
import { devfn, PciBus, pirqOf } from './pci-bus.ts';
import { Piix3 } from './piix3.ts';
import { Piix4Pm } from './piix4-pm.ts';

let bench: TestBench;
let bus: PciBus;
let piix3: Piix3;
let pmBases: (number | null)[];
let pam: (readonly number[])[];

beforeEach(() => {
  bench = new TestBench();
  pmBases = [];
  pam = [];
  const mapper = {
    map: (region: Region): boolean => {
      bench.bus.add(region);
      return true;
    },
    unmap: (region: Region): void => bench.bus.remove(region),
  };
  bus = new PciBus(mapper, (pirq, level) => piix3.setPirq(pirq, level));
  bench.plug(new I440fx({ bus, onPam: (registers) => pam.push(registers) }));
  piix3 = bench.plug(new Piix3(bench.context, { bus, pirqRoutes: [10, 10, 11, 11] }));
  bench.plug(new Piix4Pm({ bus, pmBase: 0x600, onPmBase: (base) => pmBases.push(base) }));
});

function select(device: number, func: number, offset: number): number {
  bench.out(0xcf8, 0x80000000 + (devfn(device, func) << 8) + (offset & 0xfc), 4);
  return 0xcfc + (offset & 3);
}
function get(device: number, func: number, offset: number, width: Width = 4): number {
  return bench.in(select(device, func, offset), width);
}
function set(device: number, func: number, offset: number, value: number, width: Width = 4): void {
  bench.out(select(device, func, offset), value, width);
}

describe('configuration mechanism 1', () => {
  test('CONFADD answers to 32-bit accesses only', () => {
    bench.out(0xcf8, 0xffffffff, 4);
    expect(bench.in(0xcf8, 4)).toBe(0x80fffffc);
    bench.out(0xcfb, 0x01);
    expect(bench.in(0xcf8, 4)).toBe(0x80fffffc);
  });

  test('without the enable bit, on another bus, and where nothing is, data reads as ones', () => {
    bench.out(0xcf8, 0x00000000, 4);
    expect(bench.in(0xcfc, 4)).toBe(0xffffffff);
    bench.out(0xcf8, 0x80010000, 4);
    expect(bench.in(0xcfc, 2)).toBe(0xffff);
    expect(get(7, 0, 0)).toBe(0xffffffff);
  });

  test('a scan finds the host bridge, the ISA bridge and the power management function', () => {
    const found: string[] = [];
    for (let device = 0; device < 32; device += 1) {
      const isMulti = (get(device, 0, 0x0e, 1) & 0x80) !== 0 && get(device, 0, 0) !== 0xffffffff;
      for (let func = 0; func < (isMulti ? 8 : 1); func += 1) {
        const id = get(device, func, 0);
        if (id !== 0xffffffff)
          found.push(`${device}.${func} ${id.toString(16)} ${(get(device, func, 8) >>> 8).toString(16)}`);
      }
    }
    expect(found).toEqual(['0.0 12378086 60000', '1.0 70008086 60100', '1.3 71138086 68000']);
  });

  test('identity cannot be written, no function has a BAR that sizes', () => {
    for (const [device, func] of [
      [0, 0],
      [1, 0],
      [1, 3],
    ] as const) {
      const before = [0, 8, 0x2c].map((offset) => get(device, func, offset));
      for (let offset = 0; offset < 0x30; offset += 4) if (offset !== 4) set(device, func, offset, 0xffffffff);
      expect([0, 8, 0x2c].map((offset) => get(device, func, offset))).toEqual(before);
      for (let offset = 0x10; offset < 0x28; offset += 4) expect(get(device, func, offset)).toBe(0);
    }
  });
});

test('PAM registers (82441FX, 3.2.18) are reported when written', () => {
  pam = [];
  set(0, 0, 0x59, 0xff, 1);
  set(0, 0, 0x5a, 0xff, 1);
  expect(pam.at(-1)).toEqual([0x30, 0x33, 0, 0, 0, 0, 0]);
  set(0, 0, 0x72, 0x0a, 1);
  expect(pam.length).toBe(2);
});

describe('interrupt routing', () => {
  test('slots are wired one PIRQ further each', () => {
    expect([1, 2, 3, 4, 5].map((slot) => pirqOf(devfn(slot, 0), 0))).toEqual([0, 1, 2, 3, 0]);
    expect([0, 1, 2, 3].map((pin) => pirqOf(devfn(3, 0), pin))).toEqual([2, 3, 0, 1]);
  });

  test('PIRQRC chooses the ISA interrupt, shared wires stay up until all let go', () => {
    const a = bus.intx(devfn(1, 2), 0);
    const b = bus.intx(devfn(5, 0), 0); // the same PIRQA#
    a.set(true);
    b.set(true);
    expect(bench.probe(10).level).toBe(true);
    a.set(false);
    expect(bench.probe(10).level).toBe(true);
    set(1, 0, 0x60, 5, 1);
    expect([10, 5].map((irq) => bench.probe(irq).level)).toEqual([false, true]);
    set(1, 0, 0x60, 0x80, 1);
    expect(bench.probe(5).level).toBe(false);
    set(1, 0, 0x60, 5, 1);
    b.set(false);
    expect(bench.probe(5).level).toBe(false);
  });

  test('two PIRQs on one ISA interrupt', () => {
    const a = bus.intx(devfn(1, 0), 0);
    const b = bus.intx(devfn(2, 0), 0);
    a.set(true);
    b.set(true);
    a.set(false);
    expect(bench.probe(10)).toEqual({ rises: 1, level: true });
  });
});

test('the PM ports follow PMBA and PMIOSE', () => {
  expect(pmBases).toEqual([0x600]);
  set(1, 3, 0x40, 0xb000);
  set(1, 3, 0x80, 0, 1);
  set(1, 3, 0x80, 1, 1);
  expect(pmBases).toEqual([0x600, 0xb000, null, 0xb000]);
  expect(get(1, 3, 0x40)).toBe(0xb001);
});

describe('base address registers (PCI 2.1, 6.2.5.1)', () => {
  let config: ConfigSpace;

  beforeEach(() => {
    config = new ConfigSpace({ vendor: 0x1234, device: 1, revision: 0, classCode: 0xff0000, interruptPin: 1 });
    const regionAt =
      (space: 'pio' | 'mmio', size: number, answer: number) =>
      (base: number): Region => ({
        space,
        name: 'bar',
        base,
        size,
        width: 4,
        read: () => answer,
        write: () => {},
      });
    config.addBar({ index: 0, space: 'mmio', size: 0x1000, regionAt: regionAt('mmio', 0x1000, 0x11111111) });
    config.addBar({ index: 1, space: 'pio', size: 0x20, regionAt: regionAt('pio', 0x20, 0x22222222) });
    bus.add(devfn(4, 0), config);
  });

  test('writing ones gives the size', () => {
    set(4, 0, 0x10, 0xffffffff);
    set(4, 0, 0x14, 0xffffffff);
    expect([get(4, 0, 0x10), get(4, 0, 0x14), get(4, 0, 0x18)]).toEqual([0xfffff000, 0xffffffe1, 0]);
  });

  test('regions appear with the decode bits, move, and go', () => {
    set(4, 0, 0x10, 0xfe000000);
    set(4, 0, 0x14, 0xc000);
    expect(bench.bus.read('mmio', 0xfe000000, 4)).toBe(0xffffffff);
    set(4, 0, 0x04, 3, 2);
    expect(bench.bus.read('mmio', 0xfe000000, 4)).toBe(0x11111111);
    expect(bench.in(0xc000, 4)).toBe(0x22222222);
    set(4, 0, 0x14, 0xc100);
    expect([bench.in(0xc000, 4), bench.in(0xc100, 4)]).toEqual([0xffffffff, 0x22222222]);
    set(4, 0, 0x14, 0xffffffff); // sizing with decoding on
    expect(bench.in(0xc100, 4)).toBe(0xffffffff);
    set(4, 0, 0x14, 0xc100);
    set(4, 0, 0x04, 0, 2);
    expect(bench.in(0xc100, 4)).toBe(0xffffffff);
    expect(bench.bus.read('mmio', 0xfe000000, 4)).toBe(0xffffffff);
  });

  test('a 64-bit BAR takes two registers, tells its size in both, and decodes above 4 GB', () => {
    const config = new ConfigSpace({ vendor: 0x1234, device: 2, revision: 0, classCode: 0xff0000 });
    const accesses: string[] = [];
    const size = 0x2_0000_0000;
    const regionAt = (base: number): Region => ({
      space: 'mmio',
      name: 'wide',
      base,
      size,
      width: 4,
      read: (offset, width) => {
        accesses.push(`read${width} ${offset.toString(16)}`);
        return 0x12345678;
      },
      write: (offset, width, value) => accesses.push(`write${width} ${offset.toString(16)} ${value.toString(16)}`),
    });
    config.addBar({ index: 2, space: 'mmio', size, is64Bit: true, isPrefetchable: true, regionAt });
    bus.add(devfn(5, 0), config);
    expect([get(5, 0, 0x18), get(5, 0, 0x1c), get(5, 0, 0x20)]).toEqual([0xc, 0, 0]);
    set(5, 0, 0x04, 2, 2);
    set(5, 0, 0x18, 0xffffffff);
    set(5, 0, 0x1c, 0xffffffff);
    // 8 GB: 33 bits are zero.
    expect([get(5, 0, 0x18), get(5, 0, 0x1c)]).toEqual([0xc, 0xfffffffe]);
    expect(bench.bus.regions('mmio')).toEqual([]);
    set(5, 0, 0x18, 0);
    set(5, 0, 0x1c, 0x8);
    expect(bench.bus.regions('mmio').map(({ base }) => base)).toEqual([0x8_0000_0000]);
    expect(bench.bus.read('mmio', 0x9_2345_6780, 4)).toBe(0x12345678);
    bench.bus.write('mmio', 0x9_ffff_fffe, 2, 0xabcd);
    expect(accesses).toEqual(['read4 123456780', 'write2 1fffffffe abcd']);
    expect(bench.bus.read('mmio', 0xa_0000_0000, 4)).toBe(0xffffffff);
    expect(bench.bus.read('mmio', 0x2345_6780, 4)).toBe(0xffffffff);
  });

  test('a slot holds one function', () => {
    expect(() => bus.add(devfn(4, 0), config)).toThrow('PCI slot 4.0 is taken');
  });
});
