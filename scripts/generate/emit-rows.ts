// Which rows the machine Emit compiles.
import type { Form } from './forms.ts';

/** Functions that use nothing but what Emit has. Those of function rows do their own accesses by the same means. */
const COMPILED = new Set(
  [
    'ADD ADC SUB SBB CMP INC DEC NEG OR AND XOR TEST NOT MUL IMUL IMUL2 DIV IDIV',
    'MOV MOVSXB MOVSXW MOVSXD MOVBE CMOV SET NOP NOPE LEA XCHG XCHGA XCHGM XCHGB XCHGMB XADD XADDM XADDB XADDMB CMPXCHG CBW CWD',
    'PUSH PUSHZ POP POPZ LEAVE SHL SHR SAR ROL ROR ROLI RORI SHLD SHRD BT BTS BTR BTC BSF BSR BSWAP POPCNT',
    'MOVS MOVSB STOS STOSB LODS LODSB SCAS SCASB CMPS CMPSB',
    'FLD_M32 FLD_M64 FLD_M80 FLD_STI FILD_M16 FILD_M32 FILD_M64 FLD1 FLDZ FLDL2T FLDL2E FLDPI FLDLG2 FLDLN2',
    'FST_M32 FST_M64 FSTP_M80 FST_STI FSTP_STI FIST_M16 FIST_M32 FISTP_M64 FISTTP_M16 FISTTP_M32 FISTTP_M64 FXCH',
    'FCMOVB FCMOVE FCMOVBE FCMOVU FCMOVNB FCMOVNE FCMOVNBE FCMOVNU',
    'FARITH_ST0_STI FARITH_STI_ST0 FARITHP FARITH_M32 FARITH_M64 FARITH_INT32 FARITH_INT16 FCHS FABS FSQRT FRNDINT',
    'FCOM_STI FCOMP_STI FCOMPP FUCOM_STI FUCOMPP FCOM_M32 FCOM_M64 FICOM_M32 FICOM_M16 FCOMI FCOMIP FUCOMI FUCOMIP FTST',
    'FLDCW FNSTCW FNSTSW_M16 FNSTSW_AX FNOP',
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
