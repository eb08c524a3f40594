// The console: xterm.js on the guest's serial line. The guest never learns the terminal's size; a serial line has no way to tell it.
import { signal } from '@preact/signals';
import { FitAddon } from '@xterm/addon-fit';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { toggleRun, type } from '../machine/session.ts';
import { settings } from '../settings.ts';
import { cleanPaste } from './paste.ts';
import { SCREEN_THEME } from './theme.ts';

const FONT = '"IBM Plex Mono", ui-monospace, Menlo, Consolas, monospace';
const SCROLLBACK = 5000;
/** The phone's Ctrl key makes control characters of @ to _ and of the letters. */
const CONTROL = /^[@-_a-z]$/u;

/** Whether keys go to the guest now. */
export const hasKeyboard = signal(false);
/** The key row's Ctrl, waiting for the next key. */
export const isControlHeld = signal(false);

export type Arrow = 'A' | 'B' | 'C' | 'D';

export class GuestTerminal {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #encoder = new TextEncoder();

  constructor() {
    const { fontSize, isScreenReader } = settings.value;
    this.#terminal = new Terminal({
      theme: SCREEN_THEME,
      fontFamily: FONT,
      fontSize,
      lineHeight: 1.15,
      scrollback: SCROLLBACK,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      screenReaderMode: isScreenReader,
      minimumContrastRatio: 4.5,
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.loadAddon(new WebLinksAddon());
    this.#terminal.attachCustomKeyEventHandler((event) => this.#onKey(event));
    this.#terminal.onData((text) => {
      this.#send(text);
    });
    // Mouse reports of old programs: bytes, not text.
    this.#terminal.onBinary((text) => {
      type(Uint8Array.from(text, (char) => char.charCodeAt(0)));
    });
  }

  /** Answers what undoes it. */
  open(parent: HTMLElement, descriptionId: string): () => void {
    this.#terminal.open(parent);
    const { textarea } = this.#terminal;
    textarea?.setAttribute('aria-describedby', descriptionId);
    textarea?.setAttribute('aria-label', 'Console of the guest');
    textarea?.addEventListener('focus', () => {
      hasKeyboard.value = true;
    });
    textarea?.addEventListener('blur', () => {
      hasKeyboard.value = false;
    });
    parent.addEventListener('paste', (event) => this.#onPaste(event), { capture: true });
    const observer = new ResizeObserver(() => {
      this.#fit.fit();
    });
    observer.observe(parent);
    return () => {
      observer.disconnect();
      this.#terminal.dispose();
    };
  }

  write(bytes: Uint8Array): void {
    this.#terminal.write(bytes);
  }

  clear(): void {
    this.#terminal.reset();
  }

  focus(): void {
    this.#terminal.focus();
  }

  release(): void {
    this.#terminal.blur();
  }

  apply(fontSize: number, isScreenReader: boolean): void {
    this.#terminal.options.fontSize = fontSize;
    this.#terminal.options.screenReaderMode = isScreenReader;
    if (this.#terminal.element !== undefined) this.#fit.fit();
  }

  /** What is selected, or else all that can be scrolled to. */
  text(): string {
    if (this.#terminal.hasSelection()) return this.#terminal.getSelection();
    const buffer = this.#terminal.buffer.active;
    let text = '';
    for (let row = 0; row < buffer.length; row += 1) {
      const line = buffer.getLine(row);
      if (line === undefined) continue;
      text += (line.isWrapped || row === 0 ? '' : '\n') + line.translateToString(!buffer.getLine(row + 1)?.isWrapped);
    }
    return text.trimEnd();
  }

  async copy(): Promise<void> {
    await navigator.clipboard.writeText(this.text());
  }

  paste(text: string): void {
    this.#terminal.paste(cleanPaste(text));
  }

  pressText(text: string): void {
    this.#terminal.input(text);
  }

  pressArrow(arrow: Arrow): void {
    this.pressText(`\u001b${this.#terminal.modes.applicationCursorKeysMode ? 'O' : '['}${arrow}`);
  }

  #send(text: string): void {
    let keys = text;
    if (isControlHeld.value) {
      isControlHeld.value = false;
      if (CONTROL.test(text)) keys = String.fromCharCode(text.charCodeAt(0) & 0x1f);
    }
    type(this.#encoder.encode(keys));
  }

  #onPaste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    this.paste(event.clipboardData?.getData('text/plain') ?? '');
  }

  /** False: the key is not the guest's. */
  #onKey(event: KeyboardEvent): boolean {
    if (isReleaseChord(event)) {
      // The page's own listener lets go.
      return false;
    }
    const isClipboard = event.ctrlKey && event.shiftKey && !event.altKey && !event.metaKey;
    if (isClipboard && event.code === 'KeyC') {
      event.preventDefault();
      if (event.type === 'keydown' && this.#terminal.hasSelection()) this.copy().catch(() => {});
      return false;
    }
    // The browser pastes: no permission is needed for that.
    if (isClipboard && event.code === 'KeyV') return false;
    return true;
  }
}

/** QEMU's chord: the keyboard changes between guest and page. */
export function isReleaseChord(event: KeyboardEvent): boolean {
  return event.ctrlKey && event.altKey && !event.metaKey && event.code === 'KeyG';
}

/** Chords of the page. Answers what undoes it. */
export function listenForChords(terminal: GuestTerminal): () => void {
  const listen = (event: KeyboardEvent): void => {
    if (isReleaseChord(event)) {
      event.preventDefault();
      if (hasKeyboard.value) terminal.release();
      else terminal.focus();
    } else if (event.code === 'F8' && !hasKeyboard.value && !event.repeat) {
      event.preventDefault();
      toggleRun();
    }
  };
  window.addEventListener('keydown', listen);
  return () => {
    window.removeEventListener('keydown', listen);
  };
}
