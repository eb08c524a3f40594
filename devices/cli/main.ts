// vitrine FLAGS: one machine, its console on the terminal.
// Exit status: 0 power-off, (value << 1) | 1 isa-debug-exit, 1 triple fault with -no-reboot, 2 wrong flag or image,
// 70 a mistake of ours, 128 + n ended by signal n.
import packageFile from '../../package.json' with { type: 'json' };
import { HostError } from '../device.ts';
import { helpText, parseArguments } from '../machine/command-line.ts';
import { cpuHelp } from '../machine/cpu-model.ts';
import { createMachine, type Machine } from '../machine/machine.ts';
import { logHelp, serialTargets, type MachineOptions } from '../machine/options.ts';
import type { MachineExit, StreamId } from '../machine/protocol.ts';
import { Console } from './console.ts';
import { NodeHost } from './host-node.ts';

const EXIT_USAGE = 2;
const EXIT_BUG = 70;
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
/** Exits that speak for themselves: the guest wanted them. */
const SILENT: readonly MachineExit['kind'][] = ['poweroff', 'reset', 'debug-exit'];

function say(text: string): void {
  process.stderr.write(`vitrine: ${text}\n`);
}

/** The text of flags that run no machine. */
function answer(options: MachineOptions): string | null {
  if (options.action === 'help') return helpText();
  if (options.action === 'version') return `vitrine ${packageFile.version}\n`;
  if (options.action === 'cpu-help') return cpuHelp();
  return options.action === 'log-help' ? logHelp() : null;
}

/** The stream that gets what is typed. */
function inputStream(options: MachineOptions): StreamId | null {
  const index = serialTargets(options).findIndex((target) => target.kind === 'stdio');
  return index < 0 ? null : (`serial${index}` as StreamId);
}

/** Runs to the machine's end; answers the exit status. */
async function run(options: MachineOptions): Promise<number> {
  const host = new NodeHost(process.stdout, process.stderr);
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  const machine = await createMachine(options, host, {
    message: say,
    exit: ({ kind, code, words }) => {
      if (!SILENT.includes(kind)) say(words);
      end(code);
    },
  });
  const terminal = new Console(machine, inputStream(options), () => {
    say('ended by Ctrl-A x');
    end(0);
  });
  for (const [signal, number] of Object.entries(SIGNALS)) process.once(signal, () => end(128 + number));
  // Whoever read our output has gone; nobody will see more of it.
  process.stdout.once('error', () => end(1));
  terminal.open();
  if (!options.startPaused) machine.resume();
  const code = await ended;
  finish(machine, terminal, host);
  return code;
}

function finish(machine: Machine, terminal: Console, host: NodeHost): void {
  terminal.close();
  machine.quit();
  host.close();
}

async function main(argv: readonly string[]): Promise<number> {
  const options = parseArguments(argv);
  const text = answer(options);
  if (text === null) return run(options);
  process.stdout.write(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof HostError) say(error.message);
  else say(`a mistake of ours: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exitCode = error instanceof HostError ? EXIT_USAGE : EXIT_BUG;
}
