// The contract of design section 7, for every device: reset is idempotent; save, load, save is equal; every offset at every
// width neither throws nor hangs; registers can be peeked at without changing anything.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AcpiPm } from './acpi-pm.ts';
import { MemoryCharBackend } from './backend.ts';
import { DebugconE9 } from './debugcon-e9.ts';
import { HostError, type Device, type DeviceContext, type Region, type Width } from './device.ts';
import { Dma8237 } from './dma8237.ts';
import { FpuError } from './fpu-error.ts';
import { Hpet } from './hpet.ts';
import { I8042 } from './i8042.ts';
import { IoApic } from './ioapic.ts';
import { IsaDebugExit } from './isa-debug-exit.ts';
import type { ConfigSpace } from './pci/config-space.ts';
import { I440fx } from './pci/i440fx.ts';
import { PciBus } from './pci/pci-bus.ts';
import { Piix3 } from './pci/piix3.ts';
import { Piix4Pm } from './pci/piix4-pm.ts';
import { Pic8259 } from './pic8259.ts';
import { Pit8254 } from './pit8254.ts';
import { Port92 } from './port92.ts';
import { PostPort80 } from './post-port80.ts';
import { Ps2Keyboard } from './ps2-keyboard.ts';
import { ResetCf9 } from './reset-cf9.ts';
import { RtcMc146818 } from './rtc-mc146818.ts';
import { loadDevices, saveDevices } from './snapshot.ts';
import { TestBench } from './test-bench.ts';
import { Uart16550 } from './uart16550.ts';

const nothing = (): void => {};

function pciBus(): PciBus {
  return new PciBus({ map: () => true, unmap: nothing }, nothing);
}

/** A PCI function with its configuration space laid out as memory, where random accesses reach all of it. */
function withConfig(device: Device & { config: ConfigSpace }): Device {
  const { config } = device;
  const region: Region = {
    space: 'mmio',
    name: 'config',
    base: 0xe000_0000,
    size: 256,
    width: 4,
    read: (offset, width) => config.read(offset, width),
    write: (offset, width, value) => {
      config.write(offset, width, value);
    },
  };
  return {
    id: device.id,
    registers: device.registers,
    regions: () => [...device.regions(), region],
    reset: (kind) => {
      device.reset(kind);
    },
    save: () => device.save(),
    load: (state) => {
      device.load(state);
    },
  };
}

/** A chip on trial: offsets worth hitting often, and something from outside that may happen to it. */
interface Specimen {
  readonly device: Device;
  readonly hot?: readonly number[];
  readonly poke?: (n: number, bench: TestBench) => void;
  /** What is plugged into it and keeps a state of its own. */
  readonly attached?: readonly Device[];
}

const isOdd = (n: number): boolean => n % 2 === 1;

function i8042(context: DeviceContext): Specimen {
  const keyboard = new Ps2Keyboard(context);
  const device = new I8042(context, { keyboard, onA20: nothing, onReset: nothing });
  return { device, poke: (n) => keyboard.key('KeyA', isOdd(n)), attached: [keyboard] };
}

function uart(context: DeviceContext): Specimen {
  const device = new Uart16550(context, { id: 'uart0', base: 0x3f8, backend: new MemoryCharBackend() });
  const receive = (byte: number): void => {
    if (device.canReceive() > 0) device.receive(byte);
  };
  return { device, poke: (n) => (n % 5 === 0 ? device.receiveBreak() : receive(n & 0xff)) };
}

function ioapic(): Specimen {
  const device = new IoApic({ deliver: nothing });
  return {
    device,
    poke: (n, bench) => {
      if (n % 3 !== 0) {
        device.input((n >> 1) % 24)(isOdd(n));
        return;
      }
      bench.bus.write('mmio', 0xfec00000, 4, 0x10 + (n % 48));
      bench.bus.write('mmio', 0xfec00010, 4, Math.imul(n, 0x01010101));
    },
  };
}

/** A comparator set up to match soon. */
function hpet(context: DeviceContext): Specimen {
  const device = new Hpet(context, { onLegacyRoute: nothing });
  const poke = (n: number, bench: TestBench): void => {
    const write = (offset: number, value: number): void => bench.bus.write('mmio', 0xfed00000 + offset, 4, value);
    const timer = 0x100 + 0x20 * (n % 3);
    write(0x10, 1 | (n & 2));
    write(timer, 0x2004 | (n & 0x14a));
    write(timer + 8, bench.bus.read('mmio', 0xfed000f0, 4) + (n & 0xffff));
    write(timer + 12, 0);
  };
  return { device, hot: [0x10, 0x20, 0xf0, 0xf4, 0x100, 0x108, 0x10c, 0x120, 0x140], poke };
}

