// A machine: the programming interface that the command line, the worker and tests share. It puts vCPU, board, loader and
// streams together, drives the machine loop between turns of the host, and says how a run ended.
import { FEATURE_LM } from '../../assembly/shared/features.ts';
import { HostError, type ResetKind } from '../device.ts';
import { Log } from '../log.ts';
import { GuestMemory } from '../memory.ts';
import type { PciBus } from '../pci/pci-bus.ts';
import { saveDevices } from '../snapshot.ts';
import { RSDP_ADDRESS } from './board.ts';
import { parseArguments } from './command-line.ts';
import type { CompilerFigures } from './compiled-modules.ts';
import { Core } from './core.ts';
import { hasFeature } from './cpu-model.ts';
import type { Host, MachineListener, Wait } from './host.ts';
import { Schedule, type InputLog, type InputPlace, type StreamEvent } from './input-log.ts';
import { loadImage } from './load/image.ts';
import type { BootPlan } from './load/boot-plan.ts';
import { serialTargets, type MachineOptions } from './options.ts';
import { Pc, type PowerEvent } from './pc.ts';
import type {
  CountedName,
  MachineCounters,
  MachineDescription,
  MachineExit,
  MachineState,
  MachineStatus,
  StreamId,
} from './protocol.ts';
import { RunLoop, type Turn } from './run-loop.ts';
import { hashState } from './state-hash.ts';
import { Streams } from './streams.ts';
import { CountingTimekeeper, HostTimekeeper, type Timekeeper } from './timekeeper.ts';

/** A guest that probes memory touches thousands of places; the most frequent tell enough. */
const UNIMPLEMENTED_SHOWN = 200;

const SERIAL_STREAMS: readonly StreamId[] = ['serial0', 'serial1', 'serial2', 'serial3'];

/** Reads flags and files, builds the machine and stops it at its first instruction. A HostError says what is wrong. */
export async function createMachine(
  flags: readonly string[] | MachineOptions,
  host: Host,
  listener: MachineListener = {},
): Promise<Machine> {
  const options = isArguments(flags) ? parseArguments(flags) : flags;
  if (options.action !== 'run')
    throw new HostError('There is no machine to run: -help and -version are for the command line.');
  // Images first: what is wrong with them is said before memory is taken.
  const plan = await loadImage(options, host.readFile.bind(host), {
    ramBytes: options.ramBytes,
    rsdp: options.bios === null ? RSDP_ADDRESS : 0,
    hasLongMode: hasFeature(options.cpu, FEATURE_LM),
  });
  const log = new Log();
  for (const item of options.log) log.enable(item);
  const writeLog = host.openLog(options.logFile);
  log.setSink((item, text) => {
    writeLog(`${item}: ${text}`);
  });
  const streams = new Streams();
  const pc = new Pc({
    options,
    log,
    memory: new GuestMemory(new Uint8Array()),
    wallClock: host.wallClock(),
    ...openStreams(options, streams, host),
  });
  const core = await Core.create(await host.readCore(), options.ramBytes, pc);
  core.setCpuModel(options.cpu);
  core.accelerator = options.accel;
  core.check = options.check;
  const seed = options.seed ?? (options.icount === null ? host.randomSeed() : 0);
  core.setSeed(seed);
  pc.attach(core, plan.rom);
  if (options.check !== 0) core.compiled.onDivergence = (await import('./lockstep-report.ts')).stopAtDivergence;
  if (log.enabled('blocks')) await logRegions(core, options.logFilter, log);
  return new Machine({ options, host, listener, log, streams, pc, core, plan, writeLog, seed });
}

/** Loaded only where it is asked for: the tables of names are not small. */
async function logRegions(core: Core, filter: MachineOptions['logFilter'], log: Log): Promise<void> {
  const { listRegions } = await import('./listing/region-listing.ts');
  core.watchCompiler((module, memory) => {
    for (const text of listRegions(module, memory, filter)) log.write('blocks', text);
  });
}

