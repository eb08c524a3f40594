// The machine in a browser's module Worker: commands in, events out (machine/protocol.ts).
import { HostError } from './device.ts';
import type { Host, Output, Wait, WallClock } from './machine/host.ts';
import { createMachine, type Machine } from './machine/machine.ts';
import type { CharTarget } from './machine/option-values.ts';
import { STATUS_PERIOD_MS, type Command, type Event, type StreamId } from './machine/protocol.ts';

declare const self: DedicatedWorkerGlobalScope;

type CreateCommand = Extract<Command, { type: 'create' }>;

function post(event: Event, transfer: Transferable[] = []): void {
  self.postMessage(event, transfer);
}

/** The machine's world in a worker: files that came with `create`, streams to the page. */
class WorkerHost implements Host {
  readonly #core: ArrayBuffer;
  readonly #files: ReadonlyMap<string, ArrayBuffer>;
  readonly #channel = new MessageChannel();
  #turns: (() => void)[] = [];

  constructor(command: CreateCommand) {
    this.#core = command.core;
    this.#files = new Map(command.files.map(({ name, bytes }) => [name, bytes]));
    this.#channel.port1.onmessage = () => {
      const turns = this.#turns;
      this.#turns = [];
      for (const turn of turns) turn();
    };
  }

  async readCore(): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(this.#core);
  }

  async readFile(name: string): Promise<Uint8Array> {
    const bytes = this.#files.get(name);
    if (bytes === undefined) throw new HostError(`${name} was not handed to the machine: choose or download it first.`);
    return new Uint8Array(bytes);
  }

  openStream(stream: StreamId, target: Exclude<CharTarget, { kind: 'null' }>): Output {
    if (target.kind === 'file')
      throw new HostError(`A page cannot write to file:${target.path}: connect ${stream} to stdio or null.`);
    return (bytes) => {
      // The machine hands over a buffer of its own each time.
      post({ type: 'serialOutput', stream, bytes }, [bytes.buffer as ArrayBuffer]);
    };
  }

  openLog(path: string | null): (line: string) => void {
    if (path !== null) throw new HostError(`A page cannot write the log to ${path}: leave -D out.`);
    return (text) => {
      post({ type: 'message', text });
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
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    return (high & 0x1fffff) * 2 ** 32 + low;
  }

  /** A message to ourselves: queued behind the page's, and not held back as timers are. */
  yieldTurn(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.push(resolve);
      this.#channel.port2.postMessage(null);
    });
  }

  wait(milliseconds: number): Wait {
    let wake = (): void => {};
    const done = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer =
      milliseconds === Infinity ? undefined : setTimeout(wake, Math.min(Math.ceil(milliseconds), 2 ** 31 - 1));
    const cancel = (): void => {
      clearTimeout(timer);
      wake();
    };
    return { done, cancel };
  }
}

let machine: Machine | null = null;
let isCreating = false;
let statusTimer: ReturnType<typeof setInterval> | undefined;

function postStatus(): void {
  if (machine !== null) post({ type: 'status', status: machine.status() });
}

/** Status goes out while the machine runs, and once more at every change. A change within a turn is told at the next tick. */
function watch(): void {
  const isRunning = machine?.state === 'running' || machine?.state === 'halted';
  if (isRunning) statusTimer ??= setInterval(postStatus, STATUS_PERIOD_MS);
  else {
    clearInterval(statusTimer);
    statusTimer = undefined;
  }
}

async function create(command: CreateCommand): Promise<void> {
  if (machine !== null || isCreating) throw new HostError('This worker has a machine already: start another worker.');
  isCreating = true;
  try {
    const host = new WorkerHost(command);
    const made = await createMachine(command.argv, host, {
      stateChanged: (state) => {
        watch();
        // Idle and busy alternate hundreds of times a second; the period's status tells them.
        if (state === 'paused' || state === 'stopped') postStatus();
      },
      message: (text) => {
        post({ type: 'message', text });
      },
      exit: (exit) => {
        post({ type: 'exit', exit });
      },
    });
    // Taking memory and loading images has kept the page waiting; the first turn must not do so in one piece with it.
    await host.yieldTurn();
    machine = made;
  } finally {
    isCreating = false;
  }
  post({ type: 'ready', machine: machine.description, status: machine.status() });
  if (machine.options.startPaused) return;
  machine.resume();
  postStatus();
}

function existing(): Machine {
  if (machine === null) throw new HostError('There is no machine yet: send create first.');
  return machine;
}

async function obey(command: Command): Promise<void> {
  switch (command.type) {
    case 'create':
      return create(command);
    case 'run':
      existing().resume();
      return postStatus();
    case 'pause':
      return existing().pause();
    case 'reset':
      existing().reset();
      return postStatus();
    case 'serialInput':
      existing().input(command.stream, command.bytes);
      return;
    case 'queryStatus':
      return postStatus();
    case 'queryCounters':
      return post({ type: 'counters', counters: existing().counters() });
  }
}

self.onmessage = ({ data }: MessageEvent<Command>) => {
  obey(data).catch((error: unknown) => {
    if (error instanceof HostError) post({ type: 'error', kind: 'host', message: error.message });
    else
      post({
        type: 'error',
        kind: 'bug',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
  });
};
