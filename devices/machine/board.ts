// Addresses and interrupts of the PC's board, where every PC has them; pc.ts wires by them and firmware-tables.ts tells guests.

/** COM1 to COM4. */
export const SERIAL_PORTS = [
  { base: 0x3f8, irq: 4 },
  { base: 0x2f8, irq: 3 },
  { base: 0x3e8, irq: 4 },
  { base: 0x2e8, irq: 3 },
] as const;

export const ISA_IRQS = 16;
export const KEYBOARD_IRQ = 1;
export const RTC_IRQ = 8;
export const SCI_IRQ = 9;
export const AUX_IRQ = 12;
export const FPU_IRQ = 13;

export const IOAPIC_INPUTS = 24;
export const IOAPIC_BASE = 0xfec00000;
export const LOCAL_APIC_BASE = 0xfee00000;
export const HPET_BASE = 0xfed00000;
/** Outputs of the HPET that are ISA lines: in legacy replacement mode it stands in for PIT and RTC. */
export const HPET_ISA_PINS: readonly number[] = [0, RTC_IRQ];

export const PM_BASE = 0x600;
/** What firmware chose for PIRQA# to PIRQD#. */
export const PIRQ_ROUTES = [10, 10, 11, 11] as const;
/** The PCI hole: memory for BARs, from where RAM can end at most to where the IOAPIC begins. */
export const PCI_MEMORY_BASE = 0xc0000000;
export const PCI_MEMORY_END = IOAPIC_BASE;
/** No RAM is above 4 GB: all of it is for 64-bit BARs. */
export const PCI_MEMORY_64_BASE = 0x1_0000_0000;

/** ACPI tables, in the 64 KB that E820 reserves under 1 MB. */
export const RSDP_ADDRESS = 0xf0000;
export const ACPI_TABLES_ADDRESS = 0xf0040;
