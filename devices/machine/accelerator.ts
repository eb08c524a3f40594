// How guest code is executed: the values of -accel.
export const ACCELERATORS = ['interp', 'jit'] as const;
export type Accelerator = (typeof ACCELERATORS)[number];

/** How often a compiled region is checked against the interpreter: not at all, each time, or its first times and then every Nth. */
export const CHECK_OFF = 0;
export const CHECK_ALL = 1;
