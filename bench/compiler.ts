// The C compiler of the workload `compile`: Debian's tcc, which needs nothing but the C library.
import type { Entry } from '../guests/cpio.ts';
import { Archive, PackageError, readPackageFiles } from '../guests/debian.ts';
import type { Architecture } from './build-workloads.ts';

/** Where it is in the guest. */
export const COMPILER = '/bench/tcc';

const LIBRARIES = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0'];
const LOADER: Readonly<Record<Architecture, string>> = {
  i386: 'lib/ld-linux.so.2',
  amd64: 'lib64/ld-linux-x86-64.so.2',
};

/** The compiler and its libraries for the initramfs; nothing, with a note, where there are no packages. */
export function takeCompiler(architecture: Architecture, notes: string[]): Entry[] {
  try {
    const archive = new Archive(architecture);
    archive.update('tcc');
    const loader = LOADER[architecture];
    const name = loader.slice(loader.lastIndexOf('/') + 1);
    const pattern = (file: string): RegExp => new RegExp(`/${file.replaceAll('.', '\\.')}$`);
    const [program = new Uint8Array()] = readPackageFiles(archive.download('tcc'), [/^\.\/usr\/bin\/tcc$/]);
    const libraries = readPackageFiles(archive.download('libc6'), [name, ...LIBRARIES].map(pattern));
    const paths = [loader, ...LIBRARIES.map((file) => `lib/${file}`)];
    const executable = { kind: 'file', mode: 0o755 } as const;
    return [
      { path: COMPILER.slice(1), ...executable, data: program },
      ...[...new Set(paths.map((path) => path.slice(0, path.indexOf('/'))))].map((path): Entry => ({
        path,
        kind: 'directory',
      })),
      ...paths.map((path, index): Entry => ({ path, ...executable, data: libraries[index] ?? new Uint8Array() })),
    ];
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    notes.push(`compile: ${error.message}.`);
    return [];
  }
}
