// Values of flags: sizes, character targets and `key=value,...` lists, in QEMU's spelling, checked with valibot.
// Every message completes the sentence "-flag VALUE: ...".
import * as v from 'valibot';
import { PCI_MEMORY_BASE } from './board.ts';

export const MIN_RAM_BYTES = 1024 * 1024;
/** RAM ends where the PCI hole begins: with what the core needs beside it, no more fits into a WebAssembly memory of 4 GB. */
export const MAX_RAM_BYTES = PCI_MEMORY_BASE;

/** Where the bytes of a serial port or of the debug console go. */
export type CharTarget =
  | { readonly kind: 'stdio' }
  | { readonly kind: 'null' }
  | { readonly kind: 'file'; readonly path: string };

const UNITS: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** `-m 128`, `-m 128M`, `-m 1G`, `-m size=1G`: megabytes unless a unit is given. */
export const ramSize = v.pipe(
  v.string(),
  v.regex(
    /^(size=)?[0-9]+(\.[0-9]+)?[KMGkmg]?$/u,
    'is not a size; write megabytes or a number with a unit, such as 128, 128M or 1G',
  ),
  v.transform((text) => {
    const number = Number.parseFloat(text.replace('size=', ''));
    const unit = UNITS[text.slice(-1).toUpperCase()] ?? 1024 ** 2;
    // Whole pages, as QEMU rounds.
    return Math.ceil((number * unit) / 4096) * 4096;
  }),
  v.minValue(MIN_RAM_BYTES, 'is too little; a PC needs at least 1M'),
  v.maxValue(MAX_RAM_BYTES, 'is too much; at most 3G of RAM fit below the PCI hole'),
);

export const charTarget = v.pipe(
  v.string(),
  v.check(isCharTarget, 'is not a place for characters; write stdio, null or file:PATH'),
  v.transform(readCharTarget),
);

function isCharTarget(text: string): boolean {
  return ['stdio', 'mon:stdio', 'null', 'none'].includes(text) || (text.startsWith('file:') && text.length > 5);
}

function readCharTarget(text: string): CharTarget {
  if (text.startsWith('file:')) return { kind: 'file', path: text.slice(5) };
  // QEMU's mon:stdio adds Ctrl-A keys to the console; ours always has them.
  return text.endsWith('stdio') ? { kind: 'stdio' } : { kind: 'null' };
}

/** Text that must not be empty, such as a file's name. */
export const fileName = v.pipe(v.string(), v.nonEmpty('needs the name of a file'));

/** `0xf4`, `244`: a port or another small number, in C's notation. */
export function integer(what: string, minimum: number, maximum: number) {
  return v.pipe(
    v.string(),
    v.regex(
      /^(0[xX][0-9a-fA-F]+|[0-9]+)$/u,
      `needs a number for ${what}, such as ${minimum} or 0x${maximum.toString(16)}`,
    ),
    v.transform(Number),
    v.minValue(minimum, `needs ${what} to be at least ${minimum}`),
    v.maxValue(maximum, `needs ${what} to be at most ${maximum}`),
  );
}

/** Linear addresses, both ends belonging to it. */
export interface AddressRange {
  readonly first: bigint;
  readonly last: bigint;
}

const RANGE = /^(0[xX][0-9a-fA-F]+|[0-9]+)(\+|-|\.\.)(0[xX][0-9a-fA-F]+|[0-9]+)$/u;

/** `0x1000+0x20,0x2000-0x20,0x3000..0x301f`, as QEMU has it: a size is counted up, or down with the start as the last address. */
export const addressRanges = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): AddressRange[] => {
    const ranges = dataset.value.split(',').map(readRange);
    if (ranges.every((range) => range !== null)) return ranges;
    addIssue({ message: 'needs ranges of addresses, such as 0x1000+0x20, 0x2000-0x20 or 0x3000..0x301f' });
    return NEVER;
  }),
);

function readRange(text: string): AddressRange | null {
  const [, start = '', kind, end = ''] = RANGE.exec(text) ?? [];
  if (kind === undefined) return null;
  const [a, b] = [BigInt(start), BigInt(end)];
  const range =
    kind === '..'
      ? { first: a, last: b }
      : kind === '+'
        ? { first: a, last: a + b - 1n }
        : { first: a - b + 1n, last: a };
  return range.first <= range.last ? range : null;
}

export const onOff = v.pipe(
  v.picklist(['on', 'off'], 'can only be on or off'),
  v.transform((text) => text === 'on'),
);

/**
 * `driver,key=value,key`: splits at commas (two commas are one that belongs to the value, as in QEMU). A first word without
 * `=` belongs to `first`; a later one means `word=on`.
 */
export function keyValues(text: string, first: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  const words = text
    .replaceAll(',,', '\0')
    .split(',')
    .map((word) => word.replaceAll('\0', ','));
  words.forEach((word, index) => {
    const equals = word.indexOf('=');
    if (equals > 0) pairs[word.slice(0, equals)] = word.slice(equals + 1);
    else if (index === 0) pairs[first] = word;
    else if (word !== '') pairs[word] = 'on';
  });
  return pairs;
}

/** The keys of such a list, each with its schema; an unknown or a missing key is named. */
export function settings<const Entries extends v.ObjectEntries>(entries: Entries) {
  const known = Object.keys(entries).join(', ');
  return v.strictObject(entries, (issue) => {
    const key = v.getDotPath(issue) ?? '';
    return issue.expected === 'never' ? `has no setting "${key}"; there is ${known}` : `lacks the setting "${key}"`;
  });
}

const DAYS_BEFORE_1970 = 719_468;

/** '2026-01-31' or '2026-01-31T12:00:00', in UTC as QEMU reads it: milliseconds since 1970, or null if there is no such day. */
export function parseDate(text: string): number | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2}):(\d{2}))?$/u.exec(text);
  if (match === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((digits) => Number(digits ?? 0));
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const monthDays = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  if (monthDays === undefined || day < 1 || day > monthDays || hour > 23 || minute > 59 || second > 59) return null;
  // Years that begin in March put the leap day last; 153 days are five of their months, from 31 30 31 30 31.
  const march = (month + 9) % 12;
  const y = month > 2 ? year : year - 1;
  const days =
    y * 365 +
    Math.floor(y / 4) -
    Math.floor(y / 100) +
    Math.floor(y / 400) +
    Math.floor((153 * march + 2) / 5) +
    day -
    1;
  return ((((days - DAYS_BEFORE_1970) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}
