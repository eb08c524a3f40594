/** Test build of the soft floating-point routines: one export that takes an operation number, for recorded operands. */
import { RESULT2_SIG, RESULT_SE, RESULT_SIG } from '../constants';
import { f80Add, f80Sub } from '../add';
import { f80Div, f80Mul, f80Sqrt } from '../multiply';
import {
  f80FromBcd,
  f80FromF32,
  f80FromF64,
  f80FromI64,
  f80QuietResult,
  f80RoundToInt,
  f80ToBcd,
  f80ToF32,
  f80ToF64,
  f80ToInteger,
} from '../convert';
import { f80Compare } from '../compare';
import { f80Extract, f80Rem, f80Scale } from '../remainder';
import { f80Exp2m1 } from '../exponential';
import { f80Yl2x, f80Yl2xp1 } from '../log2';
import { f80SinCos, f80Tan, f80Trig, TRIG_COS, TRIG_SIN } from '../trig';
import { f80Atan } from '../arctangent';

/** Where the result slots of the fake vCPU are. */
export const resultSig: i32 = RESULT_SIG;
export const resultSe: i32 = RESULT_SE;
export const resultSig2: i32 = RESULT2_SIG;

export function run(cpu: usize, op: i32, cw: u32, ae: u32, am: u64, be: u32, bm: u64): u32 {
  switch (op) {
    case 0:
      return f80Add(cpu, ae, am, be, bm, cw);
    case 1:
      return f80Sub(cpu, ae, am, be, bm, cw);
    case 2:
      return f80Sub(cpu, be, bm, ae, am, cw);
    case 3:
      return f80Mul(cpu, ae, am, be, bm, cw);
    case 4:
      return f80Div(cpu, ae, am, be, bm, cw);
    case 5:
      return f80Div(cpu, be, bm, ae, am, cw);
    case 6:
      return f80Sqrt(cpu, ae, am, cw);
    case 7:
      return f80Rem(cpu, ae, am, be, bm, cw, false);
    case 8:
      return f80Rem(cpu, ae, am, be, bm, cw, true);
    case 9:
      return f80RoundToInt(cpu, ae, am, cw);
    case 10:
      return f80Scale(cpu, ae, am, be, bm, cw);
    case 11:
      return f80Extract(cpu, ae, am, cw);
    case 12:
      return f80ToF32(cpu, ae, am, cw);
    case 13:
      return f80ToF64(cpu, ae, am, cw);
    case 14:
      return f80ToInteger(cpu, ae, am, cw, 16);
    case 15:
      return f80ToInteger(cpu, ae, am, cw, 32);
    case 16:
      return f80ToInteger(cpu, ae, am, cw, 64);
    case 17:
      return f80ToInteger(cpu, ae, am, cw | 0xc00, 16);
    case 18:
      return f80ToInteger(cpu, ae, am, cw | 0xc00, 32);
    case 19:
      return f80ToInteger(cpu, ae, am, cw | 0xc00, 64);
    case 20:
      return f80ToBcd(cpu, ae, am, cw);
    case 21:
      return f80FromF32(cpu, <u32>bm) | f80QuietResult(cpu);
    case 22:
      return f80FromF64(cpu, bm) | f80QuietResult(cpu);
    case 23:
      f80FromI64(cpu, <i64>(<i16>bm));
      return 0;
    case 24:
      f80FromI64(cpu, <i64>(<i32>bm));
      return 0;
    case 25:
      f80FromI64(cpu, <i64>bm);
      return 0;
    case 26:
      f80FromBcd(cpu, bm, be);
      return 0;
    case 27:
      return f80Compare(cpu, ae, am, be, bm, false);
    case 28:
      return f80Compare(cpu, ae, am, be, bm, true);
    case 30:
      return f80Exp2m1(cpu, ae, am, cw);
    case 31:
      return f80Yl2x(cpu, ae, am, be, bm, cw);
    case 32:
      return f80Tan(cpu, ae, am, cw);
    case 33:
      return f80Atan(cpu, ae, am, be, bm, cw);
    case 34:
      return f80Yl2xp1(cpu, ae, am, be, bm, cw);
    case 35:
      return f80Trig(cpu, ae, am, cw, TRIG_SIN);
    case 36:
      return f80Trig(cpu, ae, am, cw, TRIG_COS);
    case 37:
      return f80SinCos(cpu, ae, am, cw);
    default:
      return ~0;
  }
}
