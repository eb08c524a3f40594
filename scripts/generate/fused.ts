// Compare-and-branch: CMP or TEST and the conditional jump that follows it run as one case of the switch (decision 002).
import type { Form } from './forms.ts';

export interface Fused {
  /** The compare. */
  readonly form: Form;
  readonly condition: number;
  op: number;
}

// Conditions by number: 2 B, 3 NB, 4 Z, 5 NZ, 6 BE, 7 NBE, 8 S, 9 NS, 12 L, 13 NL, 14 LE, 15 NLE.
const EQUAL = [4, 5];
const UNSIGNED = [2, 3, 6, 7];
const SIGNED = [12, 13, 14, 15];

/** Pairs that are frequent enough for a case of their own: each costs some 100 bytes of a function that must stay small. */
function conditionsOf(form: Form): readonly number[] {
  const { row, size } = form;
  const isByte = /^(?:[EG]b|AL)$/.test(row.operands[0]?.text ?? '');
  if (size === 16 || !form.inline || (row.function !== 'CMP' && row.function !== 'TEST')) return [];
  if (row.function === 'TEST')
    return isByte || form.memory || row.immediates.length > 0 ? EQUAL : [...EQUAL, 8, 9, 14, 15];
  if (form.memory) return isByte || row.immediates.length > 0 ? EQUAL : [...EQUAL, 2, 3];
  return isByte ? [...EQUAL, ...UNSIGNED] : [...EQUAL, ...UNSIGNED, ...SIGNED];
}

export function fusedForms(forms: readonly Form[]): Fused[] {
  return forms.flatMap((form) => conditionsOf(form).map((condition) => ({ form, condition, op: -1 })));
}
