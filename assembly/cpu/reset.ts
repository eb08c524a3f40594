/** State after power-up and RESET, and after INIT: SDM vol. 3A 9.1.1, table 9-1. */
import * as S from '../shared/state';
import {
  CR0_CD,
  CR0_ET,
  CR0_NW,
  DR6_FIXED,
  DR7_FIXED,
  FLAG_FIXED,
  SEG_P,
  TYPE_BUSY,
  TYPE_LDT,
  TYPE_TSS32,
} from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { flushTlb } from '../mmu/tlb';
import { chooseDefaultModel, cpuSignature } from './cpu-model';
import { lapicInit, lapicReset } from './lapic';
import { updateMode } from './mode';
import { resetPmu } from './pmu';
import { MISC_FIXED, microcodeRevision, resetTimeStamp } from './msr';
import { applyMode, ATTRIBUTES_REAL, setSegment } from './segment';

/** Write-back, write-through, uncached minus, uncached, twice (11.12.4). */
const PAT_RESET: u64 = 0x0007040600070406;
const FCW_POWER_UP: u16 = 0x0040;
const MXCSR_RESET: u32 = 0x1f80;
/** Fast strings. */
const MISC_ENABLE_RESET: u64 = 1 | MISC_FIXED;

export function resetVcpu(m: Eval): void {
  chooseDefaultModel(m);
  resetCore(m, CR0_CD | CR0_NW);
  resetModelSpecific(m);
  resetFpu(m);
  lapicReset(m);
  resetTimeStamp(m);
  if (load<u32>(m.at, S.STATE_INDEX) != 0) store<u32>(m.at, S.ACTIVITY_WAIT_FOR_SIPI, S.STATE_ACTIVITY);
}

/** INIT leaves the FPU, the MSRs and the cache control bits as they are; other processors than the first wait for SIPI. */
export function initVcpu(m: Eval): void {
  resetCore(m, m.cr0 & (CR0_CD | CR0_NW));
  lapicInit(m);
  flushTlb(m, false);
  if (load<u32>(m.at, S.STATE_INDEX) != 0) store<u32>(m.at, S.ACTIVITY_WAIT_FOR_SIPI, S.STATE_ACTIVITY);
}

/** SIPI: real mode at page `vector` of the first megabyte (8.4.4.2). */
export function startVcpu(m: Eval, vector: u32): void {
  setSegment(m, S.CS, vector << 8, (<u64>vector) << 12, 0xffff, ATTRIBUTES_REAL);
  m.rip = 0;
  store<u32>(m.at, S.ACTIVITY_ACTIVE, S.STATE_ACTIVITY);
}

function resetCore(m: Eval, cacheBits: u64): void {
  memory.fill(m.at + S.STATE_GPR, 0, 17 * S.GPR_SIZE);
  m.set<u32>(S.RDX, cpuSignature(m));
  m.flags = FLAG_FIXED;
  m.rip = 0xfff0;
  // EFER and CR0 first: what segments mean depends on the mode.
  resetControl(m, cacheBits);
  applyMode(m, true);
  for (let n: u32 = S.ES; n <= <u32>S.GS; n++) setSegment(m, n, 0, 0, 0xffff, ATTRIBUTES_REAL);
  setSegment(m, S.CS, 0xf000, 0xffff0000, 0xffff, ATTRIBUTES_REAL);
  setSegment(m, S.LDTR, 0, 0, 0xffff, SEG_P | TYPE_LDT);
  setSegment(m, S.TR, 0, 0, 0xffff, SEG_P | TYPE_TSS32 | TYPE_BUSY);
  store<u64>(m.at, 0xffff, S.STATE_ADDRESS_MASKS);
  store<u64>(m.at, 0xffffffff, S.STATE_ADDRESS_MASKS + 8);
  store<u64>(m.at, 0xffffffffffffffff, S.STATE_ADDRESS_MASKS + 16);
  store<u32>(m.at, 0, S.STATE_CPL);
  clearEvents(m);
  updateMode(m);
}

function resetControl(m: Eval, cacheBits: u64): void {
  store<u64>(m.at, cacheBits | CR0_ET, S.STATE_CR0);
  store<u64>(m.at, 0, S.STATE_CR2);
  store<u64>(m.at, 0, S.STATE_CR3);
  store<u64>(m.at, 0, S.STATE_CR4);
  store<u64>(m.at, 0, S.STATE_EFER);
  memory.fill(m.at + S.STATE_DR, 0, 8 * 8);
  store<u64>(m.at, DR6_FIXED, S.STATE_DR + 6 * 8);
  store<u64>(m.at, DR7_FIXED, S.STATE_DR + 7 * 8);
  store<u64>(m.at, 0, S.STATE_GDTR_BASE);
  store<u64>(m.at, 0, S.STATE_IDTR_BASE);
  store<u32>(m.at, 0xffff, S.STATE_GDTR_LIMIT);
  store<u32>(m.at, 0xffff, S.STATE_IDTR_LIMIT);
}

function clearEvents(m: Eval): void {
  store<u64>(m.at, 0, S.STATE_FAULT); // and STATE_RESYNC
  store<u32>(m.at, S.ACTIVITY_ACTIVE, S.STATE_ACTIVITY);
  store<u32>(m.at, 0, S.STATE_SHADOW);
  store<u32>(m.at, 0, S.STATE_NMI_PENDING);
  store<u32>(m.at, 0, S.STATE_NMI_BLOCKED);
  store<u32>(m.at, 0, S.STATE_DEBUG_PENDING);
  store<u32>(m.at, 0, S.STATE_SINGLE_STEP);
}

function resetModelSpecific(m: Eval): void {
  memory.fill(m.at + S.STATE_SYSENTER_CS, 0, S.STATE_PDPTE - S.STATE_SYSENTER_CS);
  resetPmu(m);
  store<u64>(m.at, 0, S.STATE_MCG_STATUS);
  store<u64>(m.at, PAT_RESET, S.STATE_PAT);
  // x87 state alone (table 9-1).
  store<u64>(m.at, 1, S.STATE_XCR0);
  store<u64>(m.at, MISC_ENABLE_RESET, S.STATE_MISC_ENABLE);
  store<u64>(m.at, microcodeRevision(), S.STATE_BIOS_SIGN);
}

/** Power-up: all registers +0.0 and not empty, unlike after FNINIT. */
function resetFpu(m: Eval): void {
  memory.fill(m.at + S.STATE_FPU_ST, 0, S.STATE_FPU_RESULT - S.STATE_FPU_ST);
  store<u16>(m.at, FCW_POWER_UP, S.STATE_FCW);
  store<u16>(m.at, 0xff, S.STATE_FTW);
  store<u32>(m.at, MXCSR_RESET, S.STATE_MXCSR);
  memory.fill(m.at + S.STATE_XMM, 0, 2 * 16 * 16);
  store<u32>(m.at, 0, S.STATE_FERR);
}
