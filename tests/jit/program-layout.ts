/** Where things are in the megabyte of a random program. */

/** The program; what it puts together in another page, and jumps to. */
export const PROGRAM = 0x40000;
export const WRITTEN = 0x50000;
/** Three pages of data, then one that is not there, one that cannot be written. */
export const DATA = 0x60000;
export const HOLE = 0x63000;
export const READ_ONLY = 0x64000;
/** Where a handler goes on; how often each vector was raised; fuel. */
export const CELLS = 0x66000;
export const RESUME = CELLS;
export const FUEL = CELLS + 8;
export const COUNTS = CELLS + 0x100;
export const STACK_TOP = 0x71000;
/** Exception handlers, for the supervisor. */
export const HANDLERS_AT = 0x78000;
/** Vector that ends a program. */
export const END = 0x30;
