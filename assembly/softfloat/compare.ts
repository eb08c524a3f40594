/** Comparisons and classification of 80-bit numbers - SDM vol. 2, FCOM, FUCOM, FTST, FXAM. */
import {
  EXC_DE,
  EXC_IE,
  EXP_MASK,
  RELATION_EQUAL,
  RELATION_GREATER,
  RELATION_LESS,
  RELATION_UNORDERED,
  RESULT_SIG,
  SIGN,
} from './constants';
import { isDenormal, isSignaling, isUnordered, isUnsupported } from './nan';
import { Normal } from './round';

/** Compares a with b: RELATION_* goes to RESULT_SIG (u32). `quiet`: a quiet NaN is not an invalid operand (FUCOM). */
export function f80Compare(cpu: usize, ae: u32, am: u64, be: u32, bm: u64, quiet: bool): u32 {
  if (Normal.are(ae, am, be, bm)) {
    store<u32>(cpu, relationOfNormals(ae, am, be, bm), RESULT_SIG);
    return 0;
  }
  if (isUnordered(ae, am, be, bm)) {
    store<u32>(cpu, RELATION_UNORDERED, RESULT_SIG);
    const invalid =
      !quiet || isUnsupported(ae, am) || isUnsupported(be, bm) || isSignaling(ae, am) || isSignaling(be, bm);
    return invalid ? EXC_IE : 0;
  }
  store<u32>(cpu, relation(ae, am, be, bm), RESULT_SIG);
  return isDenormal(ae, am) || isDenormal(be, bm) ? EXC_DE : 0;
}

/** Without branches: which is the greater is a toss-up. */
function relationOfNormals(ae: u32, am: u64, be: u32, bm: u64): u32 {
  const ea = ae & EXP_MASK;
  const eb = be & EXP_MASK;
  const negative = ae >> 15;
  const smaller = u32(ea < eb) | (u32(ea == eb) & u32(am < bm));
  const less = select<u32>(negative, smaller ^ negative, ((ae ^ be) & SIGN) != 0);
  return select<u32>(RELATION_EQUAL, less, (u32(ae == be) & u32(am == bm)) != 0);
}

function relation(ae: u32, am: u64, be: u32, bm: u64): u32 {
  if (am == 0 && bm == 0) return RELATION_EQUAL;
  const aNegative = (ae & SIGN) != 0 && am != 0;
  const bNegative = (be & SIGN) != 0 && bm != 0;
  if (am == 0) return bNegative ? RELATION_GREATER : RELATION_LESS;
  if (bm == 0) return aNegative ? RELATION_LESS : RELATION_GREATER;
  if (aNegative != bNegative) return aNegative ? RELATION_LESS : RELATION_GREATER;
  // Pseudo-denormals equal normal numbers with exponent 1.
  let ea = ae & EXP_MASK;
  let eb = be & EXP_MASK;
  if (ea == 0) ea = 1;
  if (eb == 0) eb = 1;
  if (ea == eb && am == bm) return RELATION_EQUAL;
  const aSmaller = ea < eb || (ea == eb && am < bm);
  return aSmaller != aNegative ? RELATION_LESS : RELATION_GREATER;
}