function isArguments(flags: readonly string[] | MachineOptions): flags is readonly string[] {
  return Array.isArray(flags);
}

function openStreams(
  options: MachineOptions,
  streams: Streams,
  host: Host,
): Pick<ConstructorParameters<typeof Pc>[0], 'serial' | 'debugcon'> {
  const open = (id: StreamId, target: MachineOptions['serial'][number]) =>
    streams.open(id, target.kind === 'null' ? () => {} : host.openStream(id, target));
  return {
    serial: serialTargets(options).map((target, index) => open(SERIAL_STREAMS[index] ?? 'serial0', target)),
    debugcon: options.debugcon === null ? null : open('debugcon', options.debugcon),
  };
}

interface Parts {
  readonly options: MachineOptions;
  readonly host: Host;
  readonly listener: MachineListener;
  readonly log: Log;
  readonly streams: Streams;
  readonly pc: Pc;
  readonly core: Core;
  readonly plan: BootPlan;
  readonly writeLog: (line: string) => void;
  readonly seed: number;
}

export class Machine {
  readonly options: MachineOptions;
  #inputLog: InputLog | null = null;
  readonly #parts: Parts;
  readonly #loop: RunLoop;
  readonly #timekeeper: Timekeeper;
  #state: MachineState = 'paused';
  #isDriving = false;
  readonly #schedule = new Schedule();
  #wait: Wait | null = null;
  /** What devices asked for during the slice. */
  #power: PowerEvent | null = null;
  #bug: unknown = null;
  #saidHalted = false;
  #lastShutdown = '';
  #pausedAtMs: number;
  #statusFrom = { instructions: 0, compiled: 0, busyNs: 0, hostNs: 0 };

  constructor(parts: Parts) {
    this.options = parts.options;
    this.#parts = parts;
    this.#pausedAtMs = parts.host.wallClock().unixMs;
    const { core, host, pc, options } = parts;
    this.#timekeeper =
      options.icount === null
        ? new HostTimekeeper(core, host.monotonicNs())
        : new CountingTimekeeper(core, options.icount, host.monotonicNs());
    this.#loop = new RunLoop(core, pc.clock, this.#timekeeper, {
      deliverInput: () => {
        this.#deliverInput();
      },
      hasInput: () => parts.streams.hasInput || this.#schedule.isDue(core.instructions, core.now()),
      nextInputAt: () => this.#schedule.nextInstructions,
      onSliceStart: () => {
        if (this.inputLog !== null && options.icount === null)
          this.inputLog({ kind: 'time', shift: core.timeShift, ...this.#place });
      },
      onSliceEnd: () => this.#onSliceEnd(),
      onShutdown: () => {
        this.#onPower({ kind: 'triple-fault' });
      },
      onHaltedForGood: () => {
        this.#onHaltedForGood();
      },
      monotonicNs: () => host.monotonicNs(),
    });
    pc.onPower = (event) => {
      this.#onPower(event);
    };
    pc.onBug = (error) => {
      this.#bug = error;
      core.requestStop();
    };
    this.#powerOn();
    for (const warning of parts.plan.warnings) this.#say(warning);
  }

  get inputLog(): InputLog | null {
    return this.#inputLog;
  }

