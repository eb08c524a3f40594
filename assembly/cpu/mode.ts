/**
 * Control registers and what they switch: SDM vol. 3A 2.5, 4.1, 9.8.5 (IA-32e mode) and 9.9. updateMode() is the one place
 * that chooses the TLB bank of the fast path.
 *
 * NOT here: VMX, SMX, protection keys, control-flow enforcement, 5-level paging.
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
  CR3_PCID,
  CR4_DE,
  CR4_FSGSBASE,
  CR4_MCE,
  CR4_OSFXSR,
  CR4_OSXMMEXCPT,
  CR4_OSXSAVE,
  CR4_PAE,
  CR4_PCE,
  CR4_PCIDE,
  CR4_PGE,
  CR4_PSE,
  CR4_PVI,
  CR4_SMAP,
  CR4_SMEP,
  CR4_TSD,
  CR4_UMIP,
  CR4_VME,
  EFER_LMA,
  EFER_LME,
  EFER_NXE,
  EFER_SCE,
  FLAG_AC,
  SEG_DB,
  SEG_L,
} from '../shared/register-bits';
import {
  FEATURE_DE,
  FEATURE_FSGSBASE,
  FEATURE_FXSR,
  FEATURE_LM,
  FEATURE_MCE,
  FEATURE_NX,
  FEATURE_PAE,
  FEATURE_PCID,
  FEATURE_PGE,
  FEATURE_PSE,
  FEATURE_SMAP,
  FEATURE_SMEP,
  FEATURE_SSE,
  FEATURE_SYSCALL,
  FEATURE_TSC,
  FEATURE_UMIP,
  FEATURE_VME,
  FEATURE_XSAVE,
  PHYSICAL_ADDRESS_BITS,
} from '../shared/features';
import { MEMORY_EMPTY_TLB } from '../shared/memory-map';
import { Eval } from '../machine/eval';
import { gateA20, readTable } from '../mmu/physical';
import { flushTlb } from '../mmu/tlb';
import { dataBreakpointsEnabled } from './debug';
import { MISC_XD_DISABLE } from './msr';
import {
  applyMode,
  ATTRIBUTES_REAL,
  cachedBase,
  isLongMode,
  segmentAttributes,
  segmentLimit,
  selectorOf,
  setSegment,
} from './segment';

/** Bits of CR0 that exist; the others read as 0. */
const CR0_BITS: u64 = CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | <u64>CR0_PG;
/** Bit of a system type: 32 or 64 bits wide. */
const TYPE_WIDE: u32 = 8;
/** Bits of a PDPTE that must be 0: 1-2, 5-8 and those beyond MAXPHYADDR (4.4.1). */
const PDPTE_RESERVED: u64 = 0x1e6 | ~(((<u64>1) << PHYSICAL_ADDRESS_BITS) - 1);

/** MOV to CR3 with CR4.PCIDE: the translations of the new PCID need not be invalidated (4.10.4.1). */
const CR3_NO_FLUSH: u64 = 0x8000000000000000;
const PHYSICAL_BEYOND: u64 = ~(((<u64>1) << PHYSICAL_ADDRESS_BITS) - 1);

export function hasFeature(m: Eval, number: u32): bool {
  return ((load<u32>(m.at + ((number >> 5) << 2), S.STATE_CPUID_FEATURES) >> (number & 31)) & 1) != 0;
}

/**
 * Must follow every change of CPL, CR0.AM, CR4.SMAP, EFLAGS.AC and the data breakpoints. While accesses need alignment checks or are
 * watched, the fast path looks into the bank that stays empty, so that all of them take the slow path.
 */
export function updateMode(m: Eval): void {
  const user = m.cpl == 3;
  const ac = (m.flagsWord & FLAG_AC) != 0;
  const aligned = user && ac && (m.cr0 & CR0_AM) != 0;
  let bank = m.at + (user ? S.TLB_USER : ac && (m.cr4 & CR4_SMAP) != 0 ? S.TLB_SUPERVISOR_AC : S.TLB_SUPERVISOR);
  if (aligned || dataBreakpointsEnabled(m)) bank = MEMORY_EMPTY_TLB;
  store<u32>(m.at, <u32>bank, S.STATE_TLB);
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
  // Bits 63-32 are reserved; those below that do not exist are ignored.
  if (value >> 32) return m.gp();
  const cr0 = (value & CR0_BITS) | CR0_ET;
  if (cr0 & CR0_PG && !(cr0 & CR0_PE)) return m.gp();
  if (cr0 & CR0_NW && !(cr0 & CR0_CD)) return m.gp();
  const changed = old ^ cr0;
  if (changed & <u64>CR0_PG && !mayTogglePaging(m, (cr0 & <u64>CR0_PG) != 0)) return m.gp();
  const long = (cr0 & <u64>CR0_PG) != 0 && (m.efer & EFER_LME) != 0;
  if (!long && cr0 & CR0_PG && changed & (<u64>CR0_PG | CR0_CD | CR0_NW) && m.cr4 & CR4_PAE) {
    if (!loadPdptes(m, load<u64>(m.at, S.STATE_CR3))) return m.gp();
  }
  store<u64>(m.at, cr0, S.STATE_CR0);
  if (changed & (<u64>CR0_PG | CR0_PE | CR0_WP)) flushTlb(m, false);
  if (changed & CR0_PE && !(cr0 & CR0_PE)) leaveProtectedMode(m);
  if (changed & <u64>CR0_PG) {
    store<u64>(m.at, (m.efer & ~(<u64>EFER_LMA)) | (long ? EFER_LMA : 0), S.STATE_EFER);
    applyMode(m, false);
  }
  updateMode(m);
}

