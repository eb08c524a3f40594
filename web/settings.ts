// What survives a reload, in IndexedDB. What is read back is checked: another version of the page may have written it.
import { signal } from '@preact/signals';
import { get, set } from 'idb-keyval';
import * as v from 'valibot';

const KEY = 'settings';
export const MIN_FONT_SIZE = 10;
export const MAX_FONT_SIZE = 28;

/** A phone shows too few columns as it is. */
const defaultFontSize = innerWidth <= 600 ? 12 : 14;

/** Flags that the user has set differently from the guest's: text of a value flag ('' leaves the flag out), state of a switch. */
const flagChanges = v.record(v.string(), v.union([v.string(), v.boolean()]));

const schema = v.object({
  guest: v.fallback(v.nullable(v.string()), null),
  flags: v.fallback(v.record(v.string(), flagChanges), {}),
  fontSize: v.fallback(v.pipe(v.number(), v.minValue(MIN_FONT_SIZE), v.maxValue(MAX_FONT_SIZE)), defaultFontSize),
  theme: v.fallback(v.picklist(['system', 'light', 'dark']), 'system'),
  isScreenReader: v.fallback(v.boolean(), false),
  startsAtOnce: v.fallback(v.boolean(), true),
});

export type Settings = v.InferOutput<typeof schema>;
export type FlagChanges = v.InferOutput<typeof flagChanges>;
export type Theme = Settings['theme'];

export const settings = signal<Settings>(v.parse(schema, {}));

export async function loadSettings(): Promise<void> {
  try {
    const result = v.safeParse(schema, await get(KEY));
    if (result.success) settings.value = result.output;
  } catch {
    // A private window may have no storage: the defaults serve.
  }
}

export function changeSettings(change: Partial<Settings>): void {
  settings.value = { ...settings.value, ...change };
  // Without storage the change lasts until the page is closed.
  set(KEY, settings.value).catch(() => {});
}
