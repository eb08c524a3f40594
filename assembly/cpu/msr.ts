/**
 * Model-specific registers (SDM vol. 4, tables 2-2 and 2-4) and the time-stamp counter. An MSR that is not here is #GP(0) and
 * is reported to the host by number.
 *
 * NOT here: branch records. Machine check has no banks and nothing that could be reported. MTRRs and the PAT are kept and checked but change nothing,
 * for no cache is modelled.
 */
import * as S from '../shared/state';
import {
  FEATURE_APIC,
  FEATURE_ARCH_CAPABILITIES,
  FEATURE_MCA,
  FEATURE_MCE,
  FEATURE_MTRR,
  FEATURE_PAT,
  FEATURE_RDPID,
  FEATURE_RDTSCP,
  FEATURE_SEP,
  FEATURE_TSC,
  FEATURE_TSC_ADJUST,
  FEATURE_TSC_DEADLINE,
  FEATURE_X2APIC,
  PHYSICAL_ADDRESS_BITS,
} from '../shared/features';
import { Eval } from '../machine/eval';
import { unimplemented } from './host';
import { lapicBase } from './lapic';
import { lapicDeadline, lapicSetDeadline, lapicTimeStampMoved } from './lapic-timer';
import { isLongModeMsr, isValidSysenter, readLongModeMsr, writeLongModeMsr } from './long-mode-msr';
import { hasEfer, hasFeature, writeEfer } from './mode';
import { timeStamp, virtualTime } from './time';
import { hasPmu, isPmuMsr, readPmuMsr, writePmuMsr } from './pmu';
import { readX2apic, writeApicBase, writeX2apic, X2APIC_FIRST, X2APIC_LAST } from './x2apic';

const IA32_TIME_STAMP_COUNTER: u32 = 0x10;
const IA32_PLATFORM_ID: u32 = 0x17;
const IA32_APIC_BASE: u32 = 0x1b;
const IA32_TSC_ADJUST: u32 = 0x3b;
const IA32_BIOS_UPDT_TRIG: u32 = 0x79;
const IA32_BIOS_SIGN_ID: u32 = 0x8b;
const IA32_P5_MC_TYPE: u32 = 1;
const IA32_MCG_CAP: u32 = 0x179;
const IA32_MCG_STATUS: u32 = 0x17a;
const IA32_MTRRCAP: u32 = 0xfe;
const IA32_ARCH_CAPABILITIES: u32 = 0x10a;
const IA32_SYSENTER_CS: u32 = 0x174;
const IA32_SYSENTER_EIP: u32 = 0x176;
const IA32_MISC_ENABLE: u32 = 0x1a0;
const IA32_DEBUGCTL: u32 = 0x1d9;
const IA32_MTRR_PHYSBASE0: u32 = 0x200;
const IA32_PAT: u32 = 0x277;
const IA32_MTRR_DEF_TYPE: u32 = 0x2ff;
const IA32_TSC_DEADLINE: u32 = 0x6e0;
const IA32_EFER: u32 = 0xc0000080;
const IA32_TSC_AUX: u32 = 0xc0000103;

const UNIMPLEMENTED_READ: i32 = 1;
const UNIMPLEMENTED_WRITE: i32 = 2;

/** Eight variable ranges, fixed ranges, write-combining. */
const MTRRCAP: u64 = 0x508;
const VARIABLE_RANGES: u32 = 8;

/** IA32_MISC_ENABLE: fast strings, limit CPUID to leaf 3, execute-disable off. */
export const MISC_LIMIT_CPUID: u64 = 0x400000;
export const MISC_XD_DISABLE: u64 = 0x400000000;
const MISC_WRITABLE: u64 = 1 | MISC_LIMIT_CPUID | MISC_XD_DISABLE;

/** Performance monitoring is there; branch trace storage and PEBS are not. */
export const MISC_FIXED: u64 = 0x1880;

const ADDRESS_BEYOND: u64 = ~(((<u64>1) << PHYSICAL_ADDRESS_BITS) - 1);

/** The revision that an update would have: high half of IA32_BIOS_SIGN_ID after CPUID leaf 1. */
export function microcodeRevision(): u64 {
  return (<u64>0x219) << 32;
}