function pic(): Specimen {
  const device = new Pic8259({ onIntr: nothing });
  return { device, poke: (n) => (n % 5 === 0 ? void device.acknowledge() : device.input((n >> 1) & 15)(isOdd(n))) };
}

function piix3(context: DeviceContext): Specimen {
  const device = new Piix3(context, { bus: pciBus(), pirqRoutes: [10, 10, 11, 11] });
  return { device: withConfig(device), hot: [0x60, 0x61], poke: (n) => device.setPirq(n >> 1, isOdd(n)) };
}

function keyboard(context: DeviceContext): Specimen {
  const device = new Ps2Keyboard(context);
  return {
    device,
    poke: (n) => {
      if (n % 3 === 0) device.key('PrintScreen', isOdd(n));
      else if (n % 3 === 1) device.receive();
      else device.send(n & 0xff);
    },
  };
}

function acpiPm(context: DeviceContext): Specimen {
  const device = new AcpiPm(context, { base: 0x600, onPowerOff: nothing });
  return {
    device,
    hot: [0, 2, 4, 12, 14],
    poke: (n) => (isOdd(n) ? device.pressPowerButton() : device.raiseGpe(n >> 1)),
  };
}

function fpuError(context: DeviceContext): Specimen {
  const device = new FpuError(context, { onIgnne: nothing });
  return { device, poke: (n) => device.setFerr(isOdd(n)) };
}

const DEVICES: Record<string, (context: DeviceContext) => Specimen> = {
  'acpi-pm': acpiPm,
  debugcon: () => ({ device: new DebugconE9({ backend: new MemoryCharBackend() }) }),
  dma: () => ({ device: new Dma8237() }),
  'fpu-error': fpuError,
  hpet,
  i440fx: () => ({ device: withConfig(new I440fx({ bus: pciBus() })) }),
  i8042,
  'i8042 with nothing attached': (context) => ({ device: new I8042(context, { onA20: nothing, onReset: nothing }) }),
  ioapic,
  'isa-debug-exit': () => ({ device: new IsaDebugExit({ onExit: nothing }) }),
  keyboard,
  pic,
  piix3,
  'piix4-pm': () => ({ device: withConfig(new Piix4Pm({ bus: pciBus(), pmBase: 0x600, onPmBase: nothing })) }),
  pit: (context) => ({ device: new Pit8254(context) }),
  port92: () => ({ device: new Port92({ onA20: nothing, onReset: nothing }) }),
  post: () => ({ device: new PostPort80() }),
  'reset-cf9': () => ({ device: new ResetCf9({ onReset: nothing }) }),
  rtc: (context) => ({ device: new RtcMc146818(context, { unixSeconds: 1_790_000_000 }) }),
  uart,
};

const WIDTHS: readonly Width[] = [1, 2, 4];
const access = fc.record({
  what: fc.constantFrom('hot', 'hot', 'any', 'poke', 'wait'),
  region: fc.nat(),
  offset: fc.nat(),
  width: fc.constantFrom(...WIDTHS, 4 as const),
  value: fc.oneof(fc.constantFrom(0, 1, 0xff, 0xffff, 0xffffffff), fc.nat(0xff), fc.nat(0xffff), fc.nat(0xffffffff)),
  isWrite: fc.boolean(),
  ns: fc.oneof(fc.nat(100_000), fc.nat(2_000_000_000)),
});
type Access = typeof access extends fc.Arbitrary<infer T> ? T : never;

function play(bench: TestBench, { device, hot, poke }: Specimen, accesses: readonly Access[]): void {
  const regions = device.regions();
  for (const { what, region: index, offset, width, value, isWrite, ns } of accesses) {
    if (what === 'poke') poke?.(value, bench);
    // In one leap, as after a host that was suspended: chips must catch up without walking every period.
    if (what === 'wait') bench.nowNs += ns;
    bench.clock.runDue();
    const region = regions[index % Math.max(regions.length, 1)];
    if (region === undefined || what === 'poke' || what === 'wait') continue;
    const isHot = what === 'hot' && hot !== undefined;
    const address = region.base + ((isHot ? (hot[offset % hot.length] ?? 0) : offset) % region.size);
    if (isWrite) bench.bus.write(region.space, address, width, value);
    else bench.bus.read(region.space, address, width);
  }
}

function partsOf({ device, attached = [] }: Specimen): readonly Device[] {
  return [device, ...attached];
}

function levels(bench: TestBench): readonly boolean[] {
  return Array.from({ length: 32 }, (_, pin) => bench.probe(pin).level);
}

