// The machine's log: items as in QEMU's `-d`, one sink, and the count of everything that is not modelled.

/** Item -> what `-d help` says of it. Spelt as QEMU spells them where it has them. */
export const LOG_ITEMS = {
  in_asm: 'guest code as it is decoded',
  out_asm: 'compiled code of each region',
  op: 'micro-ops of decoded code',
  blocks: 'each region as it is compiled: guest code, micro-ops and the WebAssembly that they became',
  exec: 'each block before it runs',
  cpu: 'registers before each block',
  int: 'interrupts and exceptions',
  mmu: 'page faults and TLB flushes',
  pcall: 'protected-mode far calls, returns and task switches',
  cpu_reset: 'CPU state at each reset',
  ioport: 'every port access',
  mmio: 'every memory-mapped access to a device',
  unimp: 'what the guest asked for and is not modelled',
  guest_errors: 'what the guest did wrong with a device',
  strace: 'system calls of the guest',
} as const;
export type LogItem = keyof typeof LOG_ITEMS;
export type LogSink = (item: LogItem, text: string) => void;

export interface UnimplementedCount {
  readonly what: string;
  readonly count: number;
}

/** A guest may touch any number of different things: names beyond this many are counted together. */
const MAX_UNIMPLEMENTED = 2048;
const OVERFLOW = 'everything else';

export class Log {
  readonly #on = new Set<LogItem>();
  readonly #unimplemented = new Map<string, number>();
  #sink: LogSink;

  constructor(sink: LogSink = () => {}) {
    this.#sink = sink;
  }

  setSink(sink: LogSink): void {
    this.#sink = sink;
  }

  enable(item: LogItem, on = true): void {
    if (on) this.#on.add(item);
    else this.#on.delete(item);
  }

  /** Ask before building an expensive text. */
  enabled(item: LogItem): boolean {
    return this.#on.has(item);
  }

  write(item: LogItem, text: string): void {
    if (this.#on.has(item)) this.#sink(item, text);
  }

  guestError(text: string): void {
    this.write('guest_errors', text);
  }

  /** Counts by name, always; logs the first occurrence of each when `unimp` is on. */
  unimplemented(what: string): void {
    const known = this.#unimplemented.get(what);
    if (known === undefined && this.#unimplemented.size >= MAX_UNIMPLEMENTED) {
      this.#unimplemented.set(OVERFLOW, (this.#unimplemented.get(OVERFLOW) ?? 0) + 1);
      return;
    }
    this.#unimplemented.set(what, (known ?? 0) + 1);
    if (known === undefined) this.write('unimp', what);
  }

  /** Everything counted so far, most frequent first. */
  unimplementedCounts(): readonly UnimplementedCount[] {
    return [...this.#unimplemented].map(([what, count]) => ({ what, count })).sort((a, b) => b.count - a.count);
  }
}
