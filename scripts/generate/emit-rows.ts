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

/** Families of vector instructions that are not compiled: tables, products without carries, strings, lanes one by one. */
const VECTORS_CALLED = new Set(
  'sse/aes sse/carryless sse/sha sse/string-compare sse/fma-packed sse/fma-scalar sse/float-narrow avx/gather avx/mask-move avx/shift'
    .split(' ')
    .map((name) => `assembly/isa/${name}.ts`),
);
/** The same of families that are. */
const NOT_COMPILED = new Set(
  [
    'DPPS DPPD VDPPS_M VDPPS_U CVTPI2PS VCVTPH2PS VCVTPS2PH RCPPS RCPSS RSQRTPS RSQRTSS LDMXCSR STMXCSR',
    'MASKMOVQ MASKMOVDQU EMMS ZEROALL TESTPS TESTPSM TESTPD TESTPDM',
  ]
    .join(' ')
    .split(' '),
);

/** Is the form compiled itself, as an instruction on vectors? MMX is not. */
export function isVectorEmitted(form: Form): boolean {
  const { row, vector } = form;
  if (form.class !== 'normal' || vector === null || vector === 'mmx') return false;
  return (
    /^assembly\/isa\/(sse|avx)\//.test(row.file) && !VECTORS_CALLED.has(row.file) && !NOT_COMPILED.has(row.function)
  );
}

/** Must vector registers and MXCSR be in the state block while the form's handler runs? */
export function knowsVectors(form: Form): boolean {
  return form.vector !== null || ['assembly/isa/x87/fxsave.ts', 'assembly/isa/xsave.ts'].includes(form.row.file);
}

/** Is the form compiled itself? Its function may be, but rows with VEX check more than Emit does. */
export function isEmitted(form: Form): boolean {
  return form.class === 'normal' && form.vector === null && !form.row.vex && COMPILED.has(form.row.function);
}
