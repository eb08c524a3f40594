// How guest code is executed: the values of -accel.
export const ACCELERATORS = ['interp', 'jit'] as const;
export type Accelerator = (typeof ACCELERATORS)[number];
