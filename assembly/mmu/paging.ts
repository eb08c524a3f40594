/**
 * Paging: SDM vol. 3A chapter 4. 32-bit paging with PSE, PAE paging and 4-level paging with execute-disable; supervisor-mode
 * execution and access prevention (4.6). A linear address that is not canonical never gets here but by an implicit access or
 * a fetch, and is #GP(0) then.
 *
 * NOT here: protection keys, 5-level paging.
 */
import * as S from '../shared/state';
import { EXCEPTION_PF } from '../shared/exception';
import {
  CR0_PG,
  CR0_WP,
  CR4_PAE,
  CR4_PGE,
  CR4_PSE,
  CR4_SMAP,
  CR4_SMEP,
  EFER_LMA,
  EFER_NXE,
} from '../shared/register-bits';
import { FEATURE_PDPE1GB, PHYSICAL_ADDRESS_BITS } from '../shared/features';
import { Eval } from '../machine/eval';
import { gateA20, readTable, writePhysical } from './physical';
import { isCanonical } from './segmentation';
import { RIGHT_EXECUTE, RIGHT_GLOBAL, RIGHT_HUGE, RIGHT_LARGE, RIGHT_READ, RIGHT_WRITE, tlbFill } from './tlb';

/** Kinds of access, in the places of the page-fault error code (SDM vol. 3A 4.7). */
export const ACCESS_WRITE: u32 = 2;
export const ACCESS_USER: u32 = 4;
export const ACCESS_FETCH: u32 = 16;
/** An explicit supervisor access with EFLAGS.AC set, which CR4.SMAP lets pass. */
export const ACCESS_AC: u32 = 0x200;
/** Look only: no fault raised, no accessed or dirty bit set, nothing cached. */
export const ACCESS_PEEK: u32 = 0x100;

const PF_PRESENT: u32 = 1;
const PF_RESERVED: u32 = 8;

const P: u64 = 1;
const RW: u64 = 2;
const US: u64 = 4;
const A: u64 = 0x20;
const D: u64 = 0x40;
const PS: u64 = 0x80;
const G: u64 = 0x100;
const NX: u64 = 0x8000000000000000;

/** What translate() returns when the access faults. */
export const NO_TRANSLATION: u64 = 0xffffffffffffffff;

const RESERVED_PAE: u64 = 0x7fffffffffffffff & ~(((<u64>1) << PHYSICAL_ADDRESS_BITS) - 1);
const RESERVED_LONG: u64 = 0x000fffffffffffff & ~(((<u64>1) << PHYSICAL_ADDRESS_BITS) - 1);

/** Physical address of `la` for the access, or NO_TRANSLATION with #PF raised. Fills the TLB. */
export function translate(m: Eval, la: u64, access: u32): u64 {
  if (!(m.cr0 & CR0_PG)) {
    const pa = gateA20(m, la & 0xffffffff);
    if (!(access & ACCESS_PEEK)) tlbFill(m, bankOf(m, access), la, pa, RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE);
    return pa;
  }
  if (m.efer & EFER_LMA && !isCanonical(la)) {
    if (!(access & ACCESS_PEEK)) m.gp();
    return NO_TRANSLATION;
  }
  return m.cr4 & CR4_PAE ? walkPae(m, la, access) : walk32(m, la, access);
}

/** TLB bank that the access fills: user, supervisor, or supervisor with AC where that makes a difference. */
export function bankOf(m: Eval, access: u32): u32 {
  if (access & ACCESS_USER) return S.TLB_USER;
  return access & ACCESS_AC && m.cr4 & CR4_SMAP ? S.TLB_SUPERVISOR_AC : S.TLB_SUPERVISOR;
}

function pageFault(m: Eval, la: u64, access: u32, bits: u32): u64 {
  if (access & ACCESS_PEEK) return NO_TRANSLATION;
  let code = (access & (ACCESS_WRITE | ACCESS_USER)) | bits;
  // I/D is reported only where a page can refuse fetches.
  const refuses = (m.cr4 & CR4_PAE && m.efer & EFER_NXE) || m.cr4 & CR4_SMEP;
  if (access & ACCESS_FETCH && refuses) code |= ACCESS_FETCH;
  store<u64>(m.at, la, S.STATE_FAULT_ADDRESS);
  m.raiseError(EXCEPTION_PF, code);
  return NO_TRANSLATION;
}

/** Do the combined rights of all levels forbid the access (4.6.1)? */
function forbidden(m: Eval, access: u32, rights: u64, noExecute: bool): bool {
  if (access & ACCESS_USER) {
    if (!(rights & US)) return true;
  } else if (rights & US) {
    if (access & ACCESS_FETCH) {
      if (m.cr4 & CR4_SMEP) return true;
    } else if (m.cr4 & CR4_SMAP && !(access & ACCESS_AC)) return true;
  }
  if (access & ACCESS_WRITE && !(rights & RW) && (access & ACCESS_USER || m.cr0 & CR0_WP)) return true;
  return (access & ACCESS_FETCH) != 0 && noExecute;
}

/** Sets the accessed bit of an entry, and the dirty bit of a final one when written. */
function mark(m: Eval, at: u64, entry: u64, wanted: u64, size: u32): void {
  if ((entry & wanted) != wanted) writePhysical(m, at, size, entry | wanted);
}

