// The Linux guests: Debian's own kernels, unmodified, and an initramfs of Debian's static busybox and three small files of ours.
// One recipe, several architectures; the 64-bit guest has lscpu and its libraries too.
import { readFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';
import { writeCpio, type Entry } from '../cpio.ts';
import { Archive, readPackageFiles, type Package } from '../debian.ts';
import { sha256, type GuestDescription, type Recipe } from '../manifest.ts';

const INPUTS = ['recipe.ts', 'init', 'motd', 'profile', '../cpio.ts'];

/** A file of a package, and where it goes in the guest. */
interface PackageFile {
  readonly package: string;
  readonly pattern: RegExp;
  readonly path: string;
}

interface Variant {
  readonly id: string;
  readonly title: string;
  readonly architecture: 'i386' | 'amd64';
  /** The unversioned package, which depends on the kernel of the day. */
  readonly kernel: string;
  readonly memory: number;
  /** Programs beside busybox, with what they need to run. */
  readonly programs: readonly PackageFile[];
}

const AMD64_LIBRARIES = 'lib/x86_64-linux-gnu';

/** lscpu tells more about the CPU than /proc/cpuinfo; it is no part of busybox. */
const LSCPU: readonly PackageFile[] = [
  { package: 'util-linux', pattern: /^\.\/usr\/bin\/lscpu$/, path: 'usr/bin/lscpu' },
  {
    package: 'libsmartcols1',
    pattern: /\/libsmartcols\.so\.1\.[\d.]+$/,
    path: `${AMD64_LIBRARIES}/libsmartcols.so.1`,
  },
  { package: 'libc6', pattern: /\/x86_64-linux-gnu\/libc\.so\.6$/, path: `${AMD64_LIBRARIES}/libc.so.6` },
  {
    package: 'libc6',
    pattern: /\/x86_64-linux-gnu\/ld-linux-x86-64\.so\.2$/,
    path: 'lib64/ld-linux-x86-64.so.2',
  },
];

const VARIANTS: readonly Variant[] = [
  {
    id: 'linux-amd64',
    title: 'Linux (Debian kernel, 64-bit)',
    architecture: 'amd64',
    kernel: 'linux-image-amd64',
    memory: 128,
    programs: LSCPU,
  },
  {
    id: 'linux-i386',
    title: 'Linux (Debian kernel, 32-bit)',
    architecture: 'i386',
    kernel: 'linux-image-686',
    memory: 64,
    programs: [],
  },
  {
    id: 'linux-pae',
    title: 'Linux (Debian kernel, 32-bit with PAE)',
    architecture: 'i386',
    kernel: 'linux-image-686-pae',
    memory: 64,
    programs: [],
  },
];

export const recipes: readonly Recipe[] = VARIANTS.map((variant) => ({
  id: variant.id,
  recipeHash: () => recipeHash(variant.id),
  make: () => make(variant),
}));

function recipeHash(id: string): string {
  return sha256(id, ...INPUTS.map(input));
}

function input(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, import.meta.url)));
}

function make(variant: Variant): GuestDescription {
  const { id, title, architecture, memory } = variant;
  const archive = new Archive(architecture);
  archive.update(variant.kernel);
  const current = archive.dependencies(variant.kernel).find((name) => name.startsWith('linux-image-')) ?? '';
  const collection = new Collection(archive);
  const kernel = collection.take([current, `${current}-unsigned`], [/^\.\/boot\/vmlinuz-/]);
  const busybox = collection.take(['busybox-static'], [/^\.\/(usr\/)?bin\/busybox$/]);
  const programs = takePrograms(collection, variant.programs);
  const sources = collection.packages.map(({ name, version }) => `${name} ${version} (Debian, ${architecture})`);
  return {
    id,
    title,
    description: `The unmodified Debian kernel ${current.replace('linux-image-', '')} with a shell on the serial console.`,
    memory,
    args: ['-append', 'console=ttyS0'],
    prompt: 'vitrine:/# ',
    files: [
      { flag: '-kernel', name: 'vmlinuz', data: single(kernel) },
      { flag: '-initrd', name: 'initrd.img', data: makeInitramfs(single(busybox), programs) },
    ],
    extra: collection.licences,
    licence: `GNU GPL version 2${programs.length === 0 ? '' : '; the libraries: GNU LGPL version 2.1'}. The source is Debian's, of these packages: ${sources.join(', ')}. Their copyright files lie beside the images.`,
    sources,
    recipe: recipeHash(id),
  };
}

/** Packages that a guest takes files from, each with its copyright file. */
class Collection {
  readonly packages: Package[] = [];
  readonly licences: { name: string; data: Uint8Array }[] = [];
  readonly #archive: Archive;

  constructor(archive: Archive) {
    this.#archive = archive;
  }

  /** The files that match, from the first of the packages that there is. */
  take(names: readonly string[], patterns: readonly RegExp[]): Uint8Array[] {
    const found = this.#archive.download(...names);
    const copyright = /^\.\/usr\/share\/doc\/[^/]+\/copyright$/;
    const [licence = new Uint8Array(), ...files] = readPackageFiles(found, [copyright, ...patterns]);
    this.packages.push(found);
    this.licences.push({ name: `copyright-${found.name}.txt`, data: licence });
    return files;
  }
}

function single([file]: readonly Uint8Array[]): Uint8Array {
  if (file === undefined) throw new Error('readPackageFiles answers every pattern');
  return file;
}

function takePrograms(collection: Collection, wanted: readonly PackageFile[]): Entry[] {
  return [...new Set(wanted.map((file) => file.package))].flatMap((name): Entry[] => {
    const files = wanted.filter((file) => file.package === name);
    const contents = collection.take(
      [name],
      files.map(({ pattern }) => pattern),
    );
    return files.map(({ path }, index) => ({ path, kind: 'file', mode: 0o755, data: contents[index] ?? '' }));
  });
}

function makeInitramfs(busybox: Uint8Array, programs: readonly Entry[]): Uint8Array {
  const directory = (path: string, mode = 0o755): Entry => ({ path, kind: 'directory', mode });
  const file = (path: string, data: Uint8Array, mode = 0o755): Entry => ({ path, kind: 'file', mode, data });
  const folders = ['bin', 'sbin', 'dev', 'etc', 'proc', 'sys', 'usr', 'usr/bin', 'usr/sbin'];
  const entries: Entry[] = [...new Set([...folders, ...programs.flatMap(({ path }) => parents(path))])].map((path) =>
    directory(path),
  );
  entries.push(
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
    ...programs,
  );
  return new Uint8Array(gzipSync(writeCpio(entries), { level: constants.Z_BEST_COMPRESSION }));
}

/** 'usr', 'usr/bin' of 'usr/bin/lscpu'. */
function parents(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
