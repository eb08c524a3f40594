// Files dropped anywhere on the page start a machine.
import { signal } from '@preact/signals';
import { OWN } from '../machine/guests.ts';
import { takeFiles } from '../machine/own-files.ts';
import { siteNote } from './banners.tsx';
import { choose, startChosen } from './choice.ts';

const isOver = signal(false);
/** What was dropped while the page was still loading; null once it stands. */
let early: File[] | null = [];

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') === true;
}

async function take(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  let isComplete: boolean;
  try {
    isComplete = await takeFiles(files);
  } catch {
    const names = files.map(({ name }) => name).join(' and ');
    siteNote.value = `What was dropped (${names}) cannot be read: drop files, not folders.`;
    return;
  }
  choose(OWN);
  if (isComplete) await startChosen();
}

/** From the page's first moment on: a browser that nobody stops leaves the page for what is dropped on it. */
export function listenForDrops(): void {
  window.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    isOver.value = true;
  });
  window.addEventListener('dragleave', (event) => {
    // Only leaving the window leads to nowhere.
    if (event.relatedTarget === null) isOver.value = false;
  });
  window.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    isOver.value = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (early === null) void take(files);
    else early.push(...files);
  });
}

/** The page stands: takes what was dropped before. Answers whether there was something. */
export async function takeEarlyDrop(): Promise<boolean> {
  const files = early ?? [];
  early = null;
  await take(files);
  return files.length > 0;
}

export function DropZone() {
  if (!isOver.value) return null;
  return (
    <div class="drop">
      <p>Drop a kernel or a ROM, and its initial RAM disk, to start it</p>
    </div>
  );
}
