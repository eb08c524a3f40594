/** Test build of the transcendental functions: one export that takes an operation number, for recorded operands. */
import { RESULT_SE, RESULT_SIG } from '../constants';
import { f80Exp2m1 } from '../exponential';
import { f80Yl2x, f80Yl2xp1 } from '../log2';
import { f80Tan, f80Trig, TRIG_COS, TRIG_SIN } from '../trig';
import { f80Atan } from '../arctangent';

/** Where the result slots of the fake vCPU are. */
export const resultSig: i32 = RESULT_SIG;
export const resultSe: i32 = RESULT_SE;

export function run(cpu: usize, op: i32, cw: u32, ae: u32, am: u64, be: u32, bm: u64): u32 {
  switch (op) {
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
    default:
      return ~0;
  }
}
