// Keys of the console on a terminal: what follows Ctrl-A is for us, everything else for the guest. Spelt as QEMU spells them.

const CTRL_A = 0x01;

export type ConsoleKey = 'quit' | 'help' | 'reset' | 'status';

const KEYS: Readonly<Record<string, { readonly key: ConsoleKey; readonly help: string }>> = {
  h: { key: 'help', help: 'this help' },
  i: { key: 'status', help: 'what the machine does, in figures' },
  x: { key: 'quit', help: 'quit' },
  r: { key: 'reset', help: 'reset the machine' },
};

export const KEY_HELP = [
  ...Object.entries(KEYS).map(([letter, { help }]) => `Ctrl-A ${letter}  ${help}`),
  'Ctrl-A a  send Ctrl-A to the guest (Ctrl-A Ctrl-A does, too)',
].join('\n');

export class ConsoleKeys {
  readonly #onKey: (key: ConsoleKey) => void;
  #isAfterCtrlA = false;

  constructor(onKey: (key: ConsoleKey) => void) {
    this.#onKey = onKey;
  }

  /** Answers the bytes that are for the guest. An unknown key after Ctrl-A is swallowed, as in QEMU. */
  filter(bytes: Uint8Array): Uint8Array {
    const guest: number[] = [];
    for (const byte of bytes) {
      if (this.#isAfterCtrlA) {
        this.#isAfterCtrlA = false;
        const letter = String.fromCharCode(byte).toLowerCase();
        if (byte === CTRL_A || letter === 'a') guest.push(CTRL_A);
        else if (letter in KEYS) this.#onKey((KEYS[letter] as { key: ConsoleKey }).key);
      } else if (byte === CTRL_A) this.#isAfterCtrlA = true;
      else guest.push(byte);
    }
    return Uint8Array.from(guest);
  }
}
