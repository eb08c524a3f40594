/**
 * Operands that are not ordinary numbers: NaNs and the encodings that the FPU calls unsupported.
 * SDM vol. 1, 4.8.3.5 and table 4-7 (rules of NaN handling), 8.2.2 (unsupported encodings).
 */
import { EXC_DE, EXC_IE, EXP_MASK, EXP_SPECIAL, INDEFINITE_SE, INDEFINITE_SIG, QUIET_BIT } from './constants';
import { setResult } from './round';

/** Exponent not zero, integer bit zero: unnormals, pseudo-infinities, pseudo-NaNs. */
export function isUnsupported(se: u32, sig: u64): bool {
  return (se & EXP_MASK) != 0 && <i64>sig >= 0;
}

/** For supported encodings only. */
export function isNaN80(se: u32, sig: u64): bool {
  return (se & EXP_MASK) == EXP_SPECIAL && sig << 1 != 0;
}

export function isSignaling(se: u32, sig: u64): bool {
  return (se & EXP_MASK) == EXP_SPECIAL && (sig & QUIET_BIT) == 0 && sig << 2 != 0;
}

export function isInfinity(se: u32, sig: u64): bool {
  return (se & EXP_MASK) == EXP_SPECIAL && sig << 1 == 0;
}

/** Denormals and pseudo-denormals: exponent zero, significand not. */
export function isDenormal(se: u32, sig: u64): bool {
  return (se & EXP_MASK) == 0 && sig != 0;
}

export function invalid(cpu: usize): u32 {
  setResult(cpu, INDEFINITE_SE, INDEFINITE_SIG);
  return EXC_IE;
}

/** Is either operand a NaN or unsupported, so that propagateNaN decides the result? */
export function isUnordered(ae: u32, am: u64, be: u32, bm: u64): bool {
  return isUnsupported(ae, am) || isUnsupported(be, bm) || isNaN80(ae, am) || isNaN80(be, bm);
}

/** Result of an operation of which at least one operand is a NaN or unsupported. */
export function propagateNaN(cpu: usize, ae: u32, am: u64, be: u32, bm: u64): u32 {
  if (isUnsupported(ae, am) || isUnsupported(be, bm)) return invalid(cpu);
  const aSignals = isSignaling(ae, am);
  const bSignals = isSignaling(be, bm);
  const flags = aSignals || bSignals ? EXC_IE : 0;
  let takeA: bool;
  if (!isNaN80(be, bm)) takeA = true;
  else if (!isNaN80(ae, am)) takeA = false;
  else if (aSignals != bSignals) takeA = bSignals;
  else if (am != bm) takeA = am > bm;
  else takeA = ae <= be;
  if (takeA) setResult(cpu, ae, am | QUIET_BIT);
  else setResult(cpu, be, bm | QUIET_BIT);
  return flags;
}

/** The same for an operation with one operand. */
export function propagateNaN1(cpu: usize, ae: u32, am: u64): u32 {
  if (isUnsupported(ae, am)) return invalid(cpu);
  setResult(cpu, ae, am | QUIET_BIT);
  return isSignaling(ae, am) ? EXC_IE : 0;
}

/** EXC_DE if an operand is denormal. The operation ends there if the mask bit in `cw` is clear (SDM vol. 1, 8.5.2). */
export function denormalFlag(ae: u32, am: u64, be: u32, bm: u64): u32 {
  return isDenormal(ae, am) || isDenormal(be, bm) ? EXC_DE : 0;
}
