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

const DEVICES: Record<string, (context: DeviceContext) => Device> = {
  'acpi-pm': (context) => new AcpiPm(context, { base: 0x600, onPowerOff: nothing }),
  debugcon: () => new DebugconE9({ backend: new MemoryCharBackend() }),
  dma: () => new Dma8237(),
  'fpu-error': (context) => new FpuError(context, { onIgnne: nothing }),
  hpet: (context) => new Hpet(context, { onLegacyRoute: nothing }),
  i440fx: () => withConfig(new I440fx({ bus: pciBus() })),
  i8042: (context) => new I8042(context, { keyboard: new Ps2Keyboard(context), onA20: nothing, onReset: nothing }),
  'i8042 with nothing attached': (context) => new I8042(context, { onA20: nothing, onReset: nothing }),
  ioapic: () => new IoApic({ deliver: nothing }),
  'isa-debug-exit': () => new IsaDebugExit({ onExit: nothing }),
  keyboard: (context) => new Ps2Keyboard(context),
  pic: () => new Pic8259({ onIntr: nothing }),
  piix3: (context) => withConfig(new Piix3(context, { bus: pciBus() })),
  'piix4-pm': () => withConfig(new Piix4Pm({ bus: pciBus(), pmBase: 0x600, onPmBase: nothing })),
  pit: (context) => new Pit8254(context),
  port92: () => new Port92({ onA20: nothing, onReset: nothing }),
  post: () => new PostPort80(),
  'reset-cf9': () => new ResetCf9({ onReset: nothing }),
  rtc: (context) => new RtcMc146818(context, { unixSeconds: 1_790_000_000 }),
  uart: (context) => new Uart16550(context, { id: 'uart0', base: 0x3f8, backend: new MemoryCharBackend() }),
};

const WIDTHS: readonly Width[] = [1, 2, 4];
const access = fc.record({
  region: fc.nat(),
  offset: fc.nat(),
  width: fc.constantFrom(...WIDTHS),
  value: fc.oneof(fc.constantFrom(0, 1, 0xff, 0xffff, 0xffffffff), fc.nat(0xff), fc.nat(0xffffffff)),
  isWrite: fc.boolean(),
  passNs: fc.oneof(fc.constant(0), fc.nat(2_000_000_000)),
});
type Access = typeof access extends fc.Arbitrary<infer T> ? T : never;

function play(bench: TestBench, device: Device, accesses: readonly Access[]): void {
  const regions = device.regions();
  for (const { region: index, offset, width, value, isWrite, passNs } of accesses) {
    const region = regions[index % Math.max(regions.length, 1)];
    if (region !== undefined) {
      const address = region.base + (offset % region.size);
      if (isWrite) bench.bus.write(region.space, address, width, value);
      else bench.bus.read(region.space, address, width);
    }
    // In one leap, as after a host that was suspended: chips must catch up without walking every period.
    bench.nowNs += passNs;
    bench.clock.runDue();
  }
}

describe.each(Object.entries(DEVICES))('%s', (name, make) => {
  const onBench = (): { bench: TestBench; device: Device } => {
    const bench = new TestBench();
    return { bench, device: bench.plug(make(bench.context)) };
  };

  test('reset is idempotent, and the second one finds nothing to do', () => {
    fc.assert(
      fc.property(fc.array(access, { maxLength: 30 }), fc.constantFrom('cold', 'warm'), (accesses, kind) => {
        const { bench, device } = onBench();
        play(bench, device, accesses);
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
        const { bench, device } = onBench();
        play(bench, device, before);
        const saved = structuredClone(device.save());
        const { bench: otherBench, device: other } = onBench();
        otherBench.nowNs = bench.nowNs;
        other.load(saved);
        expect(other.save()).toEqual(saved);
        expect(device.save()).toEqual(saved);
        expect(otherBench.clock.nextDeadline()).toBe(bench.clock.nextDeadline());
        for (let pin = 0; pin < 32; pin += 1) expect(otherBench.probe(pin).level).toBe(bench.probe(pin).level);
        // The keyboard behind it has a state of its own, which is not loaded here.
        if (name !== 'i8042') {
          play(bench, device, after);
          play(otherBench, other, after);
          expect(other.save()).toEqual(device.save());
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a saved state is JSON-safe apart from its bytes, and is not the live one', () => {
    const { bench, device } = onBench();
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
      device,
      Array.from({ length: 200 }, (_, i) => ({
        region: i,
        offset: i * 7,
        width: 1,
        value: (i * 37) & 0xff,
        isWrite: true,
        passNs: 1000,
      })),
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
    const { bench, device } = onBench();
    play(
      bench,
      device,
      Array.from({ length: 50 }, (_, i) => ({
        region: i,
        offset: i * 5,
        width: 1,
        value: (i * 91) & 0xff,
        isWrite: true,
        passNs: 0,
      })),
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
      .map(([, make]) => bench.plug(make(bench.context)));
    devices.push(bench.plug(new I440fx({ bus })), bench.plug(new Piix3(bench.context, { bus })));
    const states = saveDevices(devices);
    loadDevices(devices, states);
    expect(saveDevices(devices)).toEqual(states);
    const { pic: _pic, ...rest } = states;
    expect(() => loadDevices(devices, rest)).toThrow('The snapshot has no state for pic');
    expect(() => loadDevices(devices.slice(1), states)).toThrow('which this machine lacks');
  });
});
