// What firmware would have left in memory for a kernel that is started without it: the ACPI tables.
import { FEATURE_PAE, PHYSICAL_ADDRESS_BITS } from '../../assembly/shared/features.ts';
import { ACPI_DISABLE, ACPI_ENABLE } from '../acpi-pm.ts';
import { buildAcpiTables } from '../acpi/acpi-tables.ts';
import { assert } from '../device.ts';
import { pirqOf } from '../pci/pci-bus.ts';
import * as board from './board.ts';
import { hasFeature, type CpuModel } from './cpu-model.ts';
import { ONE_MEGABYTE, type Placement } from './load/boot-plan.ts';

export function firmwareTables(serialPorts: number, cpu: CpuModel): readonly Placement[] {
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
    pciMemory: { first: board.PCI_MEMORY_BASE, last: board.PCI_MEMORY_END - 1 },
    pciMemory64: hasFeature(cpu, FEATURE_PAE)
      ? { first: board.PCI_MEMORY_64_BASE, last: 2 ** PHYSICAL_ADDRESS_BITS - 1 }
      : null,
  });
  assert(board.ACPI_TABLES_ADDRESS + tables.length <= ONE_MEGABYTE, 'the ACPI tables do not fit under 1 MB');
  return [
    { address: board.RSDP_ADDRESS, bytes: rsdp },
    { address: board.ACPI_TABLES_ADDRESS, bytes: tables },
  ];
}
