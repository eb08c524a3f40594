// The machines that are compared, each as a process whose standard output is the guest's first serial line.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Archive, PackageError, readPackageFiles } from '../guests/debian.ts';
import { ROOT } from '../scripts/set-up.mjs';
import { chromiumPath } from '../scripts/system-packages.mjs';
import type { Architecture } from './build-workloads.ts';

export interface Load {
  readonly architecture: Architecture;
  readonly memory: number;
  /** A ROM that starts by itself, or a kernel. */
  readonly bios?: string;
  readonly kernel?: string;
  readonly initrd?: string;
  readonly append?: string;
}

export interface Subject {
  readonly id: string;
  readonly title: string;
  /** Which program it is, with its version. Throws Unavailable where there is none. */
  version(): string;
  /** Whether it runs 64-bit guests. */
  readonly has64: boolean;
  command(load: Load): readonly [string, ...string[]];
}

/** Why a subject cannot take part, in words. */
export class Unavailable extends Error {}

const BUILD = join(ROOT, 'build/bench');
const require = createRequire(import.meta.url);

/** Flags that QEMU and Vitrine share. */
function qemuFlags(load: Load): string[] {
  const flag = (name: string, value: string | undefined): string[] => (value === undefined ? [] : [name, value]);
  return [
    '-m',
    String(load.memory),
    ...flag('-bios', load.bios),
    ...flag('-kernel', load.kernel),
    ...flag('-initrd', load.initrd),
    ...flag('-append', load.append),
    '-serial',
    'stdio',
    '-no-reboot',
  ];
}

function vitrine(accel: string, title: string): Subject {
  return {
    id: `vitrine-${accel}`,
    title,
    has64: true,
    version: () => `Vitrine ${JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version as string}`,
    command: (load) => [process.execPath, join(ROOT, 'dist-cli/vitrine.mjs'), '-accel', accel, ...qemuFlags(load)],
  };
}

/** The built page's worker in headless Chromium. */
const vitrineChromium: Subject = {
  id: 'vitrine-chromium',
  title: 'Vitrine, Chromium',
  has64: true,
  version: chromiumVersion,
  command: ({ architecture: _, memory, append, ...files }) => {
    const flags = [...Object.keys(files).flatMap((name) => [`-${name}`, name]), '-serial', 'stdio', '-no-reboot'];
    const argv = ['-m', String(memory), ...flags, ...(append === undefined ? [] : ['-append', append])];
    return inChromium({ machine: 'vitrine', argv, files });
  },
};

const v86Chromium: Subject = {
  id: 'v86-chromium',
  title: 'v86, Chromium',
  has64: false,
  version: chromiumVersion,
  command: ({ architecture: _, memory, append, ...files }) =>
    inChromium({ machine: 'v86', memory, append, files: { ...files, ...(files.bios === undefined ? seabios() : {}) } }),
};

function inChromium(settings: object): [string, ...string[]] {
  return [process.execPath, join(ROOT, 'bench/chromium.mjs'), JSON.stringify(settings)];
}

function chromiumVersion(): string {
  const path = chromiumPath();
  if (path === undefined) throw new Unavailable('Chromium is not installed');
  return spawnSync(path, ['--version', '--no-sandbox'], { encoding: 'utf8' }).stdout.trim();
}

function v86(jit: boolean): Subject {
  return {
    id: jit ? 'v86' : 'v86-nojit',
    title: jit ? 'v86, JIT' : 'v86, no JIT',
    has64: false,
    version: () => `v86 ${JSON.parse(readFileSync(require.resolve('v86/package.json'), 'utf8')).version as string}`,
    command: (load) => {
      const wasm = join(ROOT, 'node_modules/v86/build/v86.wasm');
      const firmware = load.bios === undefined ? seabios() : { bios: load.bios };
      const settings = { wasm, jit, ...load, ...firmware };
      return [process.execPath, join(ROOT, 'bench/v86.mjs'), JSON.stringify(settings)];
    },
  };
}

/** v86 starts kernels through SeaBIOS: Debian's, unpacked beside the other downloads. */
function seabios(): { bios: string; vgaBios: string } {
  const paths = { bios: join(BUILD, 'bios.bin'), vgaBios: join(BUILD, 'vgabios-stdvga.bin') };
  try {
    const archive = new Archive('i386');
    archive.update('seabios');
    const files = readPackageFiles(archive.download('seabios'), [
      /\/seabios\/bios\.bin$/,
      /\/seabios\/vgabios-stdvga\.bin$/,
    ]);
    mkdirSync(BUILD, { recursive: true });
    Object.values(paths).forEach((path, index) => writeFileSync(path, files[index] ?? new Uint8Array()));
  } catch (error) {
    if (error instanceof PackageError) throw new Unavailable(`v86 needs a BIOS: ${error.message}`);
    throw error;
  }
  return paths;
}

const QEMU: Readonly<Record<Architecture, string>> = { i386: 'qemu-system-i386', amd64: 'qemu-system-x86_64' };

const qemu: Subject = {
  id: 'qemu',
  title: 'QEMU TCG',
  has64: true,
  version: () => {
    const result = spawnSync(QEMU.i386, ['--version'], { encoding: 'utf8' });
    if (result.error) throw new Unavailable(`${QEMU.i386} is not installed`);
    return result.stdout.split('\n')[0] ?? '';
  },
  command: (load) => [
    QEMU[load.architecture],
    '-accel',
    'tcg',
    '-display',
    'none',
    '-monitor',
    'none',
    ...qemuFlags(load),
  ],
};

export const SUBJECTS: readonly Subject[] = [
  vitrine('interp', 'Vitrine, interpreter'),
  vitrine('jit', 'Vitrine, JIT'),
  v86(false),
  v86(true),
  qemu,
  vitrineChromium,
  v86Chromium,
];
