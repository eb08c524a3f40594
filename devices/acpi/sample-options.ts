// One machine to build tables for, in tests and in the check with iasl.
import { pirqOf } from '../pci/pci-bus.ts';
import type { AcpiTablesOptions } from './acpi-tables.ts';

export const sampleOptions: AcpiTablesOptions = {
  rsdpAddress: 0xf0000,
  tablesAddress: 0x7fe0000,
  apicIds: [0],
  ioApic: { id: 0, address: 0xfec00000 },
  localApicAddress: 0xfee00000,
  hpetAddress: 0xfed00000,
  pmBase: 0x600,
  acpiEnable: 0xf1,
  acpiDisable: 0xf0,
  uarts: [
    { base: 0x3f8, irq: 4 },
    { base: 0x2f8, irq: 3 },
  ],
  hasKeyboard: true,
  hasMouse: true,
  hasVga: false,
  pirqRoutes: [10, 10, 11, 11],
  pirqOf,
  pciMemory: { first: 0xc0000000, last: 0xfebfffff },
  pciMemory64: { first: 0x100000000, last: 0xfffffffff },
};
