/** Entry of the core: everything that the host may call. Physical addresses and virtual time are f64, exact below 2^53; linear ones u64 (BigInt). */
import * as S from './shared/state';
import { LOCKSTEP_BEFORE, LOCKSTEP_COUNT } from './shared/lockstep';
import { MEMORY_EMPTY_MAP, MEMORY_VCPU, CODE_MAP_SIZE, PAGE_READABLE, PAGE_WRITABLE } from './shared/memory-map';
import { Eval } from './machine/eval';
import { Insn } from './machine/insn';
import { lapicAdvance, lapicNextDeadline } from './cpu/lapic-timer';
import { lapicPulseNmi, lapicSetLint0 } from './cpu/lapic';
import { setCpuModel as setModel } from './cpu/cpu-model';
import { lapicReceive } from './cpu/lapic-bus';
import { setFlags as setAllFlags, updateMode } from './cpu/mode';
import { monitorWritten } from './cpu/monitor';
import { seedRandom } from './cpu/random';
import { resetVcpu } from './cpu/reset';
import { runLoop } from './cpu/run';
import { applyMode, setSegment as loadSegmentRegister } from './cpu/segment';
import { instructionCount, setVirtualTime, settle, virtualTime } from './cpu/time';
import { flushCode, invalidateRange } from './decode/code-page';
import { decode, OP_INVALID, OP_TOO_LONG, RESULT_LENGTH } from './decode/decoder';
import { HANDLERS, installHandlers } from './generated/handlers';
import { installCrcTables } from './isa/crc32';
import { installAesTables } from './isa/sse/aes';
import { baseOf } from './jit/blocks';
import { logStore as log } from './jit/lockstep-log';
import { copyArchitectural } from './machine/architectural';
import { setCarry, setCarryOverflow } from './machine/flags';
import { ACCESS_PEEK, NO_TRANSLATION, translate as walk } from './mmu/paging';
import { mapPages } from './mmu/physical';
import { flushTlb, tlbReset } from './mmu/tlb';

function vcpu(cpu: usize): Eval {
  return changetype<Eval>(cpu);
}

/** Makes vCPU `index` (0-7) in the power-on state; returns its pointer. */
export function createVcpu(index: u32): usize {
  const cpu: usize = MEMORY_VCPU + index * S.VCPU_SIZE;
  const m = vcpu(cpu);
  memory.fill(cpu, 0, S.STATE_SIZE);
  memory.fill(MEMORY_EMPTY_MAP, 0, CODE_MAP_SIZE);
  store<u32>(cpu, index, S.STATE_INDEX);
  store<u32>(cpu, 1, S.STATE_PRESENT);
  store<u32>(cpu, 0xffffffff, S.STATE_A20_MASK);
  installHandlers();
  installCrcTables();
  installAesTables();
  tlbReset(m);
  if (index == 0) flushCode(m);
  reset(cpu);
  return cpu;
}

/** Power-on or RESET# state; the instruction count and the time go on. */
export function reset(cpu: usize): void {
  const m = vcpu(cpu);
  settle(m);
  resetVcpu(m);
  flushTlb(m, false);
  flushCode(m);
}

export function mapRam(firstPage: u32, pages: u32, host: usize): void {
  mapPages(firstPage, pages, host, PAGE_READABLE | PAGE_WRITABLE);
}

export function mapRom(firstPage: u32, pages: u32, host: usize): void {
  mapPages(firstPage, pages, host, PAGE_READABLE);
}

/** Takes memory away: the pages become MMIO. Host and device changes of the map need remapped() afterwards. */
export function unmap(firstPage: u32, pages: u32): void {
  mapPages(firstPage, pages, 0, 0);
}

/** The physical map changed under a running vCPU: nothing cached from it may live on. */
export function remapped(cpu: usize): void {
  flushTlb(vcpu(cpu), false);
  flushCode(vcpu(cpu));
}

/** Executes at most `budget` instructions; returns EXIT_*. */
export function run(cpu: usize, budget: i32): i32 {
  return runLoop(vcpu(cpu), budget);
}

