// From the flags -kernel, -initrd, -append and -bios to a boot plan. Files come from the host end.
import { HostError } from '../../device.ts';
import type { MachineOptions } from '../options.ts';
import type { BootEnvironment, BootPlan, NamedBytes } from './boot-plan.ts';
import { loadBzImage } from './bzimage.ts';
import { detectKernel } from './detect.ts';
import { moduleNames, type BootModule } from './low-structures.ts';
import { loadMultiboot } from './multiboot.ts';
import { loadPvh } from './pvh.ts';
import { loadRom } from './rom.ts';

/** Answers the file's bytes or throws a HostError that names the file and says what is wrong with it. */
export type ReadFile = (name: string) => Promise<Uint8Array>;

export async function loadImage(
  options: MachineOptions,
  readFile: ReadFile,
  environment: BootEnvironment,
): Promise<BootPlan> {
  const rom = options.bios === null ? null : loadRom(await named(options.bios, readFile));
  if (options.kernel === null) {
    if (rom === null) throw new HostError('There is nothing to boot: give -kernel FILE or -bios FILE.');
    return rom;
  }
  const plan = await loadKernel(await named(options.kernel, readFile), options, readFile, environment);
  // A kernel that is booted directly may still look at the firmware's ROM.
  return rom === null ? plan : { ...plan, rom: rom.rom };
}

async function loadKernel(
  kernel: NamedBytes,
  options: MachineOptions,
  readFile: ReadFile,
  environment: BootEnvironment,
): Promise<BootPlan> {
  const kind = detectKernel(kernel);
  if (kind === 'bzimage') {
    const initrd = options.initrd === null ? null : await named(options.initrd, readFile);
    return loadBzImage(kernel, initrd, options.append, environment);
  }
  const modules = await readModules(options.initrd, readFile);
  return (kind === 'multiboot' ? loadMultiboot : loadPvh)(kernel, modules, options.append, environment);
}

async function readModules(initrd: string | null, readFile: ReadFile): Promise<BootModule[]> {
  const modules: BootModule[] = [];
  for (const { file, text } of moduleNames(initrd)) modules.push({ text, bytes: await readFile(file) });
  return modules;
}

async function named(name: string, readFile: ReadFile): Promise<NamedBytes> {
  return { name, bytes: await readFile(name) };
}
