// Files dropped anywhere on the page start a machine.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { OWN } from '../machine/guests.ts';
import { takeFiles } from '../machine/own-files.ts';
import { siteNote } from './banners.tsx';
import { choose, startChosen } from './choice.ts';

const isOver = signal(false);

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

function listen(): () => void {
  const over = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    isOver.value = true;
  };
  const leave = (event: DragEvent): void => {
    // Only leaving the window leads to nowhere.
    if (event.relatedTarget === null) isOver.value = false;
  };
  const drop = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    isOver.value = false;
    void take([...(event.dataTransfer?.files ?? [])]);
  };
  window.addEventListener('dragover', over);
  window.addEventListener('dragleave', leave);
  window.addEventListener('drop', drop);
  return () => {
    window.removeEventListener('dragover', over);
    window.removeEventListener('dragleave', leave);
    window.removeEventListener('drop', drop);
  };
}

export function DropZone() {
  useEffect(listen, []);
  if (!isOver.value) return null;
  return (
    <div class="drop">
      <p>Drop a kernel or a ROM, and its initial RAM disk, to start it</p>
    </div>
  );
}
