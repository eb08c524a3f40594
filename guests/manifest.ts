// build/guests/manifest.json: the guests that were made, for the page, the tests and the benchmarks.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../scripts/set-up.mjs';

export const GUESTS = join(ROOT, 'build/guests');

/** As the page and the lists of the command line offer them: the first is the one that starts by itself. */
const ORDER: readonly string[] = ['linux-amd64', 'linux-i386', 'linux-pae', 'hello'];

export interface GuestFile {
  /** The flag of the command line that takes the file. */
  readonly flag: '-kernel' | '-initrd' | '-bios';
  /** Relative to the manifest. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

export interface Guest {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Megabytes: the value of -m. */
  readonly memory: number;
  /** Further arguments of the command line, after -m and the files' flags. */
  readonly args: readonly string[];
  readonly files: readonly GuestFile[];
  readonly licence: string;
  /** What stands on the serial line when the guest waits for its first command. */
  readonly prompt: string;
  /** Where it comes from, with versions. */
  readonly sources: readonly string[];
  /** Hash of the recipe that made it. */
  readonly recipe: string;
}

interface Manifest {
  readonly version: 1;
  readonly guests: readonly Guest[];
}

/** What a recipe hands over: the manifest's entry is made from it. */
export type GuestDescription = Omit<Guest, 'files'> & {
  readonly files: readonly { readonly flag: GuestFile['flag']; readonly name: string; readonly data: Uint8Array }[];
  /** Further files of the folder that no flag takes, such as licences. */
  readonly extra?: readonly { readonly name: string; readonly data: Uint8Array }[];
};

/** How one guest is made. */
export interface Recipe {
  readonly id: string;
  recipeHash(): string;
  make(): GuestDescription;
}

export function sha256(...parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

export function readGuests(): readonly Guest[] {
  const path = join(GUESTS, 'manifest.json');
  if (!existsSync(path)) return [];
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  return manifest.version === 1 ? manifest.guests : [];
}

export function findGuest(id: string): Guest | undefined {
  return readGuests().find((guest) => guest.id === id);
}

/** Whether the guest is there as this recipe made it, every byte of it. */
export function isCurrent(id: string, recipe: string): boolean {
  const guest = findGuest(id);
  return guest?.recipe === recipe && guest.files.every(isWhole);
}

function isWhole(file: GuestFile): boolean {
  const path = join(GUESTS, file.path);
  return existsSync(path) && sha256(readFileSync(path)) === file.sha256;
}

/** Puts the guest's folder in place and its entry into the manifest. Whoever reads meanwhile sees the old or the new one. */
export function install(description: GuestDescription): Guest {
  const { files, extra = [], ...rest } = description;
  const folder = join(GUESTS, rest.id);
  const fresh = `${folder}.${randomUUID()}`;
  mkdirSync(fresh, { recursive: true });
  for (const { name, data } of [...files, ...extra]) writeFileSync(join(fresh, name), data);
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  const guest: Guest = {
    ...rest,
    files: files.map(({ flag, name, data }) => ({
      flag,
      path: `${rest.id}/${name}`,
      size: data.length,
      sha256: sha256(data),
    })),
  };
  writeManifest([...readGuests().filter(({ id }) => id !== guest.id), guest]);
  return guest;
}

/** Brings a manifest that an earlier version wrote into the order of today. */
export function orderManifest(): void {
  const guests = readGuests();
  const isOrdered = guests.every((guest, index) => index === 0 || place(guests[index - 1] ?? guest) <= place(guest));
  if (!isOrdered) writeManifest(guests);
}

function writeManifest(guests: readonly Guest[]): void {
  const path = join(GUESTS, 'manifest.json');
  const fresh = `${path}.${randomUUID()}`;
  mkdirSync(dirname(path), { recursive: true });
  const manifest: Manifest = { version: 1, guests: guests.toSorted((a, b) => place(a) - place(b)) };
  writeFileSync(fresh, `${JSON.stringify(manifest, null, 2)}\n`);
  renameSync(fresh, path);
}

/** Guests that the order does not name come last. */
function place({ id }: Guest): number {
  const index = ORDER.indexOf(id);
  return index < 0 ? ORDER.length : index;
}
