// Runs one machine and notes when what appears on its serial line, by the host's clock: the guest's own may be a virtual one.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Milliseconds of the host. */
export interface Time {
  readonly wall: number;
  /** Processor time of all threads of the machine's process in user mode, in steps of 10 ms; absent where there is no /proc. */
  readonly user?: number;
}

export interface Arrival {
  readonly text: string;
  /** Since the process was started. */
  readonly at: Time;
}

export class DidNotFinish extends Error {}

/** Milliseconds that a machine has to end in when it is told to. */
const TIME_TO_END = 10_000;

/** A machine that has to be set up first, as one in a browser, prints this line when its own start begins. */
const START = 'bench: start\n';

/** Linux shows processes' times in this unit (USER_HZ), whatever the kernel's own. */
const MILLISECONDS_PER_TICK = 10;

/** proc(5): utime is field 14 of stat; field 2, the name in parentheses, may contain spaces. Children, as a browser has them, count too. */
export function userTime(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const children = childrenOf(pid).map((child) => userTime(child) ?? 0);
    return children.reduce((sum, time) => sum + time, Number(fields[11]) * MILLISECONDS_PER_TICK);
  } catch {
    return undefined;
  }
}

export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );
}

export function difference(end: Time, start: Time): Time {
  const wall = end.wall - start.wall;
  if (end.user === undefined || start.user === undefined) return { wall };
  return { wall, user: end.user - start.user };
}

/**
 * Starts the command and hands over each piece of output, with all of it so far, until `onOutput` answers true; then the process is ended.
 * Fails if the machine stops before, or takes longer than `limit` milliseconds.
 */
export function watch(
  [command, ...args]: readonly [string, ...string[]],
  limit: number,
  onOutput: (arrival: Arrival, soFar: string) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      child.stdout.removeAllListeners();
      child.removeAllListeners();
      const settle = (): void => {
        clearTimeout(killer);
        if (error) reject(error);
        else resolve();
      };
      // A browser has to be taken along; whoever does not listen is ended all the same.
      const killer = setTimeout(() => child.kill('SIGKILL'), TIME_TO_END);
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return settle();
      child.once('exit', settle);
      child.kill('SIGTERM');
    };
    const timer = setTimeout(
      () => finish(new DidNotFinish(`not finished after ${limit / 1000} s; ${tail(output)}`)),
      limit,
    );
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('latin1')));
    child.stdout.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      output += text;
      const wall = performance.now() - start;
      const user = userTime(child.pid ?? 0);
      if (onOutput({ text, at: user === undefined ? { wall } : { wall, user } }, output)) finish();
    });
    child.on('error', (error) => finish(new DidNotFinish(error.message)));
    child.on('exit', () => finish(new DidNotFinish(`the machine stopped; ${tail(errors === '' ? output : errors)}`)));
  });
}

function tail(text: string): string {
  return text === '' ? 'it printed nothing' : `last it printed ${JSON.stringify(text.slice(-200))}`;
}

/** From the start of the process, or from START, to the text on the serial line. */
export async function timeUntil(command: readonly [string, ...string[]], text: string, limit: number): Promise<Time> {
  let start: Time = { wall: 0, user: 0 };
  let time: Time = start;
  await watch(command, limit, ({ at }, soFar) => {
    if (soFar === START) start = at;
    time = at;
    return soFar.includes(text);
  });
  return difference(time, start);
}

/** Between the two appearances of each letter; Z ends the run. */
export async function timeBetweenLetters(
  command: readonly [string, ...string[]],
  limit: number,
): Promise<ReadonlyMap<string, Time>> {
  const starts = new Map<string, Time>();
  const times = new Map<string, Time>();
  await watch(command, limit, ({ text, at }, soFar) => {
    for (const letter of text) {
      const start = starts.get(letter);
      if (start === undefined) starts.set(letter, at);
      else times.set(letter, difference(at, start));
    }
    return soFar.includes('Z');
  });
  return times;
}

export interface Span {
  readonly time: Time;
  /** What was printed between the two lines. */
  readonly output: string;
}

/** Hands over each span between the lines `bench: begin NAME` and `bench: done NAME`; the line `end` ends the run. */
export async function timeBetweenLines(
  command: readonly [string, ...string[]],
  end: string,
  limit: number,
  onSpan: (name: string, span: Span) => void,
): Promise<void> {
  let rest = '';
  let open: { name: string; start: Time; output: string } | undefined;
  await watch(command, limit, ({ text, at }) => {
    const lines = (rest + text).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === end) return true;
      const [, kind, name = ''] = /^bench: (begin|done) (.*)$/.exec(line) ?? [];
      if (kind === 'begin') open = { name, start: at, output: '' };
      else if (kind === 'done' && open?.name === name)
        onSpan(name, { time: difference(at, open.start), output: open.output });
      else if (open) open.output += `${line}\n`;
    }
    return false;
  });
}
