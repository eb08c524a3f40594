/**
 * What the core asks of its host. asc names the module of a declared function after its file, so these are the imports
 * of module "env"; the core's files take them from host.ts. Addresses are f64, exact below 2^53.
 */

export declare function portIn(port: i32, width: i32): i32;

export declare function portOut(port: i32, width: i32, value: i32): void;

/** Widths are 1, 2 and 4; wider accesses are split. */
export declare function mmioRead(physical: f64, width: i32): i32;

export declare function mmioWrite(physical: f64, width: i32, value: i32): void;

/** INTA cycle: the vector from the PIC. */
export declare function acknowledgeInterrupt(): i32;

/** EOI of a level-triggered vector, broadcast to the I/O APICs. */
export declare function apicEoi(vector: i32): void;

/** Level of FERR#, which a PC wires to IRQ 13. */
export declare function ferr(level: i32): void;

/** Something that is not modelled: 1 RDMSR and 2 WRMSR (a = index), 3 opcode (a, b = bytes). */
export declare function unimplemented(kind: i32, a: i32, b: i32): void;

/**
 * Instantiates the module of `count` functions at [address, address + bytes) and puts them into the core's table, one behind
 * another, from place `first` of those for compiled code on; returns the first one's index. Functions are exported as the
 * characters from '0' on.
 */
export declare function installModule(address: i32, bytes: i32, count: i32, first: i32): i32;

/** Takes the module whose `count` functions lie at `index` out of the table. */
export declare function dropModule(index: i32, count: i32): void;

/** Empties the table of everything that installModule() put into it. */
export declare function dropModules(): void;

export declare function systemEvent(kind: i32, detail: i32): void;

/** A region did not do what the interpreter does: shared/lockstep.ts has what there is to know. Does not return. */
export declare function divergence(): void;
