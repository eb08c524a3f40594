// Entry: settings first, so that the page opens as it was left; then the guest starts by itself.
import '@fontsource/ibm-plex-mono/latin-400.css';
import '@fontsource/ibm-plex-mono/latin-600.css';
import '@fontsource/ibm-plex-sans/latin-400.css';
import '@fontsource/ibm-plex-sans/latin-600.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/case.css';
import './styles/controls.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app.tsx';
import { GuestTerminal } from './console/terminal.ts';
import { download, tidyCache } from './machine/download.ts';
import { areGuestsKnown, findGuest, guests, guestUrl, loadGuests, smallestGuest } from './machine/guests.ts';
import { loadOwnFiles } from './machine/own-files.ts';
import { current, phase, status } from './machine/session.ts';
import { keepForOffline } from './offline.ts';
import { siteNote } from './parts/banners.tsx';
import { choose, chosenPlan, guestInAddress, startChosen } from './parts/choice.ts';
import { listenForDrops, takeEarlyDrop } from './parts/drop-zone.tsx';
import { loadSettings, settings } from './settings.ts';

/** The terminal measures its font once, when it opens. A font that does not come must not hold up the page. */
const FONT_PATIENCE_MS = 1500;

async function loadFonts(): Promise<void> {
  const fonts = ['14px "IBM Plex Mono"', '600 14px "IBM Plex Mono"'].map((font) => document.fonts.load(font));
  const patience = new Promise<void>((resolve) => setTimeout(resolve, FONT_PATIENCE_MS));
  await Promise.race([Promise.allSettled(fonts), patience]);
}

function followSettings(): void {
  effect(() => {
    document.documentElement.dataset.theme = settings.value.theme;
  });
  effect(() => {
    const state = status.value?.state === 'paused' ? ' (paused)' : '';
    document.title =
      phase.value === 'on' ? `${current.value?.title}${state} – Vitrine` : 'Vitrine, a PC in a glass case';
  });
}

/** Chooses the guest that the address names; answers whether there is one. */
function followAddress(): boolean {
  const id = guestInAddress();
  if (id === null) return false;
  if (findGuest(id) !== undefined) {
    choose(id);
    return true;
  }
  const names = guests.value.map((guest) => guest.id).join(', ');
  if (names !== '') siteNote.value = `This site has no guest "${id}"; it has ${names}.`;
  return false;
}

/** Someone who saves data decides on downloads of megabytes for themselves. */
function savesData(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean } };
  return connection?.saveData === true;
}

/** With the smallest guest in hand there is something to run when the network is gone. */
async function fetchSmallest(): Promise<void> {
  const nothing = (): void => {};
  for (const { path, size, sha256 } of smallestGuest()?.files ?? [])
    await download({ name: path, url: guestUrl(path), size, sha256 }, nothing, new AbortController().signal);
}

/** After the first machine has started. A browser that allows no service worker runs the page all the same. */
function keepPage(): void {
  const stop = effect(() => {
    if (phase.value !== 'on') return;
    queueMicrotask(() => stop());
    keepForOffline().catch(() => {});
  });
}

async function open(terminal: GuestTerminal): Promise<void> {
  siteNote.value = await loadGuests();
  followAddress();
  areGuestsKnown.value = true;
  window.addEventListener('hashchange', () => {
    if (followAddress()) void startChosen();
  });
  const hasDrop = await takeEarlyDrop();
  if (!hasDrop && settings.value.startsAtOnce && !savesData() && chosenPlan.value !== null) {
    const isFree = document.activeElement === null || document.activeElement === document.body;
    const hasKeys = matchMedia('(pointer: fine)').matches;
    if (isFree && hasKeys && !settings.value.isScreenReader) terminal.focus();
    await startChosen();
  }
  // Neither matters to what is on the screen: a failure is told when the guest is started.
  await fetchSmallest().catch(() => {});
  await tidyCache(new Set(guests.value.flatMap(({ files }) => files.map(({ sha256 }) => sha256)))).catch(() => {});
}

const place = document.getElementById('page');
if (place === null) throw new Error('index.html has no place for the page');
listenForDrops();
await Promise.all([loadSettings(), loadOwnFiles(), loadFonts()]);
followSettings();
keepPage();
const terminal = new GuestTerminal();
render(<App terminal={terminal} />, place);
await open(terminal);