  /** Set to keep what enters the machine from outside (input-log.ts). The seed is the first that it hears of. */
  set inputLog(log: InputLog | null) {
    this.#inputLog = log;
    log?.({ kind: 'seed', seed: this.#parts.seed, ...this.#place });
  }

  get state(): MachineState {
    return this.#state;
  }

  get #isRunning(): boolean {
    return this.#state === 'running' || this.#state === 'halted';
  }

  get description(): MachineDescription {
    const { options, plan } = this.#parts;
    const streams: StreamId[] = serialTargets(options).flatMap((target, index) =>
      target.kind === 'stdio' ? [SERIAL_STREAMS[index] ?? 'serial0'] : [],
    );
    if (options.debugcon?.kind === 'stdio') streams.push('debugcon');
    return {
      name: options.name,
      ramBytes: options.ramBytes,
      accelerator: options.accel,
      image: plan.description,
      streams,
    };
  }

  /** Starts or goes on. Nothing happens if the machine runs already or has ended. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#timekeeper.resume(this.#parts.host.monotonicNs());
    if (this.options.rtc.clock === 'host') this.#catchUpRtc();
    this.#setState('running');
    if (!this.#isDriving) void this.#drive();
  }

  /** `-rtc clock=host`: a pause is no pause for the real-time clock. */
  #catchUpRtc(): void {
    const { host, pc } = this.#parts;
    const seconds = Math.floor((host.wallClock().unixMs - this.#pausedAtMs) / 1000);
    this.inputLog?.({ kind: 'rtc', seconds, ...this.#place });
    pc.rtc.catchUp(seconds);
  }

  /** Takes effect at once: the machine loop only runs while the host's events wait. */
  pause(): void {
    if (!this.#isRunning) return;
    this.#loop.pause();
    this.#setState('paused');
    this.#wait?.cancel();
  }

  /** The reset button. An ended machine starts again. */
  reset(): void {
    const { host } = this.#parts;
    this.inputLog?.({ kind: 'reset', ...this.#place });
    this.#power = null;
    this.#powerOn();
    if (this.#state === 'stopped') {
      this.#setState('paused');
      this.resume();
      return;
    }
    if (this.#state === 'halted') this.#timekeeper.idleEnd(Infinity, host.monotonicNs());
    this.#wait?.cancel();
  }

  /** Bytes for a stream of the guest. False: the machine has no such stream. */
  input(stream: StreamId, bytes: Uint8Array): boolean {
    const isThere = this.#parts.streams.post({ stream, bytes });
    this.#wait?.cancel();
    return isThere;
  }

  /** Input of a recording, each piece to enter where it did then. */
  schedule(events: readonly StreamEvent[]): void {
    this.#schedule.add(events);
  }

  /** Input that the guest has not taken yet, in bytes: a host end that reads a pipe waits while it is large. */
  get pendingInput(): number {
    return this.#parts.streams.pending;
  }

  /** Figures over the time since the last call. */
  status(): MachineStatus {
    const { core, host } = this.#parts;
    const { instructions, compiledInstructions: compiled } = core;
    const now = { instructions, compiled, busyNs: this.#loop.busyNs, hostNs: host.monotonicNs() };
    const from = this.#statusFrom;
    this.#statusFrom = now;
    const busyNs = now.busyNs - from.busyNs;
    const executed = instructions - from.instructions;
    return {
      state: this.#state,
      instructions,
      compiled,
      compiledShare: executed > 0 ? (compiled - from.compiled) / executed : null,
      virtualTimeNs: core.now(),
      mips: busyNs > 0 ? (executed / busyNs) * 1000 : 0,
      busy: now.hostNs > from.hostNs ? Math.min(1, busyNs / (now.hostNs - from.hostNs)) : 0,
    };
  }

  counters(): MachineCounters {
    const { pc, log } = this.#parts;
    const exits: CountedName[] = [...this.#loop.exits].map(([name, count]) => ({ name, count }));
    const unclaimed = pc.bus.unimplemented().map(({ space, address, name, reads, writes }) => {
      const where = address < 0 ? '' : ` 0x${address.toString(16)}`;
      return {
        name: `${space === 'pio' ? 'port' : 'memory'}${where} (${name}): ${reads} reads, ${writes} writes`,
        count: reads + writes,
      };
    });
    const others = log.unimplementedCounts().map(({ what, count }) => ({ name: what, count }));
    return {
      exits: byCount([...exits, ...pc.exitCounts()]),
      io: byCount(pc.ioCounts()),
      unimplemented: byCount([...unclaimed, ...others]),
    };
  }

  get compiler(): CompilerFigures {
    return this.#parts.core.compiled.figures;
  }

  /** One number for CPU, RAM and devices: equal runs have equal numbers. */
  stateHash(): string {
    const { core, pc } = this.#parts;
    return hashState(core.stateBytes(), core.ram, saveDevices(pc.devices));
  }

  get core(): Core {
    return this.#parts.core;
  }

  get memory(): GuestMemory {
    return this.#parts.pc.memory;
  }

  get pci(): PciBus {
    return this.#parts.pc.pci;
  }

  async #drive(): Promise<void> {
    const { host, streams } = this.#parts;
    this.#isDriving = true;
    while (this.#isRunning) {
      const turn = this.#turn();
      streams.flush();
      // Whoever got the output may have paused the machine; the loop's condition sees it.
      if (turn.kind === 'stopped' || !this.#isRunning) continue;
      this.#setState(turn.kind === 'idle' ? 'halted' : 'running');
      if (turn.kind === 'busy') await host.yieldTurn();
      else await this.#idle(turn.waitNs);
    }
    streams.flush();
    this.#isDriving = false;
  }

  #turn(): Turn {
    try {
      return this.#loop.turn();
    } catch (error) {
      // A trap of the core or an assertion: the guest cannot cause either, so it is ours.
      this.#bug = error;
      this.#onSliceEnd();
      return { kind: 'stopped' };
    }
  }

  async #idle(waitNs: number): Promise<void> {
    this.#wait = this.#parts.host.wait(waitNs / 1e6);
    await this.#wait.done;
    this.#wait = null;
  }

  #deliverInput(): void {
    const { streams, core } = this.#parts;
    while (this.#schedule.isDue(core.instructions, core.now())) {
      const event = this.#schedule.take();
      if (event !== undefined) streams.post(event);
    }
    if (!streams.hasInput) return;
    const place = this.#place;
    for (const { stream, bytes } of streams.deliver()) this.inputLog?.({ kind: 'stream', stream, bytes, ...place });
  }

  get #place(): InputPlace {
    const { core } = this.#parts;
    return { instructions: core.instructions, ns: core.now() };
  }

  /** Within an instruction: remembered until the slice has ended. The first event wins. */
  #onPower(event: PowerEvent): void {
    this.#power ??= event;
    this.#parts.core.requestStop();
  }

  #onSliceEnd(): boolean {
    if (this.#bug !== null) {
      this.#end({ kind: 'bug', code: 70, words: bugWords(this.#bug, this.#parts.core) });
      return false;
    }
    const event = this.#power;
    if (event === null) return this.#isRunning;
    this.#power = null;
    switch (event.kind) {
      case 'poweroff':
        return this.#onPoweroff();
      case 'debug-exit':
        this.#end({
          kind: 'debug-exit',
          code: event.code,
          words: `The guest ended the machine with exit status ${event.code}.`,
        });
        return false;
      case 'triple-fault':
        return this.#onTripleFault();
      case 'reset':
        return this.#onReset(event.reset);
    }
  }

  /** A warm reset is for the CPU: firmware starts again and finds the rest as it was. Without firmware all starts again. */
  #onReset(kind: ResetKind): boolean {
    if (this.options.noReboot) {
      this.#end({ kind: 'reset', code: 0, words: 'The guest asked for a reset.' });
      return false;
    }
    const { plan, core } = this.#parts;
    if (kind === 'warm' && plan.entry === null) core.reset();
    else this.#powerOn();
    return true;
  }

  #onPoweroff(): boolean {
    if (this.options.noShutdown) {
      this.#say('The guest powered off; the machine is kept, as -no-shutdown says.');
      this.#setState('paused');
    } else this.#end({ kind: 'poweroff', code: 0, words: 'The guest powered off.' });
    return false;
  }

