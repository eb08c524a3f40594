/**
 * Control registers and what they switch: SDM vol. 3A 2.5, 4.1 and 9.9. updateMode() is the one place that chooses the TLB
 * bank of the fast path.
 *
 * NOT here: long mode (EFER.LME, CR4 bits of later processors).
 */
import * as S from '../shared/state';
import {
  CR0_AM,
  CR0_CD,
  CR0_ET,
  CR0_EM,
  CR0_MP,
  CR0_NE,
  CR0_NW,
  CR0_PE,
  CR0_PG,
  CR0_TS,
  CR0_WP,
  CR4_DE,
  CR4_MCE,
  CR4_OSFXSR,
  CR4_OSXMMEXCPT,
  CR4_PAE,
  CR4_PCE,
  CR4_PGE,
  CR4_PSE,
  CR4_PVI,
  CR4_TSD,
  CR4_VME,
  EFER_NXE,
  FLAG_AC,
  SEG_DB,
} from '../shared/register-bits';
import {
  FEATURE_DE,
  FEATURE_FXSR,
  FEATURE_MCE,
  FEATURE_NX,
  FEATURE_PAE,
  FEATURE_PGE,
  FEATURE_PSE,
  FEATURE_SSE,
  FEATURE_TSC,
  FEATURE_VME,
  PHYSICAL_ADDRESS_BITS,
} from '../shared/features';
import { Eval } from '../machine/eval';
import { gateA20, readTable } from '../mmu/physical';
import { flushTlb } from '../mmu/tlb';
import { dataBreakpointsEnabled } from './debug';
import { MISC_XD_DISABLE } from './msr';
import { ATTRIBUTES_REAL, segmentAttributes, segmentBase, segmentLimit, selectorOf, setSegment } from './segment';

/** Bits of CR0 that exist; the others read as 0. */
const CR0_BITS: u64 = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | <u64>CR0_PG;
/** Bits of a PDPTE that must be 0: 1-2, 5-8 and those beyond MAXPHYADDR (4.4.1). */
const PDPTE_RESERVED: u64 = 0x1e6 | ~(((<u64>1) << PHYSICAL_ADDRESS_BITS) - 1);

export function hasFeature(m: Eval, number: u32): bool {
  return ((load<u32>(m.at + ((number >> 5) << 2), S.STATE_CPUID_FEATURES) >> (number & 31)) & 1) != 0;
}

/**
 * Must follow every change of CPL, CR0.AM, EFLAGS.AC and the data breakpoints. While accesses need alignment checks or are
 * watched, the fast path looks into the bank that stays empty, so that all of them take the slow path.
 */
export function updateMode(m: Eval): void {
  const user = m.cpl == 3;
  const aligned = user && (m.flagsWord & FLAG_AC) != 0 && (m.cr0 & CR0_AM) != 0;
  let bank: usize = user ? S.TLB_USER : S.TLB_SUPERVISOR;
  if (aligned || dataBreakpointsEnabled(m)) bank = S.TLB_EMPTY;
  store<u32>(m.at, <u32>(m.at + bank), S.STATE_TLB);
}

export function setCpl(m: Eval, cpl: u32): void {
  store<u32>(m.at, cpl, S.STATE_CPL);
  updateMode(m);
}

/** EFLAGS whole; AC may switch alignment checks on or off. */
export function setFlags(m: Eval, flags: u32): void {
  const changed = m.flagsWord ^ flags;
  m.flags = flags;
  if (changed & FLAG_AC) updateMode(m);
}

/** MOV to CR0, LMSW: checks of vol. 2B, MOV to control registers. */
export function writeCr0(m: Eval, value: u64): void {
  const old = m.cr0;
  const cr0 = (value & CR0_BITS) | CR0_ET;
  if (cr0 & CR0_PG && !(cr0 & CR0_PE)) return m.gp();
  if (cr0 & CR0_NW && !(cr0 & CR0_CD)) return m.gp();
  const changed = old ^ cr0;
  if (cr0 & CR0_PG && changed & (<u64>CR0_PG | CR0_CD | CR0_NW) && m.cr4 & CR4_PAE) {
    if (!loadPdptes(m, load<u64>(m.at, S.STATE_CR3))) return m.gp();
  }
  store<u64>(m.at, cr0, S.STATE_CR0);
  if (changed & (<u64>CR0_PG | CR0_PE | CR0_WP)) flushTlb(m, false);
  if (changed & CR0_PE && !(cr0 & CR0_PE)) leaveProtectedMode(m);
  updateMode(m);
}

