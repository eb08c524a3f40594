/**
 * CPUID: SDM vol. 2A. The feature words come from the state block (shared/features.ts); the rest describes the processor
 * that this core is: in order, one thread, caches as a small laptop has them, clocks in virtual time.
 */
import * as S from '../shared/state';
import {
  BUS_CLOCK_HZ,
  CPUID_OSXSAVE,
  FEATURE_APIC,
  FEATURE_AVX,
  FEATURE_LM,
  FEATURE_MONITOR,
  FEATURE_NX,
  FEATURE_SYSCALL,
  FEATURE_X2APIC,
  FEATURE_XSAVE,
  FEATURE_XSAVEC,
  LINEAR_ADDRESS_BITS,
  PHYSICAL_ADDRESS_BITS,
  PMU_COUNTER_BITS,
  PMU_FIXED,
  PMU_GENERAL,
  TSC_MHZ,
} from '../shared/features';
import { LAPIC_ID } from '../shared/lapic-state';
import { CR4_OSXSAVE } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { xcr0, xcr0Bits, xsaveSize } from '../isa/xsave';
import { cpuSignature } from './cpu-model';
import { lapicField, lapicPresent } from './lapic';
import { hasFeature } from './mode';
import { MISC_LIMIT_CPUID, MISC_XD_DISABLE, microcodeRevision } from './msr';

const LEAF_MAX_LIMITED: u32 = 3;

const COUNTER_WIDTH: u32 = PMU_COUNTER_BITS << 16;

const CACHE_DATA: u32 = 1;
const CACHE_CODE: u32 = 2;
const CACHE_UNIFIED: u32 = 3;
const LINE_BYTES: u32 = 64;

/** Leaf 7 EBX: FDP changes on x87 exceptions only (bit 6), FCS and FDS are always 0 (bit 13); not features to be taken away. */
const X87_POINTERS: u32 = 0x2040;

function result(m: Eval, a: u32, b: u32, c: u32, d: u32): void {
  m.set<u32>(S.RAX, a);
  m.set<u32>(S.RBX, b);
  m.set<u32>(S.RCX, c);
  m.set<u32>(S.RDX, d);
}

function feature(m: Eval, word: u32): u32 {
  return load<u32>(m.at + (word << 2), S.STATE_CPUID_FEATURES);
}

function miscEnable(m: Eval): u64 {
  return load<u64>(m.at, S.STATE_MISC_ENABLE);
}

export function cpuid(m: Eval): void {
  const leaf = <u32>m.get<u32>(S.RAX);
  const subleaf = <u32>m.get<u32>(S.RCX);
  let last = load<u32>(m.at, S.STATE_CPUID_LEAF_MAX);
  if (miscEnable(m) & MISC_LIMIT_CPUID) last = min<u32>(last, LEAF_MAX_LIMITED);
  if (leaf >= 0x80000000 && leaf <= load<u32>(m.at, S.STATE_CPUID_EXTENDED_MAX)) extendedLeaf(m, leaf);
  else basicLeaf(m, min<u32>(leaf, last), subleaf, last);
}

/** A leaf beyond the last is answered like the last basic one. */
function basicLeaf(m: Eval, leaf: u32, subleaf: u32, last: u32): void {
  switch (leaf) {
    case 0:
      return result(m, last, 0x756e6547, 0x6c65746e, 0x49656e69); // "GenuineIntel"
    case 1:
      return version(m);
    // L1 code 32 KB (30h) and data 32 KB (2Ch), L2 512 KB (80h), TLBs of 64 entries for 4 KB pages (50h, 03h).
    case 2:
      return result(m, 0x2c500301, 0, 0, 0x00008030);
    case 4:
      return cache(m, subleaf);
    // MONITOR watches one cache line; interrupts end MWAIT even where they are masked (ECX); no C-states to choose from.
    case 5:
      if (!hasFeature(m, FEATURE_MONITOR)) return result(m, 0, 0, 0, 0);
      return result(m, LINE_BYTES, LINE_BYTES, 3, 0);
    // The APIC timer never stops (ARAT).
    case 6:
      return result(m, 4, 0, 0, 0);
    case 7:
      if (subleaf == 0) return result(m, 0, feature(m, 4) | X87_POINTERS, feature(m, 5), feature(m, 6));
      return result(m, 0, 0, 0, 0);
    // Performance monitoring, version 2. Events that are missing: LLC references and misses, branches and their misses.
    case 0x0a:
      return result(
        m,
        (7 << 24) | COUNTER_WIDTH | (PMU_GENERAL << 8) | 2,
        0x78,
        0,
        PMU_FIXED | (PMU_COUNTER_BITS << 5),
      );
    case 0x0b:
      return topology(m, subleaf);
    case 0x0d:
      return extendedState(m, subleaf);
    // TSC = bus clock x TSC_MHZ / bus MHz, and the frequencies in MHz.
    case 0x15:
      return result(m, 1, TSC_MHZ / (BUS_CLOCK_HZ / 1000000), BUS_CLOCK_HZ, 0);
    case 0x16:
      return result(m, TSC_MHZ, TSC_MHZ, BUS_CLOCK_HZ / 1000000, 0);
    default:
      return result(m, 0, 0, 0, 0);
  }
}

