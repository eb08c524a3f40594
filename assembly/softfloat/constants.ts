/**
 * Names shared by the soft floating-point routines: exception flags, the control word's fields, formats.
 * Flags have the places of the x87 status word and of MXCSR (SDM vol. 1, figures 8-4 and 10-3).
 */
import { STATE_FPU_RESULT } from '../shared/state';

// Result slots in the vCPU state block. A routine that yields a number writes it here and returns the exception flags.
/** u64: significand of an 80-bit result, or an integer, binary32 or binary64 result. */
export const RESULT_SIG = STATE_FPU_RESULT;
/** u32: sign and exponent of an 80-bit result. */
export const RESULT_SE = STATE_FPU_RESULT + 8;
/** Second 80-bit result: FPTAN, FSINCOS, FXTRACT. */
export const RESULT2_SIG = STATE_FPU_RESULT + 16;
export const RESULT2_SE = STATE_FPU_RESULT + 24;

export const EXC_IE: u32 = 0x01;
export const EXC_DE: u32 = 0x02;
export const EXC_ZE: u32 = 0x04;
export const EXC_OE: u32 = 0x08;
export const EXC_UE: u32 = 0x10;
export const EXC_PE: u32 = 0x20;
export const EXC_SF: u32 = 0x40;
export const EXC_ALL: u32 = 0x3f;
/** The result was rounded away from zero (also: stack overflow when SF is set). */
export const COND_C0: u32 = 0x100;
export const COND_C1: u32 = 0x200;
export const COND_C2: u32 = 0x400;
export const COND_C3: u32 = 0x4000;

/** Control word: precision and rounding control (SDM vol. 1, 8.1.5). */
export const CW_PC: u32 = 0x300;
export const CW_PC_SINGLE: u32 = 0x000;
export const CW_PC_DOUBLE: u32 = 0x200;
export const CW_PC_EXTENDED: u32 = 0x300;
export const CW_RC: u32 = 0xc00;
export const CW_RC_DOWN: u32 = 0x400;
export const CW_RC_UP: u32 = 0x800;
export const CW_RC_ZERO: u32 = 0xc00;
/** PC and RC as FNINIT leaves them: extended precision, round to nearest even; what the fast paths are for. */
export const CW_DEFAULT_ROUNDING: u32 = 0x300;

export const SIGN: u32 = 0x8000;
export const EXP_MASK: u32 = 0x7fff;
export const EXP_BIAS: i32 = 0x3fff;
/** Exponent field of infinities and NaNs. */
export const EXP_SPECIAL: i32 = 0x7fff;
/** Added to or taken from the exponent of a result whose underflow or overflow is unmasked (SDM vol. 1, 8.5.4, 8.5.5). */
export const EXP_WRAP: i32 = 24576;
export const INTEGER_BIT: u64 = 0x8000000000000000;
export const QUIET_BIT: u64 = 0x4000000000000000;
/** "Real indefinite": the default QNaN, sign 1. */
export const INDEFINITE_SIG: u64 = 0xc000000000000000;
export const INDEFINITE_SE: u32 = 0xffff;

/** Relations that compare routines return; as ZF, PF, CF would show them (SDM vol. 2, FCOMI). */
export const RELATION_GREATER: u32 = 0;
export const RELATION_LESS: u32 = 1;
export const RELATION_EQUAL: u32 = 2;
export const RELATION_UNORDERED: u32 = 3;

// SSE: MXCSR (SDM vol. 1, 10.2.3) and where binary32 and binary64 routines collect their exception flags.
/** u32: routines that take MXCSR OR their flags (EXC_*) into it, so that the lanes of a vector add up. */
export const RESULT_FLAGS = STATE_FPU_RESULT + 32;
/** u32: 1 if an exception found before the computation was unmasked in a half of a 256-bit operation. */
export const RESULT_REFUSED = STATE_FPU_RESULT + 36;
export const MXCSR_DAZ: u32 = 0x40;
/** IM is at EXC_IE << 7, and so on. */
export const MXCSR_MASK_SHIFT: u32 = 7;
export const MXCSR_MASKS: u32 = 0x1f80;
export const MXCSR_UM: u32 = 0x800;
export const MXCSR_RC: u32 = 0x6000;
export const MXCSR_RC_DOWN: u32 = 0x2000;
export const MXCSR_RC_UP: u32 = 0x4000;
export const MXCSR_RC_ZERO: u32 = 0x6000;
export const MXCSR_FTZ: u32 = 0x8000;
/** Exceptions found before the computation; the others depend on its result (SDM vol. 1, 11.5.2). */
export const EXC_PRE: u32 = 0x07;
