// An i440FX-style PC: the only file that knows all chips. It wires interrupts, A20, resets and power, answers the core's port
// and memory accesses through the bus, and counts them.
import { SYSTEM_EVENT_DELIVERY } from '../../assembly/shared/state.ts';
import { AcpiPm } from '../acpi-pm.ts';
import type { CharBackend } from '../backend.ts';
import { Bus } from '../bus.ts';
import { Clock } from '../clock.ts';
import { DebugconE9 } from '../debugcon-e9.ts';
import { HostError, type Device, type DeviceContext, type Region, type ResetKind, type Width } from '../device.ts';
import { Dma8237 } from '../dma8237.ts';
import { FpuError } from '../fpu-error.ts';
import { Hpet } from '../hpet.ts';
import { I8042 } from '../i8042.ts';
import { IoApic } from '../ioapic.ts';
import { UNCONNECTED, type IrqLine } from '../irq.ts';
import { IsaDebugExit } from '../isa-debug-exit.ts';
import type { Log } from '../log.ts';
import type { GuestMemory } from '../memory.ts';
import { I440fx } from '../pci/i440fx.ts';
import type { BarMapper } from '../pci/config-space.ts';
import { PciBus } from '../pci/pci-bus.ts';
import { Piix3 } from '../pci/piix3.ts';
import { Piix4Pm } from '../pci/piix4-pm.ts';
import { Pic8259 } from '../pic8259.ts';
import { Pit8254 } from '../pit8254.ts';
import { Port92 } from '../port92.ts';
import { PostPort80 } from '../post-port80.ts';
import { Ps2Keyboard } from '../ps2-keyboard.ts';
import { ResetCf9 } from '../reset-cf9.ts';
import { cmosOf, RtcMc146818 } from '../rtc-mc146818.ts';
import { Uart16550 } from '../uart16550.ts';
import * as board from './board.ts';
import type { Core } from './core.ts';
import type { CpuModel } from './cpu-model.ts';
import { firmwareTables } from './firmware-tables.ts';
import type { WallClock } from './host.ts';
import { IoCounts } from './io-counts.ts';
import { MemoryLayout } from './memory-layout.ts';
import type { MachineOptions } from './options.ts';
import type { CountedName } from './protocol.ts';
import type { Vcpu, VcpuHost } from './vcpu.ts';
import { InterruptWires } from './wiring.ts';

export type PowerEvent =
  | { readonly kind: 'poweroff' }
  | { readonly kind: 'debug-exit'; readonly code: number }
  | { readonly kind: 'triple-fault' }
  /** 'warm' resets the CPU only. */
  | { readonly kind: 'reset'; readonly reset: ResetKind };

export interface PcParts {
  readonly options: MachineOptions;
  readonly log: Log;
  readonly memory: GuestMemory;
  readonly wallClock: WallClock;
  /** Back ends of COM1, COM2, ... */
  readonly serial: readonly CharBackend[];
  readonly debugcon: CharBackend | null;
}

export class Pc implements VcpuHost {
  readonly clock = new Clock();
  readonly memory: GuestMemory;
  readonly bus: Bus;
  readonly pci: PciBus;
  readonly devices: readonly Device[];
  readonly acpiPm: AcpiPm;
  readonly keyboard: Ps2Keyboard;
  readonly rtc: RtcMc146818;
  /** What the guest asked for that ends or restarts the machine; called within an instruction. */
  onPower: (event: PowerEvent) => void = () => {};
  /** A chip threw: a mistake of ours; called within an instruction. */
  onBug: (error: unknown) => void = () => {};
  readonly #log: Log;
  readonly #counts = new IoCounts();
  readonly #pic: Pic8259;
  readonly #ioapic: IoApic;
  readonly #wires: InterruptWires;
  readonly #fpuError: FpuError;
  #vcpu: Vcpu | null = null;
  /** PCI interrupts go nowhere before it is there. */
  #piix3: Piix3 | null = null;
  /** Moves with configuration space. */
  #pmRegion: Region;
  #layout: MemoryLayout | null = null;
  #hasRom = false;
  readonly #serialCount: number;
  readonly #cpu: CpuModel;

