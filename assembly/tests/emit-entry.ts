/** Entry of the module that the tests of Emit and Explain load beside the core: it shares the core's memory. */
import { Emit } from '../machine/emit';
import { Explain } from '../machine/explain';
import { Insn } from '../machine/insn';
import { WasmEncoder } from '../jit/wasm-encoder';
import { emitInstruction } from '../generated/emit';
import { explainInstruction } from '../generated/explain';

const OUT: usize = memory.data(64, 16);
const MACHINE: usize = memory.data(64, 16);
const BUFFER: usize = memory.data(0x8000, 16);

/** Compiles `times` times the micro-op at `u`; returns the module's address, 0 if its family is not compiled. */
export function compile(u: usize, times: u32): usize {
  const out = changetype<WasmEncoder>(OUT);
  const m = changetype<Emit>(MACHINE);
  out.at = BUFFER;
  m.begin(out);
  for (let n: u32 = 0; n < times; n++) if (!emitInstruction(m, changetype<Insn>(u))) return 0;
  return m.finish();
}

/** End of the module, and start of its instructions. */
export function end(): usize {
  return changetype<WasmEncoder>(OUT).at;
}
export function code(): usize {
  return BUFFER;
}

/** Writes the explanation of the micro-op at `u` to code(); returns its length. */
export function explain(u: usize): u32 {
  const m = changetype<Explain>(MACHINE);
  m.begin(BUFFER);
  explainInstruction(m, changetype<Insn>(u));
  return <u32>(m.at - BUFFER);
}
