// The differentiated system description table of our PC: what cannot be found by probing. Static data only, no methods: what
// firmware would set up (interrupt routing, PM base) is fixed when the machine is built.
import {
  busNumbers,
  device,
  dma,
  eisaId,
  fixedMemory,
  integer,
  irq,
  memoryWindow,
  memoryWindow64,
  name,
  packageOf,
  ports,
  portWindow,
  resources,
  scope,
  string,
  type Aml,
} from './aml.ts';

export interface IsaUart {
  readonly base: number;
  readonly irq: number;
}

/** Both ends are included. */
export interface AddressRange {
  readonly first: number;
  readonly last: number;
}

export interface DsdtOptions {
  readonly apicIds: readonly number[];
  readonly pmBase: number;
  readonly hpetAddress: number | null;
  readonly uarts: readonly IsaUart[];
  readonly hasKeyboard: boolean;
  readonly hasMouse: boolean;
  /** ISA interrupts (equal to GSIs) of PIRQA# to PIRQD#. */
  readonly pirqRoutes: readonly number[];
  /** The wiring of the board: which PIRQ a slot's pin reaches. */
  readonly pirqOf: (devfn: number, pin: number) => number;
  /** Memory for PCI BARs below 4 GB, both ends included. */
  readonly pciMemory: AddressRange;
  /** Memory for 64-bit BARs above 4 GB; null for a CPU that does not get there. */
  readonly pciMemory64: AddressRange | null;
}

export function dsdtTerms(options: DsdtOptions): Aml {
  return [
    // SUS_TYP 0 is soft off in the PIIX4, for PM1a and the PM1b that is not there.
    ...name('\\_S5', packageOf(integer(0), integer(0), integer(0), integer(0))),
    ...scope('\\_SB', ...options.apicIds.map(processor), pciRoot(options), ...hpet(options)),
  ];
}

function processor(_apicId: number, index: number): Aml {
  const path = `C${index.toString(16).toUpperCase().padStart(3, '0')}`;
  return device(path, name('_HID', string('ACPI0007')), name('_UID', integer(index)));
}

function pciRoot(options: DsdtOptions): Aml {
  const { pciMemory, pciMemory64 } = options;
  return device(
    'PCI0',
    name('_HID', eisaId('PNP0A03')),
    name('_UID', integer(0)),
    name('_PRT', routing(options)),
    name(
      '_CRS',
      resources(
        busNumbers(0, 0xff),
        ports(0xcf8, 8),
        portWindow(0x0000, 0x0cf7),
        portWindow(0x0d00, 0xffff),
        memoryWindow(0xa0000, 0xbffff, true),
        memoryWindow(pciMemory.first, pciMemory.last),
        ...(pciMemory64 === null ? [] : [memoryWindow64(pciMemory64.first, pciMemory64.last)]),
      ),
    ),
    isaBridge(options),
    motherboard(options),
  );
}

/** 6.2.12: address of the slot, pin, no link device, global system interrupt. */
function routing(options: DsdtOptions): Aml {
  const rows: Aml[] = [];
  for (let slot = 1; slot < 32; slot += 1) {
    for (let pin = 0; pin < 4; pin += 1) {
      const gsi = options.pirqRoutes[options.pirqOf(slot << 3, pin)] ?? 0;
      rows.push(packageOf(integer(slot * 0x10000 + 0xffff), integer(pin), integer(0), integer(gsi)));
    }
  }
  return packageOf(...rows);
}

function isaBridge(options: DsdtOptions): Aml {
  return device(
    'ISA',
    name('_ADR', integer(0x0001_0000)),
    isaDevice('PIC', 'PNP0000', ports(0x20, 2), ports(0xa0, 2), ports(0x4d0, 2), irq(2)),
    isaDevice('DMAC', 'PNP0200', ports(0x00, 16), ports(0x81, 15), ports(0xc0, 32), dma(4)),
    isaDevice('TMR', 'PNP0100', ports(0x40, 4), irq(0)),
    isaDevice('RTC', 'PNP0B00', ports(0x70, 2), irq(8)),
    isaDevice('SPKR', 'PNP0800', ports(0x61, 1)),
    isaDevice('FPU', 'PNP0C04', ports(0xf0, 2), irq(13)),
    ...(options.hasKeyboard ? [isaDevice('KBD', 'PNP0303', ports(0x60, 1), ports(0x64, 1), irq(1))] : []),
    ...(options.hasMouse ? [isaDevice('MOU', 'PNP0F13', irq(12))] : []),
    ...options.uarts.map((uart, index) =>
      device(
        `COM${index + 1}`,
        name('_HID', eisaId('PNP0501')),
        name('_UID', integer(index + 1)),
        name('_CRS', resources(ports(uart.base, 8), irq(uart.irq))),
      ),
    ),
  );
}

function isaDevice(path: string, id: string, ...descriptors: Aml[]): Aml {
  return device(path, name('_HID', eisaId(id)), name('_CRS', resources(...descriptors)));
}

/** Ports that belong to the board, so that no PCI device is put onto them. */
function motherboard(options: DsdtOptions): Aml {
  return isaDevice('MBRD', 'PNP0C02', ports(options.pmBase, 0x40), ports(0x80, 1), ports(0x92, 1), ports(0xb2, 2));
}

function hpet(options: DsdtOptions): readonly Aml[] {
  if (options.hpetAddress === null) return [];
  const range = fixedMemory(options.hpetAddress, 0x400, false);
  return [device('HPET', name('_HID', eisaId('PNP0103')), name('_UID', integer(0)), name('_CRS', resources(range)))];
}