  constructor(parts: PcParts) {
    this.#log = parts.log;
    this.#serialCount = parts.serial.length;
    this.#cpu = parts.options.cpu;
    this.memory = parts.memory;
    this.bus = new Bus(parts.log, (error, region) => {
      this.#onBug(error, region);
    });
    this.pci = new PciBus(this.#barMapper(), (pirq, level) => {
      this.#piix3?.setPirq(pirq, level);
    });
    this.#pic = new Pic8259({ onIntr: (level) => this.#vcpu?.setIntr(level) });
    this.#ioapic = new IoApic({ deliver: (message) => this.#vcpu?.apicDeliver(message) });
    this.#wires = new InterruptWires({
      pic: (irq) => this.#pic.input(irq),
      ioapic: (input) => this.#ioapic.input(input),
    });
    this.#fpuError = new FpuError(this.#context(this.#wires.isa(board.FPU_IRQ)), {
      // While CR0.NE is 0 the core goes on in spite of a pending error, as if IGNNE# were always asserted.
      onIgnne: () => {},
    });
    this.keyboard = new Ps2Keyboard(this.#context());
    this.acpiPm = new AcpiPm(this.#context(this.#wires.isa(board.SCI_IRQ)), {
      base: board.PM_BASE,
      onPowerOff: () => this.onPower({ kind: 'poweroff' }),
    });
    this.rtc = new RtcMc146818(this.#context(this.#wires.isa(board.RTC_IRQ)), {
      ...rtcStart(parts.options, parts.wallClock),
      cmos: cmosOf({ ramBelow4G: parts.options.ramBytes, ramAbove4G: 0, cpus: 1 }),
    });
    this.devices = [
      this.#pic,
      this.#ioapic,
      ...this.#timers(),
      ...this.#pciDevices(),
      ...this.#inputAndPower(),
      ...this.#characterDevices(parts),
      ...this.#debugExit(parts.options),
    ];
    this.#pmRegion = this.acpiPm.pmRegion();
    for (const device of this.devices)
      for (const region of device.regions()) if (region.name !== this.#pmRegion.name) this.bus.add(region);
    this.bus.add(this.#pmRegion);
  }

  /** Connects the CPU. `rom` is the image of `-bios`, or null. */
  attach(core: Core, rom: Uint8Array | null): void {
    this.#vcpu = core;
    core.traceDeliveries(this.#log.enabled('int'));
    this.memory.attach(core.ram);
    this.memory.onWrite = (address, length) => {
      core.invalidate(address, length);
    };
    this.#layout = new MemoryLayout(core, this.memory, rom);
    this.#hasRom = rom !== null;
  }

  /** Chips to their power-on state; where no ROM does it, we leave in memory what firmware leaves there. */
  powerOn(): void {
    for (const device of this.devices) device.reset('cold');
    if (!this.#hasRom)
      for (const { address, bytes } of firmwareTables(this.#serialCount, this.#cpu))
        this.memory.writeBytes(address, bytes);
  }

  portIn(port: number, width: Width): number {
    this.#counts.portReads += 1;
    this.#counts.port(port);
    return this.bus.read('pio', port, width);
  }

  portOut(port: number, width: Width, value: number): void {
    this.#counts.portWrites += 1;
    this.#counts.port(port);
    this.bus.write('pio', port, width, value);
  }

  mmioRead(address: number, width: Width): number {
    this.#counts.mmioReads += 1;
    this.#counts.mmio(address);
    return this.#layout?.read(address, width) ?? this.bus.read('mmio', address, width);
  }

  mmioWrite(address: number, width: Width, value: number): void {
    this.#counts.mmioWrites += 1;
    this.#counts.mmio(address);
    if (this.#layout?.write(address, width, value) === true) return;
    this.bus.write('mmio', address, width, value);
  }

  acknowledgeInterrupt(): number {
    return this.#pic.acknowledge();
  }

  apicEoi(vector: number): void {
    this.#ioapic.endOfInterrupt(vector);
  }

  ferr(level: boolean): void {
    this.#fpuError.setFerr(level);
  }

  unimplemented(kind: number, a: number, b: number): void {
    this.#log.unimplemented(unimplementedWords(kind, a, b));
  }

  systemEvent(kind: number, detail: number): void {
    if (kind === SYSTEM_EVENT_DELIVERY) this.#log.write('int', this.#vcpu?.deliveryLine(detail) ?? '');
    else this.#log.unimplemented(`system event ${kind} (${hex(detail)})`);
  }

  exitCounts(): CountedName[] {
    return this.#counts.exits();
  }

  ioCounts(): CountedName[] {
    return this.#counts.byRegion(this.bus);
  }

  #timers(): Device[] {
    const pit = new Pit8254(this.#context(this.#wires.isa(0)));
    const hpetPins = Array.from({ length: board.IOAPIC_INPUTS }, (_, pin) =>
      board.HPET_ISA_PINS.includes(pin) ? this.#wires.isa(pin) : this.#wires.ioapic(pin),
    );
    const hpet = new Hpet(this.#context(...hpetPins), {
      onLegacyRoute: (on) => {
        pit.connectIrq(!on);
        this.rtc.connectIrq(!on);
      },
    });
    return [pit, this.rtc, hpet];
  }

  #pciDevices(): Device[] {
    const bus = this.pci;
    const isaIrqs = Array.from({ length: board.ISA_IRQS }, (_, irq) => this.#wires.isa(irq));
    const i440fx = new I440fx({ bus, onPam: (registers) => this.#layout?.setPam(registers) });
    this.#piix3 = new Piix3(this.#context(...isaIrqs), { bus, pirqRoutes: board.PIRQ_ROUTES });
    const piix4Pm = new Piix4Pm({
      bus,
      pmBase: board.PM_BASE,
      onPmBase: (base) => {
        this.#movePm(base);
      },
    });
    return [i440fx, this.#piix3, piix4Pm];
  }

  #movePm(base: number | null): void {
    this.bus.remove(this.#pmRegion);
    if (base === null) return;
    this.acpiPm.setBase(base);
    this.#pmRegion = this.acpiPm.pmRegion();
    this.#tryMap(this.#pmRegion);
  }

  #inputAndPower(): Device[] {
    const onA20 = (isOpen: boolean): void => this.#vcpu?.setA20(isOpen);
    const onReset = (): void => {
      this.onPower({ kind: 'reset', reset: 'warm' });
    };
    const i8042 = new I8042(this.#context(this.#wires.isa(board.KEYBOARD_IRQ), this.#wires.isa(board.AUX_IRQ)), {
      keyboard: this.keyboard,
      onA20,
      onReset,
    });
    const resetCf9 = new ResetCf9({
      onReset: (reset) => {
        this.onPower({ kind: 'reset', reset });
      },
    });
    return [
      i8042,
      this.keyboard,
      new Port92({ onA20, onReset }),
      resetCf9,
      this.acpiPm,
      this.#fpuError,
      new Dma8237(),
      new PostPort80(),
    ];
  }

  #characterDevices(parts: PcParts): Device[] {
    const uarts = parts.serial.map((backend, index) => {
      const { base, irq } = board.SERIAL_PORTS[index] ?? board.SERIAL_PORTS[0];
      return new Uart16550(this.#context(this.#wires.isa(irq)), { id: `serial${index}`, base, backend });
    });
    return parts.debugcon === null ? uarts : [...uarts, new DebugconE9({ backend: parts.debugcon })];
  }

  #debugExit({ debugExit }: MachineOptions): Device[] {
    if (debugExit === null) return [];
    const onExit = (code: number): void => {
      this.onPower({ kind: 'debug-exit', code });
    };
    return [new IsaDebugExit({ ...debugExit, onExit })];
  }

  /** A chip's view of the board; its interrupt outputs in order. */
  #context(...lines: readonly IrqLine[]): DeviceContext {
    return { irq: (pin = 0) => lines[pin] ?? UNCONNECTED, clock: this.clock, memory: this.memory, log: this.#log };
  }

  #barMapper(): BarMapper {
    return {
      map: (region) => this.#tryMap(region),
      unmap: (region) => {
        this.bus.remove(region);
      },
    };
  }

  /** Where the guest puts a region is the guest's business: one that overlaps another does not answer. */
  #tryMap(region: Region): boolean {
    try {
      this.bus.add(region);
      return true;
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#log.guestError(error.message);
      return false;
    }
  }

  #onBug(error: unknown, region: Region): void {
    this.#log.guestError(`access to ${region.name} failed within the device`);
    this.onBug(error);
  }
}

const UNIMPLEMENTED_KINDS: Readonly<Record<number, (a: number, b: number) => string>> = {
  1: (a) => `RDMSR of ${hex(a)}`,
  2: (a) => `WRMSR of ${hex(a)}`,
  3: (a, b) => `opcode ${opcodeBytes(a, b)}`,
};

function unimplementedWords(kind: number, a: number, b: number): string {
  return UNIMPLEMENTED_KINDS[kind]?.(a, b) ?? `kind ${kind}: ${hex(a)} ${hex(b)}`;
}

/** Eight bytes from the instruction's first on, lowest first in both words. */
function opcodeBytes(a: number, b: number): string {
  return [a, b]
    .flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 0xff))
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join(' ');
}

function rtcStart({ rtc }: MachineOptions, wallClock: WallClock): { unixSeconds: number; utcOffsetSeconds?: number } {
  if (typeof rtc.base === 'number') return { unixSeconds: rtc.base / 1000 };
  const unixSeconds = Math.floor(wallClock.unixMs / 1000);
  return rtc.base === 'utc' ? { unixSeconds } : { unixSeconds, utcOffsetSeconds: wallClock.offsetMinutes * 60 };
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