function sequence(length: number, value: (i: number) => number): readonly Access[] {
  return Array.from({ length }, (_, i) => ({
    what: i % 10 === 9 ? 'wait' : 'any',
    region: i,
    offset: i * 7,
    width: 1,
    value: value(i),
    isWrite: true,
    ns: 10_000,
  }));
}

describe.each(Object.entries(DEVICES))('%s', (_name, make) => {
  const onBench = (): { bench: TestBench; device: Device; specimen: Specimen } => {
    const bench = new TestBench();
    const specimen = make(bench.context);
    return { bench, specimen, device: bench.plug(specimen.device) };
  };

  test('reset is idempotent, and the second one finds nothing to do', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 30 }), fc.constantFrom('cold', 'warm'), (accesses, kind) => {
        const { bench, device, specimen } = onBench();
        play(bench, specimen, accesses);
        device.reset(kind);
        const once = device.save();
        device.reset(kind);
        expect(device.save()).toEqual(once);
      }),
      { numRuns: 30 },
    );
  });

  test('save, load into a fresh one, save: equal, and both go on alike', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 40 }), fc.array(access, { maxLength: 20 }), (before, after) => {
        const { bench, specimen } = onBench();
        play(bench, specimen, before);
        const saved = structuredClone(saveDevices(partsOf(specimen)));
        const { bench: otherBench, specimen: other } = onBench();
        otherBench.nowNs = bench.nowNs;
        loadDevices(partsOf(other), saved);
        expect(saveDevices(partsOf(other))).toEqual(saved);
        expect(saveDevices(partsOf(specimen))).toEqual(saved);
        expect(otherBench.clock.nextDeadline()).toBe(bench.clock.nextDeadline());
        expect(levels(otherBench)).toEqual(levels(bench));
        play(bench, specimen, after);
        play(otherBench, other, after);
        expect(saveDevices(partsOf(other))).toEqual(saveDevices(partsOf(specimen)));
        expect(levels(otherBench)).toEqual(levels(bench));
      }),
      { numRuns: 80 },
    );
  });

  test('a saved state is JSON-safe apart from its bytes, and is not the live one', () => {
    const { bench, device, specimen } = onBench();
    const saved = device.save();
    const copy = structuredClone(saved);
    const text = JSON.stringify(saved, (_key, value: unknown) => {
      if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
      expect(value).not.toBe(undefined);
      return value instanceof Uint8Array ? [...value] : value;
    });
    expect(text).toContain('"version":');
    play(
      bench,
      specimen,
      sequence(200, (i) => (i * 37) & 0xff),
    );
    expect(saved).toEqual(copy);
  });

  test('every offset at every width, read and written, neither throws nor hangs', () => {
    const { bench, device } = onBench();
    let seed = 12345;
    for (const region of device.regions()) {
      for (let offset = 0; offset < region.size; offset += 1) {
        for (const width of WIDTHS) {
          const value = bench.bus.read(region.space, region.base + offset, width);
          expect(value >= 0 && value < 2 ** (8 * width)).toBe(true);
          seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
          bench.bus.write(region.space, region.base + offset, width, seed);
        }
        bench.pass(1000);
      }
    }
  });

  test('peeking at registers changes nothing', () => {
    const { bench, device, specimen } = onBench();
    play(
      bench,
      specimen,
      sequence(50, (i) => (i * 91) & 0xff),
    );
    const before = device.save();
    for (const register of device.registers) {
      const value = register.peek();
      expect(value >= 0 && value < 2 ** (8 * register.width)).toBe(true);
      const top = register.bits?.at(-1);
      if (top !== undefined) expect(top.high ?? top.low).toBeLessThan(8 * register.width);
    }
    expect(device.save()).toEqual(before);
  });

  test('a state of another version is refused in words', () => {
    const { device } = onBench();
    expect(() => device.load({ ...device.save(), version: 999 })).toThrow(HostError);
  });
});

describe('all of them on one bus', () => {
  test('no two regions overlap, and a snapshot of all is loaded by id', () => {
    const bench = new TestBench();
    const bus = pciBus();
    const devices = Object.entries(DEVICES)
      .filter(([name]) => !name.includes('nothing') && !name.startsWith('piix') && name !== 'i440fx')
      .map(([, make]) => bench.plug(make(bench.context).device));
    devices.push(bench.plug(new I440fx({ bus })), bench.plug(new Piix3(bench.context, { bus })));
    const states = saveDevices(devices);
    loadDevices(devices, states);
    expect(saveDevices(devices)).toEqual(states);
    const { pic: _pic, ...rest } = states;
    expect(() => loadDevices(devices, rest)).toThrow('The snapshot has no state for pic');
    expect(() => loadDevices(devices.slice(1), states)).toThrow('which this machine lacks');
  });
});