/** 1: hot code is compiled (installModule() of the host), 2: all code as soon as it is reached, 3: the second time, and so on; 0: the interpreter runs everything. */
export function setAccelerator(cpu: usize, compiles: u32): void {
  if (load<u32>(cpu, S.STATE_JIT) == compiles) return;
  store<u32>(cpu, compiles, S.STATE_JIT);
  flushCode(vcpu(cpu));
}

/** Instructions that compiled code has run. */
export function compiledCount(cpu: usize): f64 {
  return <f64>load<u64>(cpu, S.STATE_JIT_COUNT);
}

/**
 * The lockstep checker: regions run a second time in the interpreter, and a difference is divergence() of the host. 0: never,
 * 1: each time, N: a region's first times, and then every Nth.
 */
export function setLockstep(cpu: usize, every: u32): void {
  if (load<u32>(cpu, S.STATE_LOCKSTEP) == every) return;
  store<u32>(cpu, every, S.STATE_LOCKSTEP);
  flushCode(vcpu(cpu));
}

/** Instructions that were compared. */
export function lockstepCount(): f64 {
  return <f64>load<u64>(LOCKSTEP_COUNT);
}

/** Copy of the state block as far as it is architectural: its address, until something runs. */
export function architecturalState(cpu: usize): usize {
  copyArchitectural(cpu, LOCKSTEP_BEFORE);
  return LOCKSTEP_BEFORE;
}

// What compiled modules import, in this order (jit/compiler.ts).
export function condition(cpu: usize, code: u32): i32 {
  return vcpu(cpu).condition(code) ? 1 : 0;
}
export function rotateFlags(cpu: usize, carry: u32, overflow: u32): void {
  setCarryOverflow(cpu, carry, overflow);
}
export function carryFlag(cpu: usize, carry: u32): void {
  setCarry(cpu, carry);
}
export { f80Add, f80Sub } from './softfloat/add';
export { f80Compare } from './softfloat/compare';
export {
  f80FromF32,
  f80FromF64,
  f80LoadF32,
  f80LoadF64,
  f80RoundToInt,
  f80ToF32,
  f80ToF64,
  f80ToInteger,
} from './softfloat/convert';
export { f80Div, f80Mul, f80Sqrt } from './softfloat/multiply';
/** Runs the micro-op's handler; 1 if a fault or a side effect must be looked at before anything else. */
export function runHandler(cpu: usize, uop: usize): i32 {
  const i = changetype<Insn>(uop);
  call_indirect<void>(load<u32>(HANDLERS + ((<usize>baseOf(i)) << 2)), vcpu(cpu), i);
  return vcpu(cpu).attention ? 1 : 0;
}

/**
 * The same for a repeated string instruction, which goes on from STATE_RIP; 1 also if it did not come to its end and must start
 * over.
 */
export function runString(cpu: usize, uop: usize): i32 {
  vcpu(cpu).rip = vcpu(cpu).next(changetype<Insn>(uop));
  return runHandler(cpu, uop) || load<u32>(cpu, S.STATE_REPEATING) ? 1 : 0;
}

/** Before a store of compiled code while the lockstep checker is on. */
export function logStore(host: usize, bytes: u32): void {
  log(host, bytes);
}

/** Virtual time at the start of a slice, in nanoseconds. */
export function setTime(cpu: usize, ns: f64): void {
  setVirtualTime(vcpu(cpu), <u64>ns);
  lapicAdvance(vcpu(cpu));
}

export function now(cpu: usize): f64 {
  return <f64>virtualTime(vcpu(cpu));
}

/** Instructions executed before the one at hand. */
export function count(cpu: usize): f64 {
  return <f64>instructionCount(vcpu(cpu));
}

/** Virtual time of the local APIC timer's next event, Infinity if there is none. */
export function nextDeadline(cpu: usize): f64 {
  return lapicNextDeadline(vcpu(cpu));
}