  #onTripleFault(): boolean {
    const words = this.#parts.core.shutdownWords();
    if (this.options.noReboot) {
      this.#end({ kind: 'triple-fault', code: 1, words });
      return false;
    }
    // A machine that falls over at the same place again and again says so once.
    if (words !== this.#lastShutdown) this.#say(`${words} The machine restarts.`);
    this.#lastShutdown = words;
    this.#powerOn();
    return true;
  }

  #onHaltedForGood(): void {
    if (this.#saidHalted) return;
    this.#saidHalted = true;
    const { cs, eip } = this.#parts.core.registers();
    this.#say(`The CPU halted with interrupts off at ${hex(cs, 4)}:${hex(eip, 8)}: nothing but a reset can wake it.`);
  }

  /** RESET# for CPU and board, and the images into RAM again. */
  #powerOn(): void {
    const { core, pc, plan, log } = this.#parts;
    this.#saidHalted = false;
    pc.powerOn();
    core.reset();
    for (const { address, bytes } of plan.placements) pc.memory.writeBytes(address, bytes);
    if (plan.entry !== null) core.enter(plan.entry);
    this.#loop.forgetIdle();
    if (log.enabled('cpu_reset'))
      log.write('cpu_reset', `reset at instruction ${core.instructions}\n${registerWords(core)}`);
  }

  #end(exit: MachineExit): void {
    this.#parts.streams.flush();
    this.#setState('stopped');
    if (this.#parts.log.enabled('unimp')) this.#writeUnimplemented();
    this.#parts.listener.exit?.(exit);
  }

  /** `-d unimp`: the list, once more and with counts, for whoever only looks at the end. */
  #writeUnimplemented(): void {
    const list = this.counters().unimplemented;
    this.#parts.writeLog(
      `unimp: ${list.length === 0 ? 'nothing was missing' : `${list.length} things were missing, most frequent first:`}`,
    );
    for (const { name, count } of list.slice(0, UNIMPLEMENTED_SHOWN))
      this.#parts.writeLog(`unimp: ${String(count).padStart(10)}  ${name}`);
    if (list.length > UNIMPLEMENTED_SHOWN) this.#parts.writeLog(`unimp: and ${list.length - UNIMPLEMENTED_SHOWN} more`);
  }

  /** The user quits: what is written at a machine's end is written now. */
  quit(): void {
    if (this.#state === 'stopped') return;
    this.pause();
    this.#parts.streams.flush();
    if (this.#parts.log.enabled('unimp')) this.#writeUnimplemented();
  }

  #setState(state: MachineState): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state === 'paused') this.#pausedAtMs = this.#parts.host.wallClock().unixMs;
    this.#parts.listener.stateChanged?.(state);
  }

  #say(text: string): void {
    this.#parts.listener.message?.(text);
  }
}

function byCount(list: readonly CountedName[]): CountedName[] {
  return [...list].sort((a, b) => b.count - a.count);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

const GENERAL_NAMES = ['EAX', 'ECX', 'EDX', 'EBX', 'ESP', 'EBP', 'ESI', 'EDI'];

function registerWords(core: Core): string {
  const { eip, cs, eflags, cr0, cr2, cr3, cr4, general } = core.registers();
  const names = general.map((value, index) => `${GENERAL_NAMES[index]}=${hex(value, 8)}`);
  return [
    names.slice(0, 4).join(' '),
    names.slice(4).join(' '),
    `CS:EIP=${hex(cs, 4)}:${hex(eip, 8)} EFLAGS=${hex(eflags, 8)}`,
    `CR0=${hex(cr0, 8)} CR2=${hex(cr2, 8)} CR3=${hex(cr3, 8)} CR4=${hex(cr4, 8)}`,
  ].join('\n');
}

function bugWords(error: unknown, core: Core): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `A mistake in Vitrine stopped the machine at instruction ${core.instructions}.\n${what}\n${registerWords(core)}`;
}