/** A write to the TSC shows in IA32_TSC_ADJUST, and the other way round (vol. 3B 17.17.3). */
function moveTimeStamp(m: Eval, by: u64): void {
  store<u64>(m.at, load<u64>(m.at, S.STATE_TSC_OFFSET) + by, S.STATE_TSC_OFFSET);
  store<u64>(m.at, load<u64>(m.at, S.STATE_TSC_ADJUST) + by, S.STATE_TSC_ADJUST);
  lapicTimeStampMoved(m);
}

export function resetTimeStamp(m: Eval): void {
  store<u64>(m.at, 0 - virtualTime(m), S.STATE_TSC_OFFSET);
  store<u64>(m.at, 0, S.STATE_TSC_ADJUST);
}

/**
 * IA32_ARCH_CAPABILITIES: this processor executes nothing speculatively. RDCL_NO, SKIP_L1DFL_VMENTRY, SSB_NO, MDS_NO,
 * IF_PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO, GDS_NO, RFDS_NO.
 */
const ARCH_CAPABILITIES: u64 =
  (1 << 0) |
  (1 << 3) |
  (1 << 4) |
  (1 << 5) |
  (1 << 6) |
  (1 << 8) |
  (1 << 13) |
  (1 << 14) |
  (1 << 15) |
  (1 << 20) |
  (1 << 24) |
  (1 << 26) |
  (1 << 27);

function hasTscAux(m: Eval): bool {
  return hasFeature(m, FEATURE_RDTSCP) || hasFeature(m, FEATURE_RDPID);
}

/** Offset in the state block of an MSR that is plain storage, 0 for others. */
function storage(m: Eval, index: u32): u32 {
  if (index >= IA32_SYSENTER_CS && index <= IA32_SYSENTER_EIP) {
    return hasFeature(m, FEATURE_SEP) ? S.STATE_SYSENTER_CS + ((index - IA32_SYSENTER_CS) << 3) : 0;
  }
  if (index == IA32_PAT) return hasFeature(m, FEATURE_PAT) ? S.STATE_PAT : 0;
  if (index == IA32_MISC_ENABLE) return S.STATE_MISC_ENABLE;
  if (index == IA32_TSC_AUX) return hasTscAux(m) ? S.STATE_TSC_AUX : 0;
  if (index == IA32_TSC_ADJUST) return hasFeature(m, FEATURE_TSC_ADJUST) ? S.STATE_TSC_ADJUST : 0;
  if (index == IA32_BIOS_SIGN_ID) return S.STATE_BIOS_SIGN;
  if (index == IA32_MCG_STATUS) return hasFeature(m, FEATURE_MCA) ? S.STATE_MCG_STATUS : 0;
  if (!hasFeature(m, FEATURE_MTRR)) return 0;
  if (index == IA32_MTRR_DEF_TYPE) return S.STATE_MTRR_DEF_TYPE;
  if (index >= IA32_MTRR_PHYSBASE0 && index < IA32_MTRR_PHYSBASE0 + 2 * VARIABLE_RANGES) {
    return S.STATE_MTRR_VARIABLE + ((index - IA32_MTRR_PHYSBASE0) << 3);
  }
  const fixed = fixedRange(index);
  return fixed < 0 ? 0 : S.STATE_MTRR_FIXED + ((<u32>fixed) << 3);
}

/** Number of a fixed-range MTRR: 64K, two of 16K, eight of 4K; -1 for other MSRs. */
function fixedRange(index: u32): i32 {
  if (index == 0x250) return 0;
  if (index == 0x258 || index == 0x259) return <i32>index - 0x257;
  return index >= 0x268 && index <= 0x26f ? <i32>index - 0x265 : -1;
}

function isX2apicMsr(m: Eval, index: u32): bool {
  return index >= X2APIC_FIRST && index <= X2APIC_LAST && hasFeature(m, FEATURE_X2APIC);
}

