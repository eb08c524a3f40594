/**
 * The compiled regions, by number, and the modules that they lie in. Both, and the exit records, are rings: when there is no
 * room for a new module, or there are too many, the oldest ones go with all their regions. What of it is still hot is found
 * anew soon; what ran at the start of the machine, and never again, is not missed.
 */
import { MEMORY_JIT_MODULES, MEMORY_JIT_REGIONS } from '../shared/memory-map';
import { dropModule, dropModules } from '../cpu/host';
import { CodePage } from '../decode/code-page';
import { OP_HEAD, OP_REGION } from '../decode/decoder';
import { Insn } from '../machine/insn';
import { EXITS_OF_MODULE, exitRoom, nextExit, resetExits } from './exits';
import { HEAD_NEAR, HOT } from './heads';
import { numberOf } from './inlining';
import { dropJumps } from './jump-cache';

@unmanaged
@final
export class RegionRecord {
  /** Instructions that a run without a way back may take: with less budget the interpreter runs. */
  instructions: i32;
  /** The head that leads to it; 0: the number is free. */
  head: u32;
  /** Numbers + 1 of other pages that it goes on in, 16 bits each. */
  pages: u64;
  /** Compiled instructions, all together, when the first of its misses of groups was counted; low 32 bits. */
  missed: u32;
}

const RECORD_SIZE: usize = 24;
export const REGIONS_MAX: u32 = 8192;
/** Engines pay for each module: reference figures in docs/decisions/005. */
const MODULES_MAX: u32 = 1024;

@unmanaged
class ModuleRecord {
  /** Number of its first region, and how many there are. */
  first: u32;
  count: u32;
  /** Address of its first exit record. */
  exits: u32;
}

const MODULE_SIZE: usize = 12;
/** Before the records: next number, table index of region 0, number of the oldest module and of the next one. */
const NEXT: usize = MEMORY_JIT_MODULES;
const FIRST_INDEX: usize = MEMORY_JIT_MODULES + 4;
const OLDEST: usize = MEMORY_JIT_MODULES + 8;
const NEWEST: usize = MEMORY_JIT_MODULES + 12;

export function regionAt(n: u32): RegionRecord {
  return changetype<RegionRecord>(<usize>MEMORY_JIT_REGIONS + <usize>n * RECORD_SIZE);
}
/** Index of the region's function in the core's table. */
export function indexOf(n: u32): u32 {
  return load<u32>(FIRST_INDEX) + n;
}
/** Number of the region whose function has this index. */
export function numberAt(index: u32): u32 {
  return index - load<u32>(FIRST_INDEX);
}
function moduleAt(n: u32): ModuleRecord {
  return changetype<ModuleRecord>(<usize>MEMORY_JIT_MODULES + 16 + <usize>(n % MODULES_MAX) * MODULE_SIZE);
}
function hasModules(): bool {
  return load<u32>(OLDEST) != load<u32>(NEWEST);
}

/** Makes room for a module of `count` regions and its exits; returns the number of its first region. */
export function beginModule(count: u32): u32 {
  if (load<u32>(NEWEST) - load<u32>(OLDEST) == MODULES_MAX) dropOldest();
  let first = load<u32>(NEXT);
  if (first + count > REGIONS_MAX) {
    // What lies behind is older than what lies at the beginning.
    while (hasModules() && moduleAt(load<u32>(OLDEST)).first >= first) dropOldest();
    first = 0;
    store<u32>(NEXT, 0);
  }
  while (hasModules() && isBetween(moduleAt(load<u32>(OLDEST)).first, first, first + count)) dropOldest();
  if (!exitRoom()) {
    const end = <u32>nextExit();
    while (hasModules() && moduleAt(load<u32>(OLDEST)).exits >= end) dropOldest();
    resetExits();
  }
  const exits = <u32>nextExit();
  while (hasModules() && isBetween(moduleAt(load<u32>(OLDEST)).exits, exits, exits + EXITS_OF_MODULE)) dropOldest();
  return first;
}

function isBetween(n: u32, first: u32, end: u32): bool {
  return n >= first && n < end;
}

/** The module has become `count` regions from `first` on, whose functions lie in the table from `index` on. */
export function addModule(first: u32, count: u32, index: u32, exits: usize): void {
  store<u32>(FIRST_INDEX, index - first);
  const number = load<u32>(NEWEST);
  const module = moduleAt(number);
  module.first = first;
  module.count = count;
  module.exits = <u32>exits;
  store<u32>(NEWEST, number + 1);
  store<u32>(NEXT, first + count);
  for (let n = first; n < first + count; n++) {
    const head = changetype<Insn>(<usize>regionAt(n).head);
    head.op = OP_REGION;
    head.imm = <i32>n;
  }
}

function dropOldest(): void {
  const number = load<u32>(OLDEST);
  const module = moduleAt(number);
  for (let n = module.first; n < module.first + module.count; n++) {
    forget(n);
    regionAt(n).head = 0;
    regionAt(n).pages = 0;
  }
  store<u32>(OLDEST, number + 1);
  dropModule(<i32>indexOf(module.first), <i32>module.count);
  dropJumps();
}

/** The region's head, if it still leads there, counts again; null if it does not. */
function forget(n: u32): Insn | null {
  const at = <usize>regionAt(n).head;
  if (!at) return null;
  const head = changetype<Insn>(at);
  if (head.op != OP_REGION || head.imm != <i32>n) return null;
  head.op = OP_HEAD;
  head.imm = HOT >> 1;
  return head;
}

/** The head's instruction has become another, in a page that comes and goes. */
export function isolate(head: Insn): void {
  if (head.op == OP_REGION) forget(head.imm);
  head.form |= HEAD_NEAR;
  dropJumps();
}

/** `page` is given up: regions of other pages that go on in it are found anew. */
export function unlinkRegions(page: CodePage): void {
  const number = numberOf(page) + 1;
  page.linked = 0;
  let found = false;
  for (let n: u32 = 0; n < REGIONS_MAX; n++) {
    const record = regionAt(n);
    if (!holds(record.pages, number)) continue;
    record.pages = 0;
    const head = forget(n);
    // Pages that come and go are not worth the trouble: next time the region stays in its own.
    if (head) head.form |= HEAD_NEAR;
    found = true;
  }
  if (found) dropJumps();
}
function holds(pages: u64, number: u32): bool {
  for (; pages; pages >>= 16) if ((<u32>pages & 0xffff) == number) return true;
  return false;
}

/** All decoded code is gone, heads and all. */
export function dropAllRegions(): void {
  if (hasModules()) dropModules();
  memory.fill(MEMORY_JIT_REGIONS, 0, <usize>REGIONS_MAX * RECORD_SIZE);
  store<u32>(NEXT, 0);
  store<u32>(OLDEST, 0);
  store<u32>(NEWEST, 0);
  dropJumps();
  resetExits();
}
