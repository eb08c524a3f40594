// ACPI tables of our PC (ACPI specification 4.0, chapter 5; IA-PC HPET specification, 3.2.4): RSDP, RSDT, XSDT, FADT, FACS,
// MADT, HPET, DSDT. The caller says where they go; addresses inside are right for that place only.
import { HostError } from '../device.ts';
import { ascii, bytes, dword, word, type Aml } from './aml.ts';
import { dsdtTerms, type DsdtOptions } from './dsdt.ts';

const SCI_IRQ = 9;
const OEM_ID = 'VITRIN';
const OEM_TABLE_ID = 'VITRINE ';
const CREATOR_ID = 'VTRN';
const HEADER_SIZE = 36;
const FACS_SIZE = 64;
/** Polarity active high, level-triggered (MADT, "MPS INTI flags"). */
const LEVEL_HIGH = 0x000d;
const WBINVD = 1 << 0;
const PROC_C1 = 1 << 2;
const SLP_BUTTON = 1 << 5;
const FIX_RTC = 1 << 6;
const RESET_REG_SUP = 1 << 10;
const LEGACY_DEVICES = 1 << 0;
const KBC_8042 = 1 << 1;
const VGA_NOT_PRESENT = 1 << 2;

export interface AcpiTablesOptions extends DsdtOptions {
  /** Below 1 MB, on a paragraph, between 0xE0000 and 0xFFFFF or in the first KB of the EBDA, where kernels look. */
  readonly rsdpAddress: number;
  /** On a 64-byte boundary (FACS), in memory that E820 does not call usable. */
  readonly tablesAddress: number;
  readonly ioApic: { readonly id: number; readonly address: number };
  readonly localApicAddress: number;
  /** What port 0xB2 takes to switch to ACPI and back. */
  readonly acpiEnable: number;
  readonly acpiDisable: number;
  readonly hasVga: boolean;
}

export interface AcpiTables {
  readonly rsdp: Uint8Array;
  readonly tables: Uint8Array;
  /** Where each table begins in guest memory, by signature. */
  readonly addresses: ReadonlyMap<string, number>;
}

export function buildAcpiTables(options: AcpiTablesOptions): AcpiTables {
  if (options.rsdpAddress % 16 !== 0 || options.tablesAddress % FACS_SIZE !== 0) {
    throw new HostError(
      'The ACPI tables need a 64-byte boundary and their RSDP a 16-byte boundary: choose other addresses.',
    );
  }
  const layout = new Layout(options.tablesAddress);
  const facs = layout.place('FACS', [...ascii('FACS'), ...dword(FACS_SIZE), ...zeros(24), 1, ...zeros(31)]);
  const dsdt = layout.place('DSDT', table('DSDT', 1, dsdtTerms(options)));
  const listed = [
    layout.place('FACP', table('FACP', 3, fadt(options, facs, dsdt))),
    layout.place('APIC', table('APIC', 1, madt(options))),
    ...(options.hpetAddress === null ? [] : [layout.place('HPET', table('HPET', 1, hpet(options.hpetAddress)))]),
  ];
  const rsdt = layout.place(
    'RSDT',
    table(
      'RSDT',
      1,
      listed.flatMap((address) => dword(address)),
    ),
  );
  const xsdt = layout.place(
    'XSDT',
    table(
      'XSDT',
      1,
      listed.flatMap((address) => qword(address)),
    ),
  );
  return {
    rsdp: Uint8Array.from(rsdp(rsdt, xsdt)),
    tables: Uint8Array.from(layout.bytes),
    addresses: layout.addresses,
  };
}

/** Tables one after the other, each on a 64-byte boundary. */
class Layout {
  readonly bytes: number[] = [];
  readonly addresses = new Map<string, number>();
  readonly #base: number;

  constructor(base: number) {
    this.#base = base;
  }

  place(signature: string, bytes: Aml): number {
    while (this.bytes.length % FACS_SIZE !== 0) this.bytes.push(0);
    const address = this.#base + this.bytes.length;
    this.addresses.set(signature, address);
    this.bytes.push(...bytes);
    return address;
  }
}

function zeros(count: number): Aml {
  return Array.from({ length: count }, () => 0);
}

function qword(value: number): Aml {
  return [...dword(value), ...dword(Math.floor(value / 2 ** 32))];
}

function checksum(covered: Aml): number {
  return -covered.reduce((sum, byte) => sum + byte, 0) & 0xff;
}