/**
 * With EFER.LME, paging begins with IA-32e mode: from 32-bit code, with PAE, and not with a 16-bit TSS (9.8.5). It ends in
 * compatibility mode only (9.8.5.4), and not while process-context identifiers are on.
 */
function mayTogglePaging(m: Eval, on: bool): bool {
  if (!on) return m.mode != S.MODE_64 && !(m.cr4 & CR4_PCIDE);
  if (!(m.efer & EFER_LME)) return true;
  if (!(m.cr4 & CR4_PAE) || segmentAttributes(m, S.CS) & SEG_L) return false;
  return (segmentAttributes(m, S.TR) & TYPE_WIDE) != 0;
}

/** In real mode CS can be read and written, and there is only one privilege level. Limits and sizes stay. */
function leaveProtectedMode(m: Eval): void {
  store<u32>(m.at, 0, S.STATE_CPL);
  const size = segmentAttributes(m, S.CS) & SEG_DB;
  setSegment(m, S.CS, selectorOf(m, S.CS), cachedBase(m, S.CS), segmentLimit(m, S.CS), ATTRIBUTES_REAL | size);
}

/**
 * MOV to CR3: translations that are not global go. Those of one process-context identifier are cached at a time, so bit 63
 * keeps them only if CR3 stays what it is (4.10.4.1 lets a processor invalidate more).
 */
export function writeCr3(m: Eval, value: u64): void {
  const keep = (m.cr4 & CR4_PCIDE) != 0 && (value & CR3_NO_FLUSH) != 0;
  const cr3 = keep ? value & ~CR3_NO_FLUSH : value;
  if (cr3 & PHYSICAL_BEYOND) return m.gp();
  if (m.cr0 & CR0_PG && m.cr4 & CR4_PAE && !isLongMode(m) && !loadPdptes(m, cr3)) return m.gp();
  const old = load<u64>(m.at, S.STATE_CR3);
  store<u64>(m.at, cr3, S.STATE_CR3);
  if (!keep || old != cr3) flushTlb(m, true);
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
  if (hasFeature(m, FEATURE_UMIP)) bits |= CR4_UMIP;
  if (hasFeature(m, FEATURE_FSGSBASE)) bits |= CR4_FSGSBASE;
  if (hasFeature(m, FEATURE_PCID)) bits |= CR4_PCIDE;
  if (hasFeature(m, FEATURE_XSAVE)) bits |= CR4_OSXSAVE;
  if (hasFeature(m, FEATURE_SMEP)) bits |= CR4_SMEP;
  if (hasFeature(m, FEATURE_SMAP)) bits |= CR4_SMAP;
  return bits;
}

/** MOV to CR4: a bit of something that CPUID does not report is reserved. */
export function writeCr4(m: Eval, value: u64): void {
  if (value & ~cr4Bits(m)) return m.gp();
  const changed = m.cr4 ^ value;
  const long = isLongMode(m);
  const cr3 = load<u64>(m.at, S.STATE_CR3);
  if (long && !(value & CR4_PAE)) return m.gp();
  if (changed & value & CR4_PCIDE && (!long || (cr3 & CR3_PCID) != 0)) return m.gp();
  const reload = (changed & (CR4_PAE | CR4_PSE | CR4_PGE | CR4_SMEP)) != 0;
  if (reload && !long && m.cr0 & CR0_PG && value & CR4_PAE) {
    if (!loadPdptes(m, cr3)) return m.gp();
  }
  store<u64>(m.at, value, S.STATE_CR4);
  if (reload || changed & (CR4_SMAP | CR4_PCIDE)) flushTlb(m, false);
  if (changed & CR4_SMAP) updateMode(m);
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

/** Does IA32_EFER exist? */
export function hasEfer(m: Eval): bool {
  return hasFeature(m, FEATURE_NX) || hasFeature(m, FEATURE_LM) || hasFeature(m, FEATURE_SYSCALL);
}

function eferBits(m: Eval): u64 {
  let bits: u64 = 0;
  if (hasFeature(m, FEATURE_SYSCALL)) bits |= EFER_SCE;
  if (hasFeature(m, FEATURE_LM)) bits |= EFER_LME | EFER_LMA;
  // IA32_MISC_ENABLE can take execute-disable away.
  const xdDisabled = (load<u64>(m.at, S.STATE_MISC_ENABLE) & MISC_XD_DISABLE) != 0;
  if (hasFeature(m, FEATURE_NX) && !xdDisabled) bits |= EFER_NXE;
  return bits;
}

/** WRMSR to IA32_EFER: LMA is read-only, and LME does not change while paging is on (2.2.1, 9.8.5). */
export function writeEfer(m: Eval, value: u64): void {
  if (value & ~eferBits(m)) return m.gp();
  const old = m.efer;
  const efer = (value & ~(<u64>EFER_LMA)) | (old & EFER_LMA);
  if ((efer ^ old) & EFER_LME && m.cr0 & CR0_PG) return m.gp();
  store<u64>(m.at, efer, S.STATE_EFER);
  if ((efer ^ old) & EFER_NXE) flushTlb(m, false);
}
