/**
 * Model-specific registers of IA-32e mode: SDM vol. 4, table 2-2 (C0000081h-C0000102h). IA32_EFER is in mode.ts. Those that hold
 * linear addresses take canonical values only (vol. 2B, WRMSR).
 */
import * as S from '../shared/state';
import { FEATURE_LM, FEATURE_SYSCALL } from '../shared/features';
import { Eval } from '../machine/eval';
import { isCanonical } from '../mmu/segmentation';
import { hasFeature } from './mode';
import { cachedBase, setBase } from './segment';

const IA32_SYSENTER_ESP: u32 = 0x175;
const IA32_SYSENTER_EIP: u32 = 0x176;
const IA32_STAR: u32 = 0xc0000081;
const IA32_LSTAR: u32 = 0xc0000082;
const IA32_CSTAR: u32 = 0xc0000083;
const IA32_FMASK: u32 = 0xc0000084;
const IA32_FS_BASE: u32 = 0xc0000100;
const IA32_GS_BASE: u32 = 0xc0000101;
const IA32_KERNEL_GS_BASE: u32 = 0xc0000102;

export function isLongModeMsr(m: Eval, index: u32): bool {
  if (index >= IA32_STAR && index <= IA32_FMASK) return hasFeature(m, FEATURE_SYSCALL);
  return index >= IA32_FS_BASE && index <= IA32_KERNEL_GS_BASE && hasFeature(m, FEATURE_LM);
}

/** Offset in the state block of those that are plain storage. */
function storage(index: u32): u32 {
  if (index == IA32_KERNEL_GS_BASE) return S.STATE_KERNEL_GS_BASE;
  return S.STATE_STAR + ((index - IA32_STAR) << 3);
}

export function readLongModeMsr(m: Eval, index: u32): u64 {
  if (index == IA32_FS_BASE) return cachedBase(m, S.FS);
  if (index == IA32_GS_BASE) return cachedBase(m, S.GS);
  return load<u64>(m.at + storage(index));
}

export function writeLongModeMsr(m: Eval, index: u32, v: u64): void {
  const isAddress = index == IA32_LSTAR || index == IA32_CSTAR || index >= IA32_FS_BASE;
  if (isAddress && !isCanonical(v)) return m.gp();
  // Bits 63-32 of the mask are reserved.
  if (index == IA32_FMASK && v >> 32) return m.gp();
  if (index == IA32_FS_BASE) setBase(m, S.FS, v);
  else if (index == IA32_GS_BASE) setBase(m, S.GS, v);
  else store<u64>(m.at + storage(index), v);
}

/** IA32_SYSENTER_ESP and IA32_SYSENTER_EIP are 64 bits wide on processors with IA-32e mode. */
export function isValidSysenter(m: Eval, index: u32, v: u64): bool {
  return (index != IA32_SYSENTER_ESP && index != IA32_SYSENTER_EIP) || isCanonical(v);
}
