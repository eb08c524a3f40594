/** What Eval knows of SIMD floating point: the operations of float-*.ts under the vCPU's MXCSR. F is f32 or f64. */
import {
  addLanes,
  addLow,
  addsubLanes,
  divLanes,
  divLow,
  maxLanes,
  maxLow,
  minLanes,
  minLow,
  mulLanes,
  mulLow,
  sqrtLanes,
  sqrtLow,
  subLanes,
  subLow,
} from './float-arith';
import { compareLanes, compareLow } from './float-compare';
import {
  fromIntegerLanes,
  fromIntegerLow,
  narrowLanes,
  narrowLow,
  narrowToInteger,
  roundLanes,
  roundLow,
  toInteger,
  toIntegerLanes,
  widenLanes,
  widenLow,
} from './float-convert';
import { EvalVectors } from './eval-vectors';

@unmanaged
export class EvalFloat extends EvalVectors {
  @inline addLanes<F>(x: v128, y: v128): v128 {
    return addLanes<F>(this.at, x, y);
  }
  @inline subLanes<F>(x: v128, y: v128): v128 {
    return subLanes<F>(this.at, x, y);
  }
  @inline addsubLanes<F>(x: v128, y: v128): v128 {
    return addsubLanes<F>(this.at, x, y);
  }
  @inline mulLanes<F>(x: v128, y: v128): v128 {
    return mulLanes<F>(this.at, x, y);
  }
  @inline divLanes<F>(x: v128, y: v128): v128 {
    return divLanes<F>(this.at, x, y);
  }
  @inline minLanes<F>(x: v128, y: v128): v128 {
    return minLanes<F>(this.at, x, y);
  }
  @inline maxLanes<F>(x: v128, y: v128): v128 {
    return maxLanes<F>(this.at, x, y);
  }
  @inline sqrtLanes<F>(x: v128): v128 {
    return sqrtLanes<F>(this.at, x);
  }
  /** Of the lowest lanes; the others are those of x. */
  @inline addLow<F>(x: v128, y: v128): v128 {
    return addLow<F>(this.at, x, y);
  }
  @inline subLow<F>(x: v128, y: v128): v128 {
    return subLow<F>(this.at, x, y);
  }
  @inline mulLow<F>(x: v128, y: v128): v128 {
    return mulLow<F>(this.at, x, y);
  }
  @inline divLow<F>(x: v128, y: v128): v128 {
    return divLow<F>(this.at, x, y);
  }
  @inline minLow<F>(x: v128, y: v128): v128 {
    return minLow<F>(this.at, x, y);
  }
  @inline maxLow<F>(x: v128, y: v128): v128 {
    return maxLow<F>(this.at, x, y);
  }
  @inline sqrtLow<F>(x: v128, y: v128): v128 {
    return sqrtLow<F>(this.at, x, y);
  }
  @inline compareLanes<F>(x: v128, y: v128, predicate: u32): v128 {
    return compareLanes<F>(this.at, x, y, predicate);
  }
  @inline compareLow<F>(x: v128, y: v128, predicate: u32): v128 {
    return compareLow<F>(this.at, x, y, predicate);
  }
  @inline widenLanes(x: v128): v128 {
    return widenLanes(this.at, x);
  }
  @inline narrowLanes(x: v128): v128 {
    return narrowLanes(this.at, x);
  }
  @inline widenLow(x: v128, y: v128): v128 {
    return widenLow(this.at, x, y);
  }
  @inline narrowLow(x: v128, y: v128): v128 {
    return narrowLow(this.at, x, y);
  }
  @inline fromIntegerLanes(x: v128): v128 {
    return fromIntegerLanes(this.at, x);
  }
  @inline fromIntegerLow<F, T>(x: v128, value: u64): v128 {
    return fromIntegerLow<F, T>(this.at, x, value);
  }
  @inline toIntegerLanes(x: v128, truncate: bool): v128 {
    return toIntegerLanes(this.at, x, truncate);
  }
  @inline narrowToInteger(x: v128, truncate: bool): v128 {
    return narrowToInteger(this.at, x, truncate);
  }
  @inline toInteger<F, T>(x: v128, truncate: bool): u64 {
    return toInteger<F, T>(this.at, x, truncate);
  }
  @inline roundLanes<F>(x: v128, imm: u32): v128 {
    return roundLanes<F>(this.at, x, imm);
  }
  @inline roundLow<F>(x: v128, y: v128, imm: u32): v128 {
    return roundLow<F>(this.at, x, y, imm);
  }
}
