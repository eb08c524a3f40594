// What Ctrl-A i prints: the figures that the page has in its status bar, and what the compiler has made.
import type { CompilerFigures } from '../machine/compiled-modules.ts';
import type { MachineStatus } from '../machine/protocol.ts';

function million(count: number): string {
  return `${(count / 1e6).toFixed(1)} million`;
}

/** The figures of MachineStatus that are over a period are over the time since the last such line. */
export function statusWords(status: MachineStatus, { modules, functions, bytes }: CompilerFigures): string {
  const { state, instructions, compiled, compiledShare, mips, busy, virtualTimeNs } = status;
  const always = instructions > 0 ? Math.round((compiled / instructions) * 100) : 0;
  const lately = compiledShare === null ? '' : `, ${Math.round(compiledShare * 100)} % of the last ones`;
  return [
    `${state}, ${(virtualTimeNs / 1e9).toFixed(1)} s of guest time, ${Math.round(busy * 100)} % of a host's core`,
    `${million(instructions)} instructions, ${mips.toFixed(1)} MIPS; ${always} % of them compiled${lately}`,
    `${functions} regions in ${modules} modules of WebAssembly, ${Math.ceil(bytes / 1024)} KB`,
  ].join('\n');
}
