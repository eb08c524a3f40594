/** Entry of the module that the test of Explain loads beside the core: it shares the core's memory. */
import { Explain } from '../machine/explain';
import { Insn } from '../machine/insn';
import { explainInstruction } from '../generated/explain';

const MACHINE: usize = memory.data(64, 16);
const BUFFER: usize = memory.data(0x1000, 16);

/** Where explain() writes. */
export function text(): usize {
  return BUFFER;
}

/** Writes the explanation of the micro-op at `u` to text(); returns its length. */
export function explain(u: usize): u32 {
  const m = changetype<Explain>(MACHINE);
  m.begin(BUFFER);
  explainInstruction(m, changetype<Insn>(u));
  return <u32>(m.at - BUFFER);
}