function version(m: Eval): void {
  // Reading the signature also shows the microcode revision (vol. 3A 9.11.7.1).
  store<u64>(m.at, microcodeRevision(), S.STATE_BIOS_SIGN);
  let edx = feature(m, 0);
  if (!lapicPresent(m)) edx &= ~(1 << FEATURE_APIC);
  const id = load<u32>(lapicField(m, LAPIC_ID)) & 0xff000000;
  let ecx = feature(m, 1);
  if (m.cr4 & CR4_OSXSAVE) ecx |= 1 << (CPUID_OSXSAVE - 32);
  result(m, cpuSignature(m), id | (1 << 16) | ((LINE_BYTES >> 3) << 8), ecx, edx);
}

/** XSAVE areas (vol. 1 13.2): sizes for what XCR0 enables and for all that exists, then for each component. */
function extendedState(m: Eval, subleaf: u32): void {
  const all = xcr0Bits(m);
  if (!hasFeature(m, FEATURE_XSAVE)) return result(m, 0, 0, 0, 0);
  if (subleaf == 0) return result(m, <u32>all, xsaveSize(xcr0(m)), xsaveSize(all), 0);
  if (subleaf == 1) return result(m, feature(m, 7), hasFeature(m, FEATURE_XSAVEC) ? xsaveSize(xcr0(m)) : 0, 0, 0);
  if (subleaf == 2 && hasFeature(m, FEATURE_AVX)) return result(m, 256, 576, 0, 0);
  result(m, 0, 0, 0, 0);
}

/** Extended topology: one thread of one core, so that no bit of the x2APIC ID tells either. */
function topology(m: Eval, level: u32): void {
  if (!hasFeature(m, FEATURE_X2APIC)) return result(m, 0, 0, 0, 0);
  const id = load<u32>(m.at, S.STATE_INDEX);
  if (level > 1) return result(m, 0, 0, level & 0xff, id);
  result(m, 0, 1, ((level + 1) << 8) | level, id);
}

/** Deterministic cache parameters: 32 KB for code and data each, 512 KB together, all 8-way. */
function cache(m: Eval, n: u32): void {
  if (n > 2) return result(m, 0, 0, 0, 0);
  const type = n == 0 ? CACHE_DATA : n == 1 ? CACHE_CODE : CACHE_UNIFIED;
  const level: u32 = n == 2 ? 2 : 1;
  const sets: u32 = n == 2 ? 1024 : 64;
  result(m, type | (level << 5) | 0x100, (7 << 22) | (LINE_BYTES - 1), sets - 1, 0);
}

function extendedLeaf(m: Eval, leaf: u32): void {
  switch (leaf & 0xff) {
    case 0:
      return result(m, load<u32>(m.at, S.STATE_CPUID_EXTENDED_MAX), 0, 0, 0);
    case 1:
      return result(m, 0, 0, feature(m, 3), extendedFeatures(m));
    case 2:
    case 3:
    case 4:
      return brand(m, (leaf - 0x80000002) << 4);
    case 6:
      return result(m, 0, 0, (512 << 16) | (6 << 12) | LINE_BYTES, 0);
    // The TSC runs at a constant rate in all states.
    case 7:
      return result(m, 0, 0, 0, 0x100);
    case 8: {
      const linear: u32 = hasFeature(m, FEATURE_LM) ? 48 : LINEAR_ADDRESS_BITS;
      return result(m, PHYSICAL_ADDRESS_BITS | (linear << 8), 0, 0, 0);
    }
    default:
      return result(m, 0, 0, 0, 0);
  }
}

/** SYSCALL is reported in 64-bit mode only, the one mode in which Intel has it. */
function extendedFeatures(m: Eval): u32 {
  let bits = feature(m, 2);
  if (miscEnable(m) & MISC_XD_DISABLE) bits &= ~(1 << (FEATURE_NX - 64));
  if (m.mode != S.MODE_64) bits &= ~(1 << (FEATURE_SYSCALL - 64));
  return bits;
}

function brand(m: Eval, at: u32): void {
  const text = m.at + at;
  result(
    m,
    load<u32>(text, S.STATE_CPU_BRAND),
    load<u32>(text, S.STATE_CPU_BRAND + 4),
    load<u32>(text, S.STATE_CPU_BRAND + 8),
    load<u32>(text, S.STATE_CPU_BRAND + 12),
  );
}
