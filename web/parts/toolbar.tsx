// What can be done to the machine as a whole: pause, run, reset; and where the keyboard is.
import { useState } from 'preact/hooks';
import { KEYBOARD_HELP_ID } from '../console/screen.tsx';
import { hasKeyboard, type GuestTerminal } from '../console/terminal.ts';
import { isPowered, phase, reset, status, toggleRun } from '../machine/session.ts';
import { CheckIcon, CopyIcon, KeyboardIcon, PauseIcon, PlayIcon, ResetIcon } from './icons.tsx';

const COPIED_MS = 1600;

function RunButton() {
  const isPausable = isPowered.value;
  const isRunnable = status.value?.state === 'paused';
  return (
    <button
      type="button"
      class="button"
      disabled={!isPausable && !isRunnable}
      title={isPausable ? 'Pause: the time of the guest stands still (F8)' : 'Run (F8)'}
      onClick={toggleRun}
    >
      {isPausable || !isRunnable ? <PauseIcon /> : <PlayIcon />}
      {isPausable || !isRunnable ? 'Pause' : 'Run'}
    </button>
  );
}

function ResetButton() {
  const canReset = phase.value === 'on' || phase.value === 'failed';
  return (
    <button
      type="button"
      class="button"
      disabled={!canReset}
      title="The reset button: the machine starts again from its beginning"
      onClick={() => void reset()}
    >
      <ResetIcon />
      Reset
    </button>
  );
}

function CopyButton({ terminal }: { readonly terminal: GuestTerminal }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await terminal.copy();
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <button
      type="button"
      class="button quiet"
      title="Copies what is selected on the screen, or else all of its text"
      onClick={() => void copy()}
    >
      {isCopied ? <CheckIcon /> : <CopyIcon />}
      <span class="on-wide">{isCopied ? 'Copied' : 'Copy text'}</span>
    </button>
  );
}

function KeyboardChip({ terminal }: { readonly terminal: GuestTerminal }) {
  const isGuests = hasKeyboard.value;
  return (
    <button
      type="button"
      class="chip"
      data-on={isGuests}
      // The focus must not leave the terminal before the click has been seen.
      onPointerDown={(event) => event.preventDefault()}
      onClick={() => (isGuests ? terminal.release() : terminal.focus())}
    >
      <KeyboardIcon />
      <span>
        <span class="on-wide">Keyboard: </span>
        <strong>{isGuests ? 'guest' : 'page'}</strong>
      </span>
      <kbd id={KEYBOARD_HELP_ID}>
        Ctrl+Alt+G <span class="hidden">moves the keyboard between the guest and the page</span>
      </kbd>
    </button>
  );
}

export function Toolbar({ terminal }: { readonly terminal: GuestTerminal }) {
  return (
    <div class="toolbar" role="group" aria-label="Machine">
      <RunButton />
      <ResetButton />
      <span class="toolbar-space" />
      <CopyButton terminal={terminal} />
      <KeyboardChip terminal={terminal} />
    </div>
  );
}
