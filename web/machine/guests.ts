// The guests that this site offers: guests/manifest.json, written by guests/manifest.ts where the images were made.
import { signal } from '@preact/signals';
import * as v from 'valibot';

const FOLDER = 'guests/';

const file = v.object({
  flag: v.picklist(['-kernel', '-initrd', '-bios']),
  // Within the folder: no other origin, no way up.
  path: v.pipe(v.string(), v.regex(/^[\w][\w.-]*(\/[\w][\w.-]*)*$/u)),
  size: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/u)),
});

const guest = v.object({
  id: v.pipe(v.string(), v.regex(/^[\w.-]+$/u)),
  title: v.string(),
  description: v.string(),
  memory: v.number(),
  args: v.array(v.string()),
  files: v.array(file),
  licence: v.string(),
});

const manifest = v.object({ version: v.literal(1), guests: v.array(guest) });

export type Guest = v.InferOutput<typeof guest>;
export type GuestFile = v.InferOutput<typeof file>;

/** The id of the choice "your own files". */
export const OWN = 'own';

export const guests = signal<readonly Guest[]>([]);

/** Whether the list has come, or will not come: until then nothing can be chosen. */
export const areGuestsKnown = signal(false);

/** Answers null, or a sentence that says why there are no guests. */
export async function loadGuests(): Promise<string | null> {
  let response: Response;
  try {
    response = await fetch(guestUrl('manifest.json'), { cache: 'no-cache', headers: { accept: 'application/json' } });
  } catch {
    return 'The list of guests could not be downloaded: check the connection and reload the page. A kernel of your own starts all the same.';
  }
  const result = v.safeParse(manifest, response.ok ? await response.json().catch(() => null) : null);
  if (!result.success)
    return response.ok
      ? 'The list of guests of this site (guests/manifest.json) cannot be read: "npm run build:guests" writes it anew. A kernel of your own starts all the same.'
      : 'This site has no guests: "npm run build:guests" makes them, then "npm run build" adds them. A kernel of your own starts all the same.';
  guests.value = result.output.guests;
  return null;
}

export function guestUrl(path: string): URL {
  return new URL(FOLDER + path, document.baseURI);
}

export function findGuest(id: string | null): Guest | undefined {
  return guests.value.find((one) => one.id === id);
}

export function hasLinux(): boolean {
  return guests.value.some(({ id }) => id.startsWith('linux'));
}

/** The one that starts by itself: the manifest has it first. */
export function defaultGuest(): Guest | undefined {
  return guests.value[0];
}

/** The guest that starts when others cannot: the smallest, which is fetched in advance. */
export function smallestGuest(): Guest | undefined {
  return guests.value.toSorted((a, b) => sizeOf(a) - sizeOf(b))[0];
}

export function sizeOf(one: Guest): number {
  return one.files.reduce((sum, { size }) => sum + size, 0);
}

export function sizeInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 999_500) return `${Math.round(bytes / 1000)} KB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