/** Level of the INTR pin. */
export function setIntr(cpu: usize, level: u32): void {
  lapicSetLint0(vcpu(cpu), level != 0);
}

export function raiseNmi(cpu: usize): void {
  lapicPulseNmi(vcpu(cpu));
}

export function setA20(cpu: usize, on: u32): void {
  const mask: u32 = on ? 0xffffffff : 0xffefffff;
  if (load<u32>(cpu, S.STATE_A20_MASK) == mask) return;
  store<u32>(cpu, mask, S.STATE_A20_MASK);
  flushTlb(vcpu(cpu), false);
}

/** CPUID feature word (shared/features.ts) as chosen by the machine's -cpu flag. */
export function setFeatures(cpu: usize, word: u32, bits: u32): void {
  store<u32>(cpu + (word << 2), bits, S.STATE_CPUID_FEATURES);
}

/** Signature and leaf limits of CPUID (cpu/cpu-model.ts); the brand string lies at STATE_CPU_BRAND. */
export function setCpuModel(cpu: usize, signature: u32, leafMax: u32, extendedMax: u32): void {
  setModel(vcpu(cpu), signature, leafMax, extendedMax);
}

/** What RDRAND and RDSEED will give follows from the seed. */
export function setSeed(cpu: usize, low: u32, high: u32): void {
  seedRandom(vcpu(cpu), <u64>low | ((<u64>high) << 32));
}

/** Leave run() after the instruction at hand; callable from inside an import. */
export function requestStop(cpu: usize): void {
  store<u32>(cpu, 1, S.STATE_STOP_REQUEST);
  vcpu(cpu).resync();
}

/** Message on the APIC bus from the I/O APIC; 1 if a local APIC took it. */
export function apicDeliver(
  destination: u32,
  destinationMode: u32,
  vector: u32,
  deliveryMode: u32,
  trigger: u32,
  level: u32,
): i32 {
  return lapicReceive(destination, destinationMode, vector, deliveryMode, trigger, level) ? 1 : 0;
}

/** Guest RAM was written by a device or the host. */
export function invalidate(cpu: usize, physical: f64, bytes: u32): void {
  invalidateRange(vcpu(cpu), <u64>physical, bytes);
  monitorWritten(vcpu(cpu), <u64>physical, bytes);
}

/** EFLAGS with all lazy flags worked out; setting it makes none lazy. */
export function getFlags(cpu: usize): u32 {
  return vcpu(cpu).flags;
}

export function setFlags(cpu: usize, flags: u32): void {
  setAllFlags(vcpu(cpu), flags);
}

/** Must follow when the host wrote CPL, CR0, CR4, EFER or debug registers into the state block by itself. */
export function modeChanged(cpu: usize): void {
  applyMode(vcpu(cpu), true);
  updateMode(vcpu(cpu));
}

/** Sets a segment register whole, selector and cached half, as loaders and debuggers do; `n` as in shared/state.ts. */
export function setSegment(cpu: usize, n: u32, selector: u32, base: u64, limit: u32, attributes: u32): void {
  loadSegmentRegister(vcpu(cpu), n, selector, base, limit, attributes);
}

/** Debugger's page walk: physical address or -1; `access` as in the page-fault error code. No side effects. */
export function translate(cpu: usize, linear: u64, access: u32): f64 {
  const pa = walk(vcpu(cpu), linear, access | ACCESS_PEEK);
  return pa == NO_TRANSLATION ? -1 : <f64>pa;
}

/** Length of the instruction at `pointer` in `mode`, 0 for #UD, -1 if `available` bytes do not hold it, -2 if over 15 bytes. */
export function decodeLength(cpu: usize, mode: u32, pointer: usize, available: u32): i32 {
  const i = changetype<Insn>(cpu + S.STATE_SCRATCH_UOP);
  const result = decode(vcpu(cpu), pointer, available, mode, i);
  if (!result) return -1;
  if (i.op == OP_INVALID) return 0;
  return i.op == OP_TOO_LONG ? -2 : <i32>(result & RESULT_LENGTH);
}
