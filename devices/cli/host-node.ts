// The machine's world in Node: files, standard input and output, the host's clocks.
import { webcrypto } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { HostError } from '../device.ts';
import type { Host, Output, Wait, WallClock } from '../machine/host.ts';
import type { CharTarget } from '../machine/option-values.ts';
import type { StreamId } from '../machine/protocol.ts';

/** The bundler knows this form and puts the file beside the bundle. */
const CORE = new URL('../../build/core.wasm', import.meta.url);
/** Node's longest timer; a longer wait is several of them. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there: check the name',
  EISDIR: 'is a directory: give a file',
  EACCES: 'may not be opened: check its permissions',
  EPERM: 'may not be opened: check its permissions',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GB, which no image for this machine is: check the name',
};

function fileError(name: string, error: unknown): HostError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new HostError(
    `${name} ${FILE_ERRORS[code] ?? `cannot be opened (${code || String(error)}): check the name`}.`,
  );
}

export class NodeHost implements Host {
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;
  readonly #files: number[] = [];

  constructor(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream) {
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  async readCore(): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return new Uint8Array(await readFile(CORE));
    } catch {
      throw new HostError('core.wasm is not there: build it with "npm run build:core".');
    }
  }

  async readFile(name: string): Promise<Uint8Array> {
    try {
      return await readFile(name);
    } catch (error) {
      throw fileError(name, error);
    }
  }

  openStream(_stream: StreamId, target: Exclude<CharTarget, { kind: 'null' }>): Output {
    if (target.kind === 'stdio') return (bytes) => void this.#stdout.write(bytes);
    const file = this.#open(target.path);
    return (bytes) => {
      writeAll(file, bytes);
    };
  }

  openLog(path: string | null): (line: string) => void {
    if (path === null) return (line) => void this.#stderr.write(`${line}\n`);
    const file = this.#open(path);
    const encoder = new TextEncoder();
    return (line) => {
      writeAll(file, encoder.encode(`${line}\n`));
    };
  }

  monotonicNs(): number {
    return performance.now() * 1e6;
  }

  wallClock(): WallClock {
    const now = new Date();
    return { unixMs: now.getTime(), offsetMinutes: -now.getTimezoneOffset() };
  }

  randomSeed(): number {
    const [high = 0, low = 0] = webcrypto.getRandomValues(new Uint32Array(2));
    return (high & 0x1fffff) * 2 ** 32 + low;
  }

  /** A reader of our output that is slower than the guest holds the guest up, not our memory. */
  yieldTurn(): Promise<void> {
    if (this.#stdout.writableNeedDrain) return new Promise((resolve) => this.#stdout.once('drain', resolve));
    return new Promise((resolve) => setImmediate(resolve));
  }

  wait(milliseconds: number): Wait {
    let wake = (): void => {};
    const done = new Promise<void>((resolve) => {
      wake = resolve;
    });
    // A timer in any case, even for a wait without end: it keeps the process alive.
    const timer = setTimeout(wake, Math.min(Math.ceil(milliseconds), MAX_TIMER_MS));
    const cancel = (): void => {
      clearTimeout(timer);
      wake();
    };
    return { done, cancel };
  }

  close(): void {
    for (const file of this.#files.splice(0)) closeSync(file);
  }

  #open(path: string): number {
    try {
      const file = openSync(path, 'w');
      this.#files.push(file);
      return file;
    } catch (error) {
      throw fileError(path, error);
    }
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) at += writeSync(file, bytes, at);
}
