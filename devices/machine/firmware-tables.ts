// What firmware would have left in memory for a kernel that is started without it: the ACPI tables.
import { ACPI_DISABLE, ACPI_ENABLE } from '../acpi-pm.ts';
import { buildAcpiTables } from '../acpi/acpi-tables.ts';
import { assert } from '../device.ts';
import { pirqOf } from '../pci/pci-bus.ts';
import * as board from './board.ts';
import { alignUp, ONE_MEGABYTE, type Placement } from './load/boot-plan.ts';

/** BARs of PCI devices begin on a boundary of their size; 256 MB leaves every size that fits a place. */
const PCI_MEMORY_ALIGNMENT = 0x10000000;

export function firmwareTables(ramBytes: number, serialPorts: number): readonly Placement[] {
  const { rsdp, tables } = buildAcpiTables({
    rsdpAddress: board.RSDP_ADDRESS,
    tablesAddress: board.ACPI_TABLES_ADDRESS,
    apicIds: [0],
    ioApic: { id: 0, address: board.IOAPIC_BASE },
    localApicAddress: board.LOCAL_APIC_BASE,
    hpetAddress: board.HPET_BASE,
    pmBase: board.PM_BASE,
    acpiEnable: ACPI_ENABLE,
    acpiDisable: ACPI_DISABLE,
    uarts: board.SERIAL_PORTS.slice(0, serialPorts),
    hasKeyboard: true,
    hasMouse: false,
    hasVga: false,
    pirqRoutes: board.PIRQ_ROUTES,
    pirqOf,
    pciMemory: { first: alignUp(ramBytes, PCI_MEMORY_ALIGNMENT), last: board.PCI_MEMORY_END - 1 },
  });
  assert(board.ACPI_TABLES_ADDRESS + tables.length <= ONE_MEGABYTE, 'the ACPI tables do not fit under 1 MB');
  return [
    { address: board.RSDP_ADDRESS, bytes: rsdp },
    { address: board.ACPI_TABLES_ADDRESS, bytes: tables },
  ];
}