/** 5.2.6: the header that every table but RSDP and FACS has. */
function table(signature: string, revision: number, body: Aml): Aml {
  const whole = [
    ...ascii(signature),
    ...dword(HEADER_SIZE + body.length),
    revision,
    0,
    ...ascii(OEM_ID),
    ...ascii(OEM_TABLE_ID),
    ...dword(1),
    ...ascii(CREATOR_ID),
    ...dword(1),
    ...body,
  ];
  whole[9] = checksum(whole);
  return whole;
}

/** 5.2.5.3: revision 2, with a checksum for its first 20 bytes and one for all. */
function rsdp(rsdt: number, xsdt: number): Aml {
  const bytes = [
    ...ascii('RSD PTR '),
    0,
    ...ascii(OEM_ID),
    2,
    ...dword(rsdt),
    ...dword(36),
    ...qword(xsdt),
    0,
    0,
    0,
    0,
  ];
  bytes[8] = checksum(bytes.slice(0, 20));
  bytes[32] = checksum(bytes);
  return bytes;
}

/** 5.2.3.1: a register in port space. */
function portRegister(port: number, bits: number, accessSize: number): Aml {
  return [1, bits, 0, accessSize, ...qword(port)];
}

/** 5.2.9, in the order of table 5-10. */
function fadt(options: AcpiTablesOptions, facs: number, dsdt: number): Aml {
  const { pmBase } = options;
  const bootArch = LEGACY_DEVICES | (options.hasKeyboard ? KBC_8042 : 0) | (options.hasVga ? 0 : VGA_NOT_PRESENT);
  const flags = WBINVD | PROC_C1 | SLP_BUTTON | FIX_RTC | RESET_REG_SUP;
  return [
    ...dword(facs),
    ...dword(dsdt),
    ...bytes(0, 1), // reserved; preferred profile: desktop
    ...word(SCI_IRQ),
    ...dword(0xb2),
    ...bytes(options.acpiEnable, options.acpiDisable, 0, 0),
    ...dword(pmBase), // PM1a event block
    ...dword(0),
    ...dword(pmBase + 4), // PM1a control block
    ...dword(0),
    ...dword(0),
    ...dword(pmBase + 8), // PM timer
    ...dword(pmBase + 12), // GPE0
    ...dword(0),
    ...bytes(4, 2, 0, 4, 4, 0, 0, 0), // their lengths; GPE1 base; no C-state control
    ...word(0xfff), // C2 and C3 not supported
    ...word(0xfff),
    ...zeros(6), // cache flushing and duty cycle: not needed, not there
    ...bytes(0, 0, 0x32), // no day and month alarm; century in CMOS
    ...word(bootArch),
    0,
    ...dword(flags),
    ...portRegister(0xcf9, 8, 1),
    ...bytes(0x06, 0, 0, 0), // hard reset
    ...qword(0), // FACS is given above
    ...qword(dsdt),
    ...portRegister(pmBase, 32, 2),
    ...zeros(12),
    ...portRegister(pmBase + 4, 16, 2),
    ...zeros(24),
    ...portRegister(pmBase + 8, 32, 3),
    ...portRegister(pmBase + 12, 32, 1),
    ...zeros(12),
  ];
}

/** 5.2.12: processors, the I/O APIC, and how ISA interrupts reach it. */
function madt(options: AcpiTablesOptions): Aml {
  const { ioApic } = options;
  const override = (irq: number, gsi: number, flags: number): Aml => [2, 10, 0, irq, ...dword(gsi), ...word(flags)];
  const levels = new Set([SCI_IRQ, ...options.pirqRoutes]);
  return [
    ...dword(options.localApicAddress),
    ...dword(1), // PCAT_COMPAT: there is a PIC pair
    ...options.apicIds.flatMap((apicId, index) => [0, 8, index, apicId, ...dword(1)]),
    ...bytes(1, 12, ioApic.id, 0, ...dword(ioApic.address), ...dword(0)),
    ...override(0, 2, 0),
    ...[...levels].sort((a, b) => a - b).flatMap((irq) => override(irq, irq, LEVEL_HIGH)),
    ...bytes(4, 6, 0xff, 0, 0, 1), // NMI is LINT1 of every processor
  ];
}

/** The block's identifier is the lower half of its capabilities: revision 1, three 64-bit timers, legacy route, Intel. */
function hpet(address: number): Aml {
  return [...dword(0x8086_a201), 0, 64, 0, 0, ...qword(address), 0, ...word(100), 0];
}