/** In real mode CS can be read and written, and there is only one privilege level. Limits and sizes stay. */
function leaveProtectedMode(m: Eval): void {
  store<u32>(m.at, 0, S.STATE_CPL);
  const size = segmentAttributes(m, S.CS) & SEG_DB;
  setSegment(m, S.CS, selectorOf(m, S.CS), segmentBase(m, S.CS), segmentLimit(m, S.CS), ATTRIBUTES_REAL | size);
}

/** MOV to CR3: translations that are not global go. */
export function writeCr3(m: Eval, value: u64): void {
  if (m.cr0 & CR0_PG && m.cr4 & CR4_PAE && !loadPdptes(m, value)) return m.gp();
  store<u64>(m.at, value, S.STATE_CR3);
  flushTlb(m, true);
}

function cr4Bits(m: Eval): u64 {
  let bits: u64 = CR4_PCE;
  if (hasFeature(m, FEATURE_VME)) bits |= CR4_VME | CR4_PVI;
  if (hasFeature(m, FEATURE_TSC)) bits |= CR4_TSD;
  if (hasFeature(m, FEATURE_DE)) bits |= CR4_DE;
  if (hasFeature(m, FEATURE_PSE)) bits |= CR4_PSE;
  if (hasFeature(m, FEATURE_PAE)) bits |= CR4_PAE;
  if (hasFeature(m, FEATURE_MCE)) bits |= CR4_MCE;
  if (hasFeature(m, FEATURE_PGE)) bits |= CR4_PGE;
  if (hasFeature(m, FEATURE_FXSR)) bits |= CR4_OSFXSR;
  if (hasFeature(m, FEATURE_SSE)) bits |= CR4_OSXMMEXCPT;
  return bits;
}

/** MOV to CR4: a bit of something that CPUID does not report is reserved. */
export function writeCr4(m: Eval, value: u64): void {
  if (value & ~cr4Bits(m)) return m.gp();
  const changed = m.cr4 ^ value;
  const paging = (changed & (CR4_PAE | CR4_PSE | CR4_PGE)) != 0;
  if (paging && m.cr0 & CR0_PG && value & CR4_PAE) {
    if (!loadPdptes(m, load<u64>(m.at, S.STATE_CR3))) return m.gp();
  }
  store<u64>(m.at, value, S.STATE_CR4);
  if (paging) flushTlb(m, false);
}

/**
 * PAE paging reads the four page-directory-pointer-table entries when CR3 is loaded, not when they are used. False, with
 * nothing changed, if one that is present has reserved bits set.
 */
export function loadPdptes(m: Eval, cr3: u64): bool {
  const table = cr3 & 0xffffffe0;
  for (let n: u32 = 0; n < 4; n++) {
    const entry = readTable(gateA20(m, table + (n << 3)), 8);
    if (entry & 1 && entry & PDPTE_RESERVED) return false;
  }
  for (let n: u32 = 0; n < 4; n++) {
    store<u64>(m.at + (n << 3), readTable(gateA20(m, table + (n << 3)), 8), S.STATE_PDPTE);
  }
  return true;
}

/** WRMSR to IA32_EFER: NXE alone exists here. */
export function writeEfer(m: Eval, value: u64): void {
  const xdDisabled = (load<u64>(m.at, S.STATE_MISC_ENABLE) & MISC_XD_DISABLE) != 0;
  if (value & ~(<u64>EFER_NXE) || !hasFeature(m, FEATURE_NX)) return m.gp();
  if (value && xdDisabled) return m.gp();
  if (m.efer != value) flushTlb(m, false);
  store<u64>(m.at, value, S.STATE_EFER);
}
