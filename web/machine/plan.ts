// From the choices on the page to a command line: which flags, which files, from where.
import { FLAGS, type Flag } from '../client.ts';
import { settings, type FlagChanges } from '../settings.ts';
import { DownloadError, download, type OnProgress } from './download.ts';
import { findGuest, guestUrl, OWN, type Guest } from './guests.ts';
import { ownFiles } from './own-files.ts';

export interface PlannedFile {
  readonly name: string;
  readonly size: number;
  load(onProgress: OnProgress, signal: AbortSignal): Promise<ArrayBuffer>;
}

export interface Plan {
  readonly id: string;
  readonly title: string;
  readonly argv: readonly string[];
  readonly files: readonly PlannedFile[];
}

/** One flag of a command line; a switch has no text. */
interface SetFlag {
  readonly name: string;
  readonly text: string | null;
}

/** Flags that make no sense on a page (files, terminals) or that the choice of a guest sets. */
const NOT_IN_FORM = new Set([
  'machine',
  'kernel',
  'initrd',
  'bios',
  'serial',
  'nographic',
  'name',
  'D',
  'help',
  'version',
]);

export const FORM_FLAGS: readonly Flag[] = FLAGS.filter(({ name }) => !NOT_IN_FORM.has(name));

const OWN_FLAGS: readonly SetFlag[] = [
  { name: 'm', text: '128' },
  { name: 'append', text: 'console=ttyS0' },
];

function flagNamed(name: string): Flag | undefined {
  return FLAGS.find((flag) => flag.name === name || flag.aliases?.includes(name));
}

/** Reads a guest's arguments as the command line does. */
function readFlags(args: readonly string[]): SetFlag[] {
  const flags: SetFlag[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const name = (args[index] ?? '').replace(/^--?/u, '');
    const takesValue = flagNamed(name)?.syntax !== null;
    if (takesValue) index += 1;
    flags.push({ name, text: takesValue ? (args[index] ?? '') : null });
  }
  return flags;
}

function guestFlags(guest: Guest | undefined): readonly SetFlag[] {
  return guest === undefined ? OWN_FLAGS : [{ name: 'm', text: String(guest.memory) }, ...readFlags(guest.args)];
}

/** Without a kernel there is nobody to read a command line. */
export function takesCommandLine(id: string): boolean {
  const guest = findGuest(id);
  if (guest === undefined) return ownFiles.value.flag === '-kernel';
  return guest.files.some(({ flag }) => flag === '-kernel');
}

export function changesOf(id: string): FlagChanges {
  return settings.value.flags[id] ?? {};
}

/** What a field of the form shows: the user's change, else what the guest comes with. */
export function fieldValue(id: string, flag: Flag): string | boolean {
  const changed = changesOf(id)[flag.name];
  if (typeof changed === (flag.syntax === null ? 'boolean' : 'string')) return changed ?? '';
  const set = guestFlags(findGuest(id)).find(({ name }) => name === flag.name);
  return flag.syntax === null ? set !== undefined : (set?.text ?? '');
}

function finalFlags(id: string): SetFlag[] {
  const changes = changesOf(id);
  const isForm = (name: string): boolean => FORM_FLAGS.some((flag) => flag.name === name);
  const untouched = guestFlags(findGuest(id)).filter(({ name }) => changes[name] === undefined);
  const changed = Object.entries(changes).flatMap(([name, value]): SetFlag[] => {
    if (!isForm(name) || value === '' || value === false) return [];
    return [{ name, text: value === true ? null : value }];
  });
  return [...untouched, ...changed].filter(({ name }) => name !== 'append' || takesCommandLine(id));
}

/** The plan for a guest of the site or for the user's own files; null if there is no such guest, or no file yet. */
export function planFor(id: string): Plan | null {
  const flags = finalFlags(id).flatMap(({ name, text }) => (text === null ? [`-${name}`] : [`-${name}`, text]));
  const guest = findGuest(id);
  if (guest !== undefined) return guestPlan(guest, flags);
  return id === OWN ? ownPlan(flags) : null;
}

function guestPlan(guest: Guest, flags: readonly string[]): Plan {
  const files = guest.files.map(({ path, size, sha256 }): PlannedFile => {
    const request = { name: path, url: guestUrl(path), size, sha256 };
    return { name: path, size, load: (onProgress, signal) => download(request, onProgress, signal) };
  });
  const fileFlags = guest.files.flatMap(({ flag, path }) => [flag, path]);
  return { id: guest.id, title: guest.title, argv: [...fileFlags, ...flags], files };
}

function ownPlan(flags: readonly string[]): Plan | null {
  const { image, flag, initrd } = ownFiles.value;
  if (image === null) return null;
  const files = [fileOf(image, '')];
  const argv: string[] = [flag, nameOf(image, '')];
  if (initrd !== null && flag === '-kernel') {
    const prefix = nameOf(initrd, '') === nameOf(image, '') ? 'initrd-' : '';
    files.push(fileOf(initrd, prefix));
    argv.push('-initrd', nameOf(initrd, prefix));
  }
  return { id: OWN, title: image.name, argv: [...argv, ...flags], files };
}

/** Blanks and commas separate in the value of -initrd. */
function nameOf(file: File, prefix: string): string {
  return prefix + file.name.replaceAll(/[\s,]/gu, '_');
}

function fileOf(file: File, prefix: string): PlannedFile {
  const load: PlannedFile['load'] = async (onProgress) => {
    const bytes = await file.arrayBuffer().catch(() => {
      throw new DownloadError(`${file.name} cannot be read any more: it was changed or moved. Choose it again.`);
    });
    onProgress({ received: bytes.byteLength, total: bytes.byteLength, isDone: true, isFromCache: false });
    return bytes;
  };
  return { name: nameOf(file, prefix), size: file.size, load };
}

/** The same machine on a command line, for people to copy. */
export function commandLine(plan: Plan): string {
  const words = plan.argv.map((word) => (/^[\w./:=,+-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`));
  return `vitrine ${words.join(' ')}`;
}
