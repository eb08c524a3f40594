// Standard input as the keyboard of a serial port: raw on a terminal, as it is from a pipe. The end of a pipe is not the end of
// the guest.
import type { Machine } from '../machine/machine.ts';
import type { StreamId } from '../machine/protocol.ts';
import { ConsoleKeys, KEY_HELP, type ConsoleKey } from './console-keys.ts';
import { statusWords } from './status-words.ts';

/** A pipe waits while more than this has not been taken by the guest. */
const INPUT_HIGH = 4096;
const RETRY_MS = 10;

export class Console {
  readonly #machine: Machine;
  readonly #stream: StreamId | null;
  readonly #onQuit: () => void;
  readonly #keys = new ConsoleKeys((key) => {
    this.#onKey(key);
  });
  #retry: NodeJS.Timeout | null = null;

  /** `stream` gets what is typed; null: the terminal's keys still work, the rest goes nowhere. */
  constructor(machine: Machine, stream: StreamId | null, onQuit: () => void) {
    this.#machine = machine;
    this.#stream = stream;
    this.#onQuit = onQuit;
  }

  open(): void {
    const { stdin } = process;
    // A closed or broken standard input is one that nothing comes from.
    stdin.on('error', () => {});
    if (!stdin.isTTY && this.#stream === null) return;
    this.#setRaw(true);
    // Whatever ends the process, the terminal is left as it was found.
    process.once('exit', this.#restore);
    process.on('SIGCONT', this.#again);
    stdin.on('data', this.#onData);
  }

  close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    process.off('SIGCONT', this.#again);
    process.stdin.off('data', this.#onData);
    this.#restore();
    process.stdin.destroy();
  }

  readonly #restore = (): void => {
    this.#setRaw(false);
  };

  /** In the foreground again: the shell has used the terminal meanwhile. */
  readonly #again = (): void => {
    this.#setRaw(true);
  };

  readonly #onData = (chunk: Buffer): void => {
    const bytes = process.stdin.isTTY ? this.#keys.filter(chunk) : chunk;
    if (this.#stream === null || bytes.length === 0) return;
    this.#machine.input(this.#stream, bytes);
    if (this.#machine.pendingInput > INPUT_HIGH) this.#hold();
  };

  #hold(): void {
    process.stdin.pause();
    this.#retry = setTimeout(() => {
      this.#retry = null;
      if (this.#machine.pendingInput > INPUT_HIGH) this.#hold();
      else process.stdin.resume();
    }, RETRY_MS);
  }

  #onKey(key: ConsoleKey): void {
    if (key === 'quit') this.#onQuit();
    else if (key === 'reset') this.#machine.reset();
    else if (key === 'status')
      process.stderr.write(`\n${statusWords(this.#machine.status(), this.#machine.compiler)}\n`);
    else process.stderr.write(`\n${KEY_HELP}\n`);
  }

  #setRaw(isRaw: boolean): void {
    const { stdin } = process;
    if (stdin.isTTY && !stdin.destroyed) stdin.setRawMode(isRaw);
  }
}
