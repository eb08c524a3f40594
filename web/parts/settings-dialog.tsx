// How the page looks and speaks, and its keys.
import { useEffect, useRef } from 'preact/hooks';
import { changeSettings, MAX_FONT_SIZE, MIN_FONT_SIZE, settings, type Theme } from '../settings.ts';
import { CloseIcon } from './icons.tsx';

const THEMES: readonly (readonly [theme: Theme, name: string])[] = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

function ThemeField() {
  return (
    <fieldset class="segments">
      <legend>Theme</legend>
      {THEMES.map(([theme, name]) => (
        <label key={theme}>
          <input
            type="radio"
            name="theme"
            checked={settings.value.theme === theme}
            onChange={() => changeSettings({ theme })}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function FontField() {
  const { fontSize } = settings.value;
  return (
    <div class="field">
      <label for="font-size">Size of the console's text: {fontSize} px</label>
      <input
        id="font-size"
        type="range"
        min={MIN_FONT_SIZE}
        max={MAX_FONT_SIZE}
        value={fontSize}
        onInput={({ currentTarget }) => changeSettings({ fontSize: currentTarget.valueAsNumber })}
      />
    </div>
  );
}

function Switches() {
  const { isScreenReader, startsAtOnce } = settings.value;
  return (
    <>
      <div class="field switch">
        <input
          id="screen-reader"
          type="checkbox"
          checked={isScreenReader}
          onChange={({ currentTarget }) => changeSettings({ isScreenReader: currentTarget.checked })}
        />
        <label for="screen-reader">Screen reader mode</label>
        <p class="hint">
          The console's lines can be read one by one, and new ones are announced. Programs that paint the whole screen
          stay hard to follow: "Copy text" gives their text.
        </p>
      </div>
      <div class="field switch">
        <input
          id="at-once"
          type="checkbox"
          checked={startsAtOnce}
          onChange={({ currentTarget }) => changeSettings({ startsAtOnce: currentTarget.checked })}
        />
        <label for="at-once">Start the guest when the page opens</label>
      </div>
    </>
  );
}

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['Ctrl+Alt+G', 'moves the keyboard between the guest and the page'],
  ['F8', 'pauses and runs, when the page has the keyboard'],
  ['Ctrl+Shift+C', 'copies what is selected in the console'],
  ['Ctrl+Shift+V', 'pastes into the guest'],
];

function KeyTable() {
  return (
    <section>
      <h3>Keys</h3>
      <p class="hint">While the console has the keyboard, all other keys go to the guest: Tab and Escape, too.</p>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function SettingsDialog({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="settings-title"
      onClose={onClose}
      onClick={(event) => {
        // The backdrop belongs to the dialog's own box, everything else is inside of it.
        if (event.target === dialog.current) onClose();
      }}
    >
      <div class="dialog-inside">
        <header>
          <h2 id="settings-title">Settings</h2>
          <button type="button" class="button quiet square" aria-label="Close the settings" onClick={onClose}>
            <CloseIcon />
          </button>
        </header>
        <ThemeField />
        <FontField />
        <Switches />
        <KeyTable />
      </div>
    </dialog>
  );
}
