// The page: the case with the screen in it, the plinth beneath, the panel beside.
import { useEffect, useState } from 'preact/hooks';
import { KeyRow } from './console/key-row.tsx';
import { Screen } from './console/screen.tsx';
import type { GuestTerminal } from './console/terminal.ts';
import { areGuestsKnown } from './machine/guests.ts';
import { Banners } from './parts/banners.tsx';
import { chosenPlan } from './parts/choice.ts';
import { DropZone } from './parts/drop-zone.tsx';
import { ChipIcon, Mark, SettingsIcon } from './parts/icons.tsx';
import { ScreenCover } from './parts/loading.tsx';
import { isPanelOpen, Panel } from './parts/panel.tsx';
import { SettingsDialog } from './parts/settings-dialog.tsx';
import { SpokenStatus, StatusBar } from './parts/status-bar.tsx';
import { Toolbar } from './parts/toolbar.tsx';

function Header({ onSettings }: { readonly onSettings: () => void }) {
  return (
    <header class="header">
      <Mark />
      <h1>Vitrine</h1>
      <p class="tagline">a PC in a glass case</p>
      <nav aria-label="Page">
        <button
          type="button"
          class="button quiet panel-button"
          aria-expanded={isPanelOpen.value}
          aria-controls="panel"
          onClick={() => (isPanelOpen.value = true)}
        >
          <ChipIcon />
          Guests
        </button>
        <button type="button" class="button quiet" onClick={onSettings}>
          <SettingsIcon />
          Settings
        </button>
      </nav>
    </header>
  );
}

function Case({ terminal }: { readonly terminal: GuestTerminal }) {
  return (
    <main id="case" class="main" tabIndex={-1}>
      <Toolbar terminal={terminal} />
      <Banners />
      <div class="case">
        <section class="screen" aria-label="Console">
          <Screen terminal={terminal} />
          <ScreenCover chosen={areGuestsKnown.value ? chosenPlan.value : null} />
        </section>
      </div>
      <StatusBar />
      <KeyRow terminal={terminal} />
      <SpokenStatus />
    </main>
  );
}

/** Escape closes the sheet of a narrow window. */
function usePanelEscape(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') isPanelOpen.value = false;
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}

/** Browsers that lay their keyboard over the page tell what is left of it. */
function useVisibleHeight(): void {
  useEffect(() => {
    const { visualViewport } = window;
    if (visualViewport === null) return;
    const follow = (): void => {
      const isCovered = visualViewport.scale === 1 && visualViewport.height < innerHeight;
      const height = isCovered ? `${visualViewport.height}px` : '';
      document.documentElement.style.setProperty('--visible-height', height);
    };
    visualViewport.addEventListener('resize', follow);
    return () => visualViewport.removeEventListener('resize', follow);
  }, []);
}

export function App({ terminal }: { readonly terminal: GuestTerminal }) {
  const [isSettingsOpen, setSettingsOpen] = useState(false);
  usePanelEscape();
  useVisibleHeight();
  return (
    <>
      <a
        class="skip"
        href="#case"
        onClick={(event) => {
          // The address keeps naming the guest.
          event.preventDefault();
          document.getElementById('case')?.focus();
        }}
      >
        Skip to the machine
      </a>
      <Header onSettings={() => setSettingsOpen(true)} />
      <Case terminal={terminal} />
      <Panel onStart={() => terminal.focus()} />
      <SettingsDialog isOpen={isSettingsOpen} onClose={() => setSettingsOpen(false)} />
      <DropZone />
    </>
  );
}
