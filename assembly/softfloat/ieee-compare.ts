/** Comparison, minimum and maximum of binary32 and binary64 - SDM vol. 2, COMISD, UCOMISD, CMPPD, MINSD, MAXSD and family. */
import { EXC_IE, RELATION_EQUAL, RELATION_GREATER, RELATION_LESS, RELATION_UNORDERED } from './constants';
import { flush, isNaN, isSignaling, isZero, raise, raiseDenormal, signOf } from './ieee-format';

/** RELATION_* of a to b. A quiet NaN is invalid if `signalQuiet`, a signalling one always. */
export function ieeeCompare<T>(cpu: usize, a: T, b: T, mxcsr: u32, signalQuiet: bool): u32 {
  if (isNaN<T>(a) || isNaN<T>(b)) {
    if (signalQuiet || isSignaling<T>(a) || isSignaling<T>(b)) raise(cpu, EXC_IE);
    return RELATION_UNORDERED;
  }
  a = flush<T>(a, mxcsr);
  b = flush<T>(b, mxcsr);
  raiseDenormal<T>(cpu, a, b);
  if (isZero<T>(a) && isZero<T>(b)) return RELATION_EQUAL;
  if (signOf<T>(a) != signOf<T>(b)) return signOf<T>(a) ? RELATION_LESS : RELATION_GREATER;
  if (a == b) return RELATION_EQUAL;
  return a < b == (signOf<T>(a) == 0) ? RELATION_LESS : RELATION_GREATER;
}

/**
 * Does the relation fulfil a predicate of CMPPS or VCMPPS? Bits 0-2 choose the relation, bit 3 of VCMPPS what holds for
 * NaNs; bit 4 only says which predicates signal (SDM vol. 2, CMPPD, table 3-1).
 */
export function predicateHolds(predicate: u32, relation: u32): bool {
  const unordered = relation == RELATION_UNORDERED;
  let holds: bool;
  switch (predicate & 3) {
    case 0:
      holds = relation == RELATION_EQUAL || (unordered && (predicate & 8) != 0);
      break;
    case 1:
      holds = relation == RELATION_LESS || (unordered && (predicate & 8) != 0);
      break;
    case 2:
      holds = relation == RELATION_LESS || relation == RELATION_EQUAL || (unordered && (predicate & 8) != 0);
      break;
    default:
      // UNORD, and FALSE with bit 3.
      holds = unordered && (predicate & 8) == 0;
  }
  return holds != ((predicate & 4) != 0);
}

/** LT, LE, NLT, NLE and their VEX relatives signal quiet NaNs; bit 4 of a VEX predicate says the opposite. */
export function predicateSignals(predicate: u32): bool {
  const ordering = (predicate & 3) == 1 || (predicate & 3) == 2;
  return ordering != ((predicate & 16) != 0);
}

/** The second operand if either is a NaN, which is always invalid, or if both are zeros. */
export function ieeeMin<T>(cpu: usize, a: T, b: T, mxcsr: u32): T {
  const relation = ieeeCompare<T>(cpu, a, b, mxcsr, true);
  return flush<T>(relation == RELATION_LESS ? a : b, mxcsr);
}

export function ieeeMax<T>(cpu: usize, a: T, b: T, mxcsr: u32): T {
  const relation = ieeeCompare<T>(cpu, a, b, mxcsr, true);
  return flush<T>(relation == RELATION_GREATER ? a : b, mxcsr);
}
