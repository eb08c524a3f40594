// Runs one machine and notes when what appears on its serial line.
import { spawn } from 'node:child_process';

export interface Arrival {
  readonly text: string;
  /** Milliseconds since the process was started. */
  readonly at: number;
}

export class DidNotFinish extends Error {}

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
      child.kill('SIGKILL');
      if (error) reject(error);
      else resolve();
    };
    const timer = setTimeout(
      () => finish(new DidNotFinish(`not finished after ${limit / 1000} s; ${tail(output)}`)),
      limit,
    );
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('latin1')));
    child.stdout.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1');
      output += text;
      if (onOutput({ text, at: performance.now() - start }, output)) finish();
    });
    child.on('error', (error) => finish(new DidNotFinish(error.message)));
    child.on('exit', () => finish(new DidNotFinish(`the machine stopped; ${tail(errors === '' ? output : errors)}`)));
  });
}

function tail(text: string): string {
  return text === '' ? 'it printed nothing' : `last it printed ${JSON.stringify(text.slice(-200))}`;
}

/** Milliseconds from the start of the process to the text on the serial line. */
export async function timeUntil(command: readonly [string, ...string[]], text: string, limit: number): Promise<number> {
  let time = 0;
  await watch(command, limit, ({ at }, soFar) => {
    time = at;
    return soFar.includes(text);
  });
  return time;
}

/** Milliseconds between the two appearances of each letter; Z ends the run. */
export async function timeBetweenLetters(
  command: readonly [string, ...string[]],
  limit: number,
): Promise<ReadonlyMap<string, number>> {
  const starts = new Map<string, number>();
  const times = new Map<string, number>();
  await watch(command, limit, ({ text, at }, soFar) => {
    for (const letter of text) {
      const start = starts.get(letter);
      if (start === undefined) starts.set(letter, at);
      else times.set(letter, at - start);
    }
    return soFar.includes('Z');
  });
  return times;
}
