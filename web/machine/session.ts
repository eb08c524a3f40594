// The machine as the page sees it: signals that the parts of the page read, and what its buttons do.
import { batch, computed, signal } from '@preact/signals';
import type {
  Event,
  MachineCounters,
  MachineDescription,
  MachineExit,
  MachineStatus,
  StreamId,
} from '../../devices/machine/protocol.ts';
import { CORE_URL, MachineClient } from '../client.ts';
import { DownloadError, download, type Progress } from './download.ts';
import type { Plan } from './plan.ts';

export type Phase =
  /** Nothing has been started. */
  | 'off'
  /** Files are on their way. */
  | 'loading'
  /** The worker builds the machine. */
  | 'starting'
  /** There is a machine; `status` says what it does. */
  | 'on'
  /** It could not be started, or one of our mistakes ended it; `problem` says what. */
  | 'failed';

export interface Download extends Progress {
  readonly name: string;
}

export interface Problem {
  /** 'bug': a mistake of ours, with a stack for the report. */
  readonly kind: 'host' | 'bug';
  readonly words: string;
  readonly details: string | null;
}

const MAX_MESSAGES = 500;

export const phase = signal<Phase>('off');
/** What was started last. */
export const current = signal<Plan | null>(null);
export const downloads = signal<readonly Download[]>([]);
export const machine = signal<MachineDescription | null>(null);
export const status = signal<MachineStatus | null>(null);
export const exit = signal<MachineExit | null>(null);
export const problem = signal<Problem | null>(null);
export const messages = signal<readonly string[]>([]);
export const counters = signal<MachineCounters | null>(null);

/** 'running' for a halted CPU too: the two alternate many times a second. */
export const isPowered = computed(() => {
  const state = status.value?.state;
  return phase.value === 'on' && (state === 'running' || state === 'halted');
});

let client: MachineClient | null = null;
let loading: AbortController | null = null;
let showOutput: (bytes: Uint8Array) => void = () => {};
let clearOutput: () => void = () => {};
let newMessages: string[] = [];

/** The console registers itself. */
export function connectConsole(write: (bytes: Uint8Array) => void, clear: () => void): void {
  showOutput = write;
  clearOutput = clear;
}

/** Switches off what is there and starts the plan. */
export async function start(plan: Plan): Promise<void> {
  turnOff();
  const controller = new AbortController();
  loading = controller;
  batch(() => {
    current.value = plan;
    phase.value = 'loading';
    downloads.value = [];
  });
  clearOutput();
  // The worker's script loads beside the files.
  const started = new MachineClient(onEvent);
  client = started;
  try {
    const [core, ...files] = await loadAll(plan, controller.signal);
    if (controller.signal.aborted || core === undefined) return;
    phase.value = 'starting';
    const named = plan.files.map(({ name }, index) => ({ name, bytes: files[index] ?? new ArrayBuffer(0) }));
    started.send({ type: 'create', argv: plan.argv, files: named, core }, [core, ...files]);
  } catch (error) {
    if (controller.signal.aborted) return;
    controller.abort();
    fail(error);
  }
}

function loadAll(plan: Plan, abort: AbortSignal): Promise<ArrayBuffer[]> {
  const core = { name: 'core.wasm', url: CORE_URL };
  const names = [{ name: core.name, size: null }, ...plan.files];
  downloads.value = names.map(({ name, size }) => ({
    name,
    received: 0,
    total: size,
    isDone: false,
    isFromCache: false,
  }));
  const report = (index: number) => (progress: Progress) => {
    if (abort.aborted) return;
    downloads.value = downloads.value.map((one, at) => (at === index ? { ...one, ...progress } : one));
  };
  return Promise.all([
    download(core, report(0), abort),
    ...plan.files.map((file, index) => file.load(report(index + 1), abort)),
  ]);
}

function fail(error: unknown): void {
  if (error instanceof DownloadError) setProblem('host', error.message);
  else setProblem('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function setProblem(kind: Problem['kind'], message: string): void {
  client?.terminate();
  client = null;
  batch(() => {
    phase.value = 'failed';
    status.value = null;
    problem.value =
      kind === 'host'
        ? { kind, words: message, details: null }
        : {
            kind,
            words: 'A mistake of Vitrine itself ended the machine. Please report it with these lines:',
            details: message,
          };
  });
}

/** Ends the machine, or a download on its way. */
export function turnOff(): void {
  loading?.abort();
  loading = null;
  client?.terminate();
  client = null;
  newMessages = [];
  batch(() => {
    phase.value = 'off';
    machine.value = null;
    status.value = null;
    exit.value = null;
    problem.value = null;
    counters.value = null;
    messages.value = [];
  });
}

function onEvent(event: Event): void {
  switch (event.type) {
    case 'ready':
      batch(() => {
        phase.value = 'on';
        machine.value = event.machine;
        status.value = event.status;
      });
      return;
    case 'serialOutput':
      return showOutput(event.bytes);
    case 'status':
      status.value = event.status;
      return;
    case 'counters':
      counters.value = event.counters;
      return;
    case 'message':
      return addMessage(event.text);
    case 'exit':
      exit.value = event.exit;
      return;
    case 'error':
      // A machine that is there survives a wrong command.
      if (phase.value === 'on' && event.kind === 'host') return addMessage(event.message);
      return setProblem(event.kind, event.message);
  }
}

/** The log of -d may bring thousands at once: they are shown a frame at a time. */
function addMessage(text: string): void {
  newMessages.push(text);
  if (newMessages.length > 1) return;
  requestAnimationFrame(() => {
    messages.value = [...messages.value, ...newMessages].slice(-MAX_MESSAGES);
    newMessages = [];
  });
}

export function pause(): void {
  client?.send({ type: 'pause' });
}

export function run(): void {
  client?.send({ type: 'run' });
}

export function toggleRun(): void {
  if (isPowered.value) pause();
  else if (status.value?.state === 'paused') run();
}

/** The reset button: an ended machine starts again; one that could not be built is built again. */
export async function reset(): Promise<void> {
  const plan = current.value;
  if (phase.value !== 'on' || client === null) {
    if (plan !== null) await start(plan);
    return;
  }
  batch(() => {
    exit.value = null;
    messages.value = [];
  });
  clearOutput();
  client.send({ type: 'reset' });
}

export function queryCounters(): void {
  client?.send({ type: 'queryCounters' });
}

/** Keys go to the first stream that is connected to the page. */
export function type(bytes: Uint8Array): void {
  const stream: StreamId = machine.value?.streams[0] ?? 'serial0';
  if (phase.value === 'on') client?.send({ type: 'serialInput', stream, bytes });
}