export function readMsr(m: Eval, index: u32): u64 {
  if (isLongModeMsr(m, index)) return readLongModeMsr(m, index);
  if (isX2apicMsr(m, index)) return readX2apic(m, index);
  if (isPmuMsr(m, index)) return readPmuMsr(m, index);
  const at = storage(m, index);
  if (at) return load<u64>(m.at + at);
  if (index == IA32_TSC_DEADLINE && hasFeature(m, FEATURE_TSC_DEADLINE)) return lapicDeadline(m);
  if (index == IA32_TIME_STAMP_COUNTER && hasFeature(m, FEATURE_TSC)) return timeStamp(m);
  if (index == IA32_APIC_BASE && hasFeature(m, FEATURE_APIC)) return lapicBase(m);
  if (index == IA32_MTRRCAP && hasFeature(m, FEATURE_MTRR)) return MTRRCAP;
  if (index == IA32_EFER && hasEfer(m)) return m.efer;
  // No machine check has happened, and there is no bank that could tell of one.
  if (index <= IA32_P5_MC_TYPE && hasFeature(m, FEATURE_MCE)) return 0;
  if (index == IA32_MCG_CAP && hasFeature(m, FEATURE_MCA)) return 0;
  if (index == IA32_PLATFORM_ID || (index == IA32_DEBUGCTL && hasPmu(m))) return 0;
  if (index == IA32_ARCH_CAPABILITIES && hasFeature(m, FEATURE_ARCH_CAPABILITIES)) return ARCH_CAPABILITIES;
  unimplemented(UNIMPLEMENTED_READ, index, 0);
  m.gp();
  return 0;
}

export function writeMsr(m: Eval, index: u32, v: u64): void {
  if (index == IA32_TIME_STAMP_COUNTER && hasFeature(m, FEATURE_TSC)) return moveTimeStamp(m, v - timeStamp(m));
  if (index == IA32_APIC_BASE && hasFeature(m, FEATURE_APIC)) return writeApicBase(m, v);
  if (index == IA32_EFER && hasEfer(m)) return writeEfer(m, v);
  if (isLongModeMsr(m, index)) return writeLongModeMsr(m, index, v);
  if (isX2apicMsr(m, index)) return writeX2apic(m, index, v);
  if (isPmuMsr(m, index)) return writePmuMsr(m, index, v);
  if (index == IA32_TSC_DEADLINE && hasFeature(m, FEATURE_TSC_DEADLINE)) return lapicSetDeadline(m, v);
  if (index == IA32_MISC_ENABLE) return writeMiscEnable(m, v);
  // An update would be loaded from here; there is none for this processor.
  if (index == IA32_BIOS_UPDT_TRIG) return;
  // Branch records and traces, which it would switch on, do not exist.
  if (index == IA32_DEBUGCTL && hasPmu(m)) {
    if (v) m.gp();
    return;
  }
  const at = storage(m, index);
  if (!at) {
    unimplemented(UNIMPLEMENTED_WRITE, index, 0);
    return m.gp();
  }
  if (index == IA32_TSC_ADJUST) return moveTimeStamp(m, v - load<u64>(m.at, S.STATE_TSC_ADJUST));
  if (!isValid(index, v) || !isValidSysenter(m, index, v)) return m.gp();
  store<u64>(m.at + at, v);
}

function isValid(index: u32, v: u64): bool {
  if (index == IA32_PAT) return areTypes(v, true);
  if (index == IA32_TSC_AUX) return !(v >> 32);
  // RIPV, EIPV, MCIP.
  if (index == IA32_MCG_STATUS) return !(v & ~7);
  if (index == IA32_MTRR_DEF_TYPE) return !(v & ~0xcff) && isType(v & 0xff, false);
  if (fixedRange(index) >= 0) return areTypes(v, false);
  if (index < IA32_MTRR_PHYSBASE0 || index >= IA32_MTRR_PHYSBASE0 + 2 * VARIABLE_RANGES) return true;
  if (index & 1) return !(v & (ADDRESS_BEYOND | 0x7ff));
  return !(v & (ADDRESS_BEYOND | 0xf00)) && isType(v & 0xff, false);
}

/** Memory types: UC, WC, WT, WP, WB, and UC- in the PAT only (table 11-2). */
function isType(type: u64, pat: bool): bool {
  return type <= 7 && type != 2 && type != 3 && (pat || type != 7);
}

function areTypes(v: u64, pat: bool): bool {
  for (let n: u64 = 0; n < 64; n += 8) if (!isType((v >> n) & 0xff, pat)) return false;
  return true;
}

function writeMiscEnable(m: Eval, v: u64): void {
  store<u64>(m.at, (v & MISC_WRITABLE) | MISC_FIXED, S.STATE_MISC_ENABLE);
}
