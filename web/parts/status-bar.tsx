// The plinth: what the machine does, in figures and in words.
import type { ComponentChildren } from 'preact';
import type { MachineState } from '../../devices/machine/protocol.ts';
import { current, exit, isPowered, machine, phase, status, type Phase } from '../machine/session.ts';
import { lastMessage } from './banners.tsx';

const STATES: Readonly<Record<MachineState, readonly [words: string, explanation: string]>> = {
  running: ['Running', 'The CPU executes instructions'],
  halted: ['Idle', 'The CPU has halted (HLT) until the next interrupt and uses no time of your computer'],
  paused: ['Paused', 'The time of the guest stands still'],
  stopped: ['Stopped', 'The machine has ended; Reset starts it again'],
};

const PHASES: Readonly<Record<Phase, readonly [words: string, explanation: string]>> = {
  off: ['Off', 'No machine has been started'],
  loading: ['Loading', 'Files are on their way'],
  starting: ['Starting', 'The machine is being built'],
  on: ['On', ''],
  failed: ['Not started', 'The message above says why'],
};

function stateWords(): readonly [words: string, explanation: string] {
  return phase.value === 'on' && status.value !== null ? STATES[status.value.state] : PHASES[phase.value];
}

export function countInWords(count: number): string {
  if (count < 10_000) return String(count);
  if (count < 999_950) return `${(count / 1e3).toFixed(1)} k`;
  if (count < 999_950_000) return `${(count / 1e6).toFixed(1)} M`;
  return `${(count / 1e9).toFixed(2)} G`;
}

export function timeInWords(ns: number): string {
  const tenths = Math.floor(ns / 1e8);
  const seconds = Math.floor(tenths / 10);
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  const clock =
    minutes < 60
      ? `${minutes}:${two(seconds % 60)}`
      : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return `${clock}.${tenths % 10}`;
}

/** Of the last moment; nobody executes while a guest is idle for long. */
function jitWords(): string {
  if (machine.value?.accelerator === 'interp') return 'off';
  const share = status.value?.compiledShare ?? null;
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

function Cell(props: { readonly name: string; readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="cell" title={props.title}>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

export function StatusBar() {
  const now = status.value;
  const [words, explanation] = stateWords();
  const isExecuting = now?.state === 'running' || now?.state === 'halted';
  return (
    <div class="plinth">
      <p class="plate">
        <span class="plate-title">{current.value?.title ?? 'Vitrine'}</span>
        <span class="plate-image">{machine.value?.image ?? 'an x86 computer made of WebAssembly'}</span>
      </p>
      <dl class="cells" aria-label="Status of the machine">
        <Cell name="State" title={explanation}>
          <span class="lamp" data-state={now?.state ?? phase.value} />
          {words}
        </Cell>
        <Cell name="Speed" title="Millions of guest instructions per second, while the CPU executes">
          {now !== null && isExecuting && now.mips > 0 ? now.mips.toFixed(now.mips < 10 ? 1 : 0) : '–'}
          <small> MIPS</small>
        </Cell>
        <Cell
          name="JIT"
          title="Share of the instructions that ran in code compiled to WebAssembly; the rest is interpreted"
        >
          {jitWords()}
        </Cell>
        <Cell name="Instructions" title="Guest instructions executed since the machine was switched on">
          {now === null ? '–' : countInWords(now.instructions)}
        </Cell>
        <Cell name="Guest time" title="Virtual time since the machine was switched on">
          {now === null ? '–' : timeInWords(now.virtualTimeNs)}
        </Cell>
        <Cell name="Host CPU" title="Share of one core of your computer that the machine uses">
          {now === null ? '–' : `${Math.round(isExecuting ? now.busy * 100 : 0)} %`}
        </Cell>
        <Cell name="RAM" title="Memory of the guest">
          {machine.value === null ? '–' : `${Math.round(machine.value.ramBytes / 1024 ** 2)} MB`}
        </Cell>
      </dl>
    </div>
  );
}

/** Changes for those who do not see the lamp. Idle and running alternate all the time: both are "running". */
export function SpokenStatus() {
  const state = exit.value === null && isPowered.value ? 'The machine is running.' : `The machine: ${stateWords()[0]}.`;
  return (
    <p class="hidden" role="status">
      {exit.value?.words ?? state} {lastMessage.value}
    </p>
  );
}
