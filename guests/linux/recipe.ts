// The Linux guest: Debian's 32-bit kernel, unmodified, and an initramfs of Debian's static busybox and three small files of ours.
import { readFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';
import { writeCpio, type Entry } from '../cpio.ts';
import { Archive, readPackageFiles, type Package } from '../debian.ts';
import { sha256, type GuestDescription } from '../manifest.ts';

const INPUTS = ['recipe.ts', 'init', 'motd', 'profile', '../cpio.ts'];

function input(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, import.meta.url)));
}

export const id = 'linux-i386';

export function recipeHash(): string {
  return sha256(...INPUTS.map(input));
}

export function make(): GuestDescription {
  const archive = new Archive('i386');
  archive.update();
  // The unversioned package depends on the kernel of the day.
  const current = archive.dependencies('linux-image-686').find((name) => name.startsWith('linux-image-')) ?? '';
  const kernel = archive.download(current, `${current}-unsigned`);
  const busybox = archive.download('busybox-static');
  const [kernelImage, kernelLicence] = readImage(kernel, /^\.\/boot\/vmlinuz-/);
  const [busyboxImage, busyboxLicence] = readImage(busybox, /^\.\/(usr\/)?bin\/busybox$/);
  const sources = [kernel, busybox].map(({ name, version }) => `${name} ${version} (Debian, i386)`);
  return {
    id,
    title: 'Linux (Debian kernel, 32-bit)',
    description: `The unmodified Debian kernel ${current.replace('linux-image-', '')} with a shell on the serial console.`,
    memory: 64,
    args: ['-append', 'console=ttyS0'],
    prompt: 'vitrine:/# ',
    files: [
      { flag: '-kernel', name: 'vmlinuz', data: kernelImage },
      { flag: '-initrd', name: 'initrd.img', data: makeInitramfs(busyboxImage) },
    ],
    extra: [
      { name: 'copyright-linux.txt', data: kernelLicence },
      { name: 'copyright-busybox.txt', data: busyboxLicence },
    ],
    licence: `GNU GPL version 2. The source is Debian's, of these packages: ${sources.join(', ')}. Their copyright files lie beside the images.`,
    sources,
    recipe: recipeHash(),
  };
}

/** The file that is wanted and the package's copyright file. */
function readImage(archive: Package, pattern: RegExp): [Uint8Array, Uint8Array] {
  const [image, licence] = readPackageFiles(archive, [pattern, /^\.\/usr\/share\/doc\/[^/]+\/copyright$/]);
  if (!image || !licence) throw new Error('readPackageFiles answers every pattern');
  return [image, licence];
}

function makeInitramfs(busybox: Uint8Array): Uint8Array {
  const directory = (path: string, mode = 0o755): Entry => ({ path, kind: 'directory', mode });
  const file = (path: string, data: Uint8Array, mode = 0o755): Entry => ({ path, kind: 'file', mode, data });
  const entries: Entry[] = [
    ...['bin', 'sbin', 'dev', 'etc', 'proc', 'sys', 'usr', 'usr/bin', 'usr/sbin'].map((path) => directory(path)),
    directory('root', 0o700),
    directory('tmp', 0o1777),
    // The kernel opens it as the first process's terminal before anything is mounted.
    { path: 'dev/console', kind: 'device', mode: 0o600, device: [5, 1] },
    file('init', input('init')),
    file('bin/busybox', busybox),
    { path: 'bin/sh', kind: 'link', mode: 0o777, data: 'busybox' },
    file('etc/motd', input('motd'), 0o644),
    file('etc/profile', input('profile'), 0o644),
    file('etc/passwd', new TextEncoder().encode('root::0:0:root:/root:/bin/sh\n'), 0o644),
    file('etc/group', new TextEncoder().encode('root:x:0:\n'), 0o644),
  ];
  return new Uint8Array(gzipSync(writeCpio(entries), { level: constants.Z_BEST_COMPRESSION }));
}
