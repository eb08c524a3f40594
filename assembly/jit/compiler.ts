/**
 * Hot heads become modules: a batch of regions is one WebAssembly module, because a module costs some 100 us and a region in
 * it a tenth of that (docs/decisions/005). Its functions import what they cannot do inline from the core.
 */
import * as S from '../shared/state';
import * as W from './opcodes';
import { MEMORY_JIT_BODIES, MEMORY_JIT_EMIT, MEMORY_JIT_MODULE, MEMORY_JIT_QUEUE } from '../shared/memory-map';
import { installModule } from '../cpu/host';
import { CodePage } from '../decode/code-page';
import { OP_HEAD } from '../decode/decoder';
import { Emit } from '../machine/emit';
import { Eval } from '../machine/eval';
import { Insn } from '../machine/insn';
import { HOT, JIT_EAGER, queueAt } from './heads';
import { nextExit, regionExitRoom } from './exits';
import { otherPages } from './inlining';
import { mappedAt } from './blocks';
import { dropNotes, keepNotes, noteEntry } from './notes';
import { Region } from './region';
import { addModule, beginModule, regionAt } from './region-table';
import { WasmEncoder } from './wasm-encoder';

/** Regions in a module. */
const BATCH: u32 = 32;
/** Fewer regions wait for more, but not longer than so many instructions. */
const BATCH_MIN: u32 = 24;
const WAIT_MAX: u64 = 500000;
/** A head whose region cannot be compiled: its count never gets to HOT again. */
const NEVER: i32 = i32.MIN_VALUE;

/** Compiles what has become hot since, if that is enough or has waited long enough. */
export function compileHot(m: Eval): void {
  const count = load<u32>(MEMORY_JIT_QUEUE);
  if (!count) return;
  const waited = load<u64>(m.at, S.STATE_COUNT) - load<u64>(MEMORY_JIT_QUEUE, 8);
  if (count < BATCH_MIN && waited < WAIT_MAX && load<u32>(m.at, S.STATE_JIT) < JIT_EAGER) return;
  store<u32>(MEMORY_JIT_QUEUE, 0);
  for (let first: u32 = 0; first < count; first += BATCH) compileBatch(m, first, min<u32>(BATCH, count - first));
}

function compileBatch(m: Eval, first: u32, count: u32): void {
  const region = changetype<Region>(<usize>MEMORY_JIT_EMIT + 512);
  changetype<Emit>(MEMORY_JIT_EMIT).checked = load<u32>(m.at, S.STATE_LOCKSTEP) != 0;
  let at: usize = MEMORY_JIT_BODIES;
  let compiled: u32 = 0;
  dropNotes();
  const number = beginModule(count);
  const exits = nextExit();
  for (let n: u32 = 0; n < count; n++) {
    const entry = queueAt(first + n);
    const head = changetype<Insn>(<usize>load<u32>(entry));
    const page = changetype<CodePage>(<usize>load<u32>(entry, 4));
    if (!isCurrent(head, page) || isCovered(head)) continue;
    if (!regionExitRoom(exits)) {
      // Another time.
      head.imm = HOT >> 1;
      continue;
    }
    noteEntry(load<u64>(entry, 8));
    const end = region.compile(m, page, head.place, head.form, at);
    if (!end) {
      head.imm = NEVER;
      continue;
    }
    keepNotes();
    region.cover();
    const record = regionAt(number + compiled);
    record.instructions = <i32>region.instructions;
    record.head = <u32>changetype<usize>(head);
    record.pages = otherPages();
    at = end;
    compiled++;
  }
  if (compiled) install(number, compiled, at, exits);
}

/** Is the head still where its page says? Code in 16-bit modes and in segments that are not flat is left to the interpreter. */
function isCurrent(head: Insn, page: CodePage): bool {
  if (!changetype<usize>(page) || !(page.mode & S.MODE_FLAT)) return false;
  return mappedAt(page, head.place) == changetype<usize>(head) && head.op == OP_HEAD;
}

