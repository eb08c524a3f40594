// PVH: an ELF file whose Xen note names a 32-bit entry (Xen's docs/misc/pvh and public/arch-x86/hvm/start_info.h).
// Not here: the serial console structure, the 64-bit files that Linux for x86-64 is (their entry is 32-bit code, but what
// follows needs long mode).
import { HostError } from '../../device.ts';
import {
  cString,
  flatEntry,
  flatGdt,
  memoryMap,
  type BootEnvironment,
  type BootPlan,
  type NamedBytes,
  type Placement,
} from './boot-plan.ts';
import { loadSegments, notes, readElf, type ElfImage } from './elf.ts';
import { checkClear, endOf, LowStructures, placeModules, type BootModule } from './low-structures.ts';

const XEN_ELFNOTE_PHYS32_ENTRY = 18;
const START_MAGIC = 0x336ec578;
/** Version 1 has the memory map. */
const START_VERSION = 1;
const START_SIZE = 56;
const MODULE_SIZE = 32;
const MEMORY_MAP_ENTRY_SIZE = 24;

/** The entry that the note names, or null if there is none. */
export function pvhEntry(image: ElfImage): number | null {
  for (const { name, type, descriptor } of notes(image)) {
    if (name !== 'Xen' || type !== XEN_ELFNOTE_PHYS32_ENTRY || descriptor.length < 4) continue;
    return new DataView(descriptor.buffer, descriptor.byteOffset, 4).getUint32(0, true);
  }
  return null;
}

export function loadPvh(
  kernel: NamedBytes,
  modules: readonly BootModule[],
  append: string,
  environment: BootEnvironment,
): BootPlan {
  const image = readElf(kernel);
  const entry = pvhEntry(image);
  if (entry === null)
    throw new HostError(`${kernel.name} has no PVH entry: build it with CONFIG_PVH, or give its bzImage.`);
  const placements = loadSegments(kernel, image, environment.ramBytes);
  checkClear(kernel, placements);
  const modulePlaces = placeModules(endOf(placements), modules, environment.ramBytes);
  const low = new LowStructures();
  const start = placeStartInfo(low, append, modules, modulePlaces, environment);
  return {
    description: 'PVH kernel (ELF)',
    warnings: [],
    placements: [flatGdt(), ...placements, ...modulePlaces, ...low.placements],
    rom: null,
    entry: flatEntry(entry, { ebx: start }),
  };
}

function placeStartInfo(
  low: LowStructures,
  append: string,
  modules: readonly BootModule[],
  modulePlaces: readonly Placement[],
  environment: BootEnvironment,
): number {
  const bytes = new Uint8Array(START_SIZE);
  const view = new DataView(bytes.buffer);
  const address = low.place(bytes);
  const map = memoryMap(environment.ramBytes);
  view.setUint32(0, START_MAGIC, true);
  view.setUint32(4, START_VERSION, true);
  view.setUint32(12, modules.length, true);
  view.setBigUint64(16, BigInt(placeModuleList(low, modules, modulePlaces)), true);
  view.setBigUint64(24, BigInt(low.place(cString(append))), true);
  view.setBigUint64(32, BigInt(environment.rsdp), true);
  view.setBigUint64(40, BigInt(placeMemoryMap(low, map)), true);
  view.setUint32(48, map.length, true);
  return address;
}

/** hvm_modlist_entry: address, size, command line, reserved; zero where there is no list. */
function placeModuleList(low: LowStructures, modules: readonly BootModule[], places: readonly Placement[]): number {
  if (modules.length === 0) return 0;
  const list = new Uint8Array(modules.length * MODULE_SIZE);
  const view = new DataView(list.buffer);
  const address = low.place(list);
  modules.forEach((module, index) => {
    const place = places[index];
    if (place === undefined) return;
    view.setBigUint64(index * MODULE_SIZE, BigInt(place.address), true);
    view.setBigUint64(index * MODULE_SIZE + 8, BigInt(place.bytes.length), true);
    view.setBigUint64(index * MODULE_SIZE + 16, BigInt(low.place(cString(module.text))), true);
  });
  return address;
}

function placeMemoryMap(low: LowStructures, entries: ReturnType<typeof memoryMap>): number {
  const bytes = new Uint8Array(entries.length * MEMORY_MAP_ENTRY_SIZE);
  const view = new DataView(bytes.buffer);
  entries.forEach((entry, index) => {
    const at = index * MEMORY_MAP_ENTRY_SIZE;
    view.setBigUint64(at, BigInt(entry.base), true);
    view.setBigUint64(at + 8, BigInt(entry.length), true);
    view.setUint32(at + 16, entry.type, true);
  });
  return low.place(bytes);
}
