/** How tests of the core let guest code run. */
import { CHECK_ALL, CHECK_OFF } from '../../devices/machine/accelerator.ts';

/** 'jit' compiles everything that it is to run; 'checked' lets the interpreter do it again, and compares. */
export type Accelerator = 'interp' | 'jit' | 'checked';

/** The core's exports for it. */
export interface Acceleration {
  setAccelerator(cpu: number, compiles: number): void;
  setLockstep(cpu: number, every: number): void;
  /** Instructions that compiled code has run. */
  compiledCount(cpu: number): number;
  /** Instructions that were compared. */
  lockstepCount(): number;
}

/** `arrivals`: how often code is reached before it is compiled. */
export function accelerate(core: Acceleration, cpu: number, accelerator: Accelerator, arrivals = 0): void {
  core.setAccelerator(cpu, accelerator === 'interp' ? 0 : 2 + arrivals);
  core.setLockstep(cpu, accelerator === 'checked' ? CHECK_ALL : CHECK_OFF);
}
