/**
 * Why MMX, SSE and AVX instructions cannot run right now: SDM vol. 3A 13.1 and 14.2, vol. 2A tables 2-15 and following
 * (exception types).
 */
import * as S from '../shared/state';
import { EXCEPTION_NM } from '../shared/exception';
import { CR0_EM, CR0_PE, CR0_TS, CR4_OSFXSR, CR4_OSXSAVE, FLAG_VM } from '../shared/register-bits';
import { Eval } from '../machine/eval';
import { errorsAllow } from '../isa/x87/registers';

/** XCR0 bits of SSE and AVX state. */
const XCR0_AVX: u64 = 6;

/** STATE_GATES. Whatever changes it ends the stretch. */
export function vectorGates(m: Eval): u32 {
  const cr0 = m.cr0;
  const off = (cr0 & (CR0_EM | CR0_TS)) != 0;
  const real = !(cr0 & CR0_PE) || (m.flagsWord & FLAG_VM) != 0;
  let gates: u32 = off ? S.GATE_MMX : 0;
  if (off || !(m.cr4 & CR4_OSFXSR)) gates |= S.GATE_SSE;
  if (real) gates |= S.GATE_VEX;
  if (real || cr0 & CR0_TS || !avxEnabled(m)) gates |= S.GATE_AVX;
  return gates;
}

function avxEnabled(m: Eval): bool {
  return (m.cr4 & CR4_OSXSAVE) != 0 && (load<u64>(m.at, S.STATE_XCR0) & XCR0_AVX) == XCR0_AVX;
}

/**
 * Raises what `gate` stands for: #UD comes before #NM, and #NM before a pending x87 exception. False if nothing was raised: the
 * board has been told of the x87 exception instead.
 */
export function vectorOff(m: Eval, gate: u32): bool {
  const isUndefined =
    gate == S.GATE_AVX
      ? (load<u32>(m.at, S.STATE_GATES) & S.GATE_VEX) != 0 || !avxEnabled(m)
      : (m.cr0 & CR0_EM) != 0 || (gate == S.GATE_SSE && !(m.cr4 & CR4_OSFXSR));
  if (isUndefined) m.ud();
  else if (m.cr0 & CR0_TS) m.raise(EXCEPTION_NM);
  else return !errorsAllow(m);
  return true;
}