function fill(m: Eval, la: u64, pa: u64, access: u32, rights: u64, leaf: u64, noExecute: bool, large: u32): u64 {
  const gated = gateA20(m, pa);
  if (access & ACCESS_PEEK) return gated;
  const user = (access & ACCESS_USER) != 0;
  const bank = bankOf(m, access);
  let bits = large;
  // A supervisor fetch may have come here through a user page; SMAP keeps data accesses out of the bank without AC.
  const guarded = !user && (rights & US) != 0;
  const open = !guarded || bank == S.TLB_SUPERVISOR_AC || !(m.cr4 & CR4_SMAP);
  if (open) bits |= RIGHT_READ;
  const dirty = (access & ACCESS_WRITE) != 0 || (leaf & D) != 0;
  if (open && dirty && (rights & RW || (!user && !(m.cr0 & CR0_WP)))) bits |= RIGHT_WRITE;
  if (!noExecute && !(guarded && m.cr4 & CR4_SMEP)) bits |= RIGHT_EXECUTE;
  if (leaf & G && m.cr4 & CR4_PGE) bits |= RIGHT_GLOBAL;
  tlbFill(m, bank, la, gated, bits);
  return gated;
}

/** 32-bit paging: SDM vol. 3A 4.3. */
function walk32(m: Eval, la: u64, access: u32): u64 {
  const pdeAt = gateA20(m, (load<u64>(m.at, S.STATE_CR3) & 0xfffff000) | ((la >> 20) & 0xffc));
  const pde = readTable(pdeAt, 4);
  if (!(pde & P)) return pageFault(m, la, access, 0);
  if (pde & PS && m.cr4 & CR4_PSE) return large32(m, la, access, pdeAt, pde);
  if (!(access & ACCESS_PEEK)) mark(m, pdeAt, pde, A, 4);
  const pteAt = gateA20(m, (pde & 0xfffff000) | ((la >> 10) & 0xffc));
  const pte = readTable(pteAt, 4);
  if (!(pte & P)) return pageFault(m, la, access, 0);
  const rights = pde & pte;
  if (forbidden(m, access, rights, false)) return pageFault(m, la, access, PF_PRESENT);
  if (!(access & ACCESS_PEEK)) mark(m, pteAt, pte, access & ACCESS_WRITE ? A | D : A, 4);
  return fill(m, la, (pte & 0xfffff000) | (la & 0xfff), access, rights, pte, false, 0);
}

/** 4 MB page; bits 20-13 of the PDE are address bits 39-32 (PSE-36), bit 21 is reserved. */
function large32(m: Eval, la: u64, access: u32, pdeAt: u64, pde: u64): u64 {
  const high = ((pde >> 13) & 0xff) << 32;
  if (pde & 0x200000 || high >> PHYSICAL_ADDRESS_BITS) return pageFault(m, la, access, PF_PRESENT | PF_RESERVED);
  if (forbidden(m, access, pde, false)) return pageFault(m, la, access, PF_PRESENT);
  if (!(access & ACCESS_PEEK)) mark(m, pdeAt, pde, access & ACCESS_WRITE ? A | D : A, 4);
  return fill(m, la, high | (pde & 0xffc00000) | (la & 0x3fffff), access, pde, pde, false, RIGHT_LARGE);
}

function hasHugePages(m: Eval): bool {
  const word = load<u32>(m.at + ((FEATURE_PDPE1GB >> 5) << 2), S.STATE_CPUID_FEATURES);
  return (word & (1 << (FEATURE_PDPE1GB & 31))) != 0;
}

/** PAE and 4-level paging: SDM vol. 3A 4.4 and 4.5. */
function walkPae(m: Eval, la: u64, access: u32): u64 {
  const long = (m.efer & EFER_LMA) != 0;
  const nxe = (m.efer & EFER_NXE) != 0;
  const reserved = (long ? RESERVED_LONG : RESERVED_PAE) | (nxe ? 0 : NX);
  let rights: u64 = RW | US;
  let noExecute = false;
  let table: u64;
  let shift: u64;
  if (long) {
    table = load<u64>(m.at, S.STATE_CR3);
    shift = 39;
  } else {
    table = load<u64>(m.at + ((<usize>(la >> 30)) << 3), S.STATE_PDPTE);
    if (!(table & P)) return pageFault(m, la, access, 0);
    shift = 21;
  }
  while (true) {
    const at = gateA20(m, (table & 0x000ffffffffff000) | (((la >> shift) & 0x1ff) << 3));
    const entry = readTable(at, 8);
    if (!(entry & P)) return pageFault(m, la, access, 0);
    // PS is reserved in a PML4E, and in a PDPTE of a processor without 1 GB pages.
    const large = shift == 21 || (shift == 30 && hasHugePages(m));
    const leaf = shift == 12 || (large && (entry & PS) != 0);
    let bad = entry & reserved;
    if (leaf && shift > 12) bad |= entry & (((<u64>1) << shift) - 1) & ~0x1fff;
    if (shift > 12 && !large) bad |= entry & PS;
    if (bad) return pageFault(m, la, access, PF_PRESENT | PF_RESERVED);
    rights &= entry;
    if (nxe && (entry & NX) != 0) noExecute = true;
    if (!leaf) {
      // The accessed bits are set on the way down, as the walk uses the entry (4.8).
      if (!(access & ACCESS_PEEK)) mark(m, at, entry, A, 8);
      table = entry;
      shift -= 9;
      continue;
    }
    if (forbidden(m, access, rights, noExecute)) return pageFault(m, la, access, PF_PRESENT);
    if (!(access & ACCESS_PEEK)) mark(m, at, entry, access & ACCESS_WRITE ? A | D : A, 8);
    const offset = ((<u64>1) << shift) - 1;
    const pa = (entry & 0x000ffffffffff000 & ~offset) | (la & offset);
    const size = shift == 12 ? 0 : shift == 21 ? RIGHT_LARGE : RIGHT_HUGE;
    return fill(m, la, pa, access, rights, entry, noExecute, size);
  }
}