/** A region has taken its code in since (Region.cover()). */
function isCovered(head: Insn): bool {
  return head.imm < HOT;
}

function install(first: u32, count: u32, end: usize, exits: usize): void {
  const out = changetype<WasmEncoder>(<usize>MEMORY_JIT_EMIT + 768);
  out.at = MEMORY_JIT_MODULE;
  writeModule(out, count, end);
  const bytes = <i32>(out.at - MEMORY_JIT_MODULE);
  const index = installModule(MEMORY_JIT_MODULE, bytes, <i32>count, <i32>first);
  if (index >= 0) addModule(first, count, <u32>index, exits);
}

// ── The module ───────────────────────────────────────────────────────────────────────────────────────────────────
const IMPORTS: u32 = 20;
/** The function type of each import: condition, rotate, carry, handler, string, log; then softfloat's (machine/emit-x87.ts). */
const IMPORT_TYPES: usize = memory.data<u8>([2, 3, 1, 2, 2, 1, 4, 4, 4, 4, 4, 5, 5, 5, 5, 6, 7, 2, 7, 2]);

function writeModule(out: WasmEncoder, count: u32, end: usize): void {
  store<u32>(out.at, 0x6d736100);
  store<u32>(out.at, 1, 4);
  out.at += 8;
  const types = begin(out, 1);
  out.unsigned(8);
  functionType(out, 1, 1); // 0: a region
  functionType(out, 2, 0); // 1: carry, log
  functionType(out, 2, 1); // 2: condition, handler; a binary32
  functionType(out, 3, 0); // 3: rotate
  functionType(out, 6, 1, 0x14); // 4: two 80-bit numbers
  functionType(out, 4, 1, 0x04); // 5: one
  functionType(out, 5, 1, 0x04); // 6: one, and a size
  functionType(out, 2, 1, 0x02); // 7: a binary64
  finish(out, types);
  writeImports(out);
  const functions = begin(out, 3);
  out.unsigned(count);
  for (let n: u32 = 0; n < count; n++) out.byte(0);
  finish(out, functions);
  const exports = begin(out, 7);
  out.unsigned(count);
  for (let n: u32 = 0; n < count; n++) {
    name(out, 0x30 + n);
    out.byte(0);
    out.unsigned(IMPORTS + n);
  }
  finish(out, exports);
  const code = begin(out, 10);
  out.unsigned(count);
  memory.copy(out.at, MEMORY_JIT_BODIES, end - MEMORY_JIT_BODIES);
  out.at += end - MEMORY_JIT_BODIES;
  finish(out, code);
}

function begin(out: WasmEncoder, id: u32): usize {
  out.byte(id);
  return out.room();
}

function finish(out: WasmEncoder, room: usize): void {
  out.patch(room, <u32>(out.at - room - 5));
}

/** `wide`: bit n is set if parameter n is an i64. */
function functionType(out: WasmEncoder, parameters: u32, results: u32, wide: u32 = 0): void {
  out.byte(0x60);
  out.unsigned(parameters);
  for (let n: u32 = 0; n < parameters; n++) out.byte((wide >> n) & 1 ? W.TYPE_I64 : W.TYPE_I32);
  out.unsigned(results);
  for (let n: u32 = 0; n < results; n++) out.byte(W.TYPE_I32);
}

function name(out: WasmEncoder, character: u32): void {
  out.byte(1);
  out.byte(character);
}

/** Memory "m" and the functions "A" to "T", in the order of IMPORT_* in machine/emit-flags.ts and emit-x87.ts, from module "v". */
function writeImports(out: WasmEncoder): void {
  const section = begin(out, 2);
  out.unsigned(1 + IMPORTS);
  name(out, 0x76);
  name(out, 0x6d);
  out.byte(2);
  out.byte(0);
  out.byte(0);
  for (let n: u32 = 0; n < IMPORTS; n++) {
    name(out, 0x76);
    name(out, 0x41 + n);
    out.byte(0);
    out.byte(load<u8>(IMPORT_TYPES + n));
  }
  finish(out, section);
}
