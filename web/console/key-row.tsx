// Keys that a phone's keyboard lacks.
import { isControlHeld, type Arrow, type GuestTerminal } from './terminal.ts';

interface Key {
  readonly label: string;
  readonly name: string;
  readonly press: (terminal: GuestTerminal) => void;
}

const text = (label: string, name: string, bytes: string): Key => ({
  label,
  name,
  press: (terminal) => {
    terminal.pressText(bytes);
  },
});

const arrow = (label: string, name: string, direction: Arrow): Key => ({
  label,
  name,
  press: (terminal) => {
    terminal.pressArrow(direction);
  },
});

const KEYS: readonly Key[] = [
  arrow('←', 'Left', 'D'),
  arrow('↓', 'Down', 'B'),
  arrow('↑', 'Up', 'A'),
  arrow('→', 'Right', 'C'),
];

async function pasteClipboard(terminal: GuestTerminal): Promise<void> {
  try {
    terminal.paste(await navigator.clipboard.readText());
  } catch {
    // The user has said no, or the browser keeps the clipboard to itself: its own paste command still works.
  }
  terminal.focus();
}

/** A tap must not take the focus from the terminal, or the phone's keyboard would go. */
function keepFocus(event: Event): void {
  event.preventDefault();
}

export function KeyRow({ terminal }: { readonly terminal: GuestTerminal }) {
  const button = ({ label, name, press }: Key) => (
    <button type="button" class="key" aria-label={name} onPointerDown={keepFocus} onClick={() => press(terminal)}>
      {label}
    </button>
  );
  return (
    <div class="key-row" role="group" aria-label="Keys for the guest">
      {button(text('Esc', 'Escape', '\u001b'))}
      {button(text('Tab', 'Tab', '\t'))}
      <button
        type="button"
        class="key"
        aria-pressed={isControlHeld.value}
        aria-label="Control, for the next key"
        onPointerDown={keepFocus}
        onClick={() => (isControlHeld.value = !isControlHeld.value)}
      >
        Ctrl
      </button>
      {KEYS.map(button)}
      <button type="button" class="key" onPointerDown={keepFocus} onClick={() => void pasteClipboard(terminal)}>
        Paste
      </button>
    </div>
  );
}
