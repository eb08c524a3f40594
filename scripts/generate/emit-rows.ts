// Which rows the machine Emit compiles.
import type { Form } from './forms.ts';

/** Functions that use nothing but what Emit has. Those of function rows do their own accesses by the same means. */
const COMPILED = new Set(
  [
    'ADD ADC SUB SBB CMP INC DEC NEG OR AND XOR TEST NOT MUL IMUL IMUL2 DIV IDIV',
    'MOV MOVSXB MOVSXW MOVSXD MOVBE CMOV SET NOP NOPE LEA XCHG XCHGA XCHGM XCHGB XCHGMB XADD XADDM XADDB XADDMB CMPXCHG CBW CWD',
    'PUSH PUSHZ POP POPZ LEAVE SHL SHR SAR ROL ROR ROLI RORI SHLD SHRD BT BTS BTR BTC BSF BSR BSWAP POPCNT',
    'MOVS MOVSB STOS STOSB LODS LODSB SCAS SCASB CMPS CMPSB',
  ]
    .join(' ')
    .split(' '),
);

/** Is the form compiled itself? Its function may be, but rows with vectors or VEX check more than Emit does. */
export function isEmitted(form: Form): boolean {
  return form.class === 'normal' && form.vector === null && !form.row.vex && COMPILED.has(form.row.function);
}
