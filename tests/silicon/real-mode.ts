/**
 * Replays the 80286 recordings: the core starts each case from its reset state, loads the segment registers by code in
 * the reset segment (above anything that a real-mode case reaches), jumps to CS:IP and runs until HLT.
 */
import { Decoder, DecoderOptions, type Instruction } from 'iced-x86';
import { EXIT_HLT, EXIT_NAMES } from '../../assembly/shared/exit.ts';
import {
  CS,
  DS,
  ES,
  SEGMENT_SELECTOR,
  SEGMENT_SIZE,
  SS,
  STATE_GPR,
  STATE_RIP,
  STATE_SEGMENTS,
} from '../../assembly/shared/state.ts';
import { NAMES_286, type Case286, type Name286, type Registers286 } from './case-286.ts';
import { createCore, type Core } from './core.ts';
import { DIFFERENCES_286, type Difference286, type Effect286 } from './differences-286.ts';
import { flagsHidden286 } from './masks.ts';
import type { Mismatch } from './replay-case.ts';

const MEMORY = 0x110000; // FFFF:FFFF and a little more
const RAM_BYTES = 0x120000;
const BUDGET = 1_000_000;
/** MOV ES, SS, DS from CS:[F100], [F102], [F104]; JMP FAR CS:[F106]. */
const ENTER = [
  [0x2e, 0x8e, 0x06, 0x00, 0xf1],
  [0x2e, 0x8e, 0x16, 0x02, 0xf1],
  [0x2e, 0x8e, 0x1e, 0x04, 0xf1],
  [0x2e, 0xff, 0x2e, 0x06, 0xf1],
];
/** A 286 in real mode holds IOPL and NT at zero; later CPUs let POPF and IRET set them. */
const FLAGS_286 = 0x0fff;
const STATUS = 0x8d5;

export interface Failure286 {
  readonly case: Case286;
  readonly mismatches: readonly Mismatch[];
}

export class RealModeMachine {
  readonly core: Core = createCore(RAM_BYTES);
  readonly #zero = new Uint8Array(0x10000);
  readonly #rom: number;

  constructor() {
    const { core } = this;
    this.#rom = core.ram + MEMORY;
    core.exports.mapRam(0, MEMORY / 0x1000, core.ram);
    core.exports.mapRam(0xfffff, 1, this.#rom);
    core.bytes.set([0xe9, 0x0d, 0xf0], this.#rom + 0xff0);
    core.bytes.set(ENTER.flat(), this.#rom);
  }

  /** Runs a case with what a difference expects; returns what differs. */
  replay(c: Case286): Mismatch[] | Difference286 {
    const i = decode(c);
    const found = DIFFERENCES_286.map((d) => [d, d.applies(c, i)] as const).find(([, effect]) => effect !== null);
    if (found?.[1]?.untestable) return found[0];
    const { core } = this;
    const handler = this.#fill(c, found?.[1] ?? null);
    this.#enter(c.before);
    const exit = core.exports.run(core.cpu, BUDGET);
    const got = this.#registers();
    const mismatches =
      exit !== EXIT_HLT
        ? [{ field: 'outcome', expected: 'HLT', got: EXIT_NAMES[exit] ?? String(exit) }]
        : handler === null
          ? [...compareRegisters(c, i, got, found?.[1]?.hides ?? []), ...this.#compareMemory(c)]
          : compareFault(c, handler, got);
    this.#clear();
    return mismatches;
  }

  /** Memory of the case; for an expected vector of a later CPU, a handler where the case has no memory of its own. */
  #fill(c: Case286, effect: Effect286 | null): number | null {
    const { core } = this;
    for (const [address, value] of c.ram) core.bytes[core.ram + address] = value;
    if (effect?.vector === undefined) return null;
    const used = new Set(c.ram.map(([address]) => address >> 4));
    let handler = 0x60;
    while (used.has(handler)) handler++;
    core.view.setUint16(core.ram + effect.vector * 4, 0, true);
    core.view.setUint16(core.ram + effect.vector * 4 + 2, handler, true);
    core.bytes[core.ram + handler * 16] = 0xf4;
    return handler;
  }

  #enter(r: Registers286): void {
    const { core } = this;
    [r.es, r.ss, r.ds, r.ip, r.cs].forEach((v, n) => core.view.setUint16(this.#rom + 0x100 + n * 2, v, true));
    core.exports.reset(core.cpu);
    const exit = core.exports.run(core.cpu, 1 + ENTER.length);
    if (exit !== 0) throw new Error(`The core did not enter the case: ${EXIT_NAMES[exit]}`);
    NAMES_286.slice(0, 8).forEach((name, n) =>
      core.view.setBigUint64(core.cpu + STATE_GPR + n * 8, BigInt(r[name]), true),
    );
    core.exports.setFlags(core.cpu, (r.flags & FLAGS_286) | 2);
  }

  #registers(): Registers286 {
    const { core } = this;
    const selector = (n: number): number =>
      core.view.getUint32(core.cpu + STATE_SEGMENTS + n * SEGMENT_SIZE + SEGMENT_SELECTOR, true);
    const general = NAMES_286.slice(0, 8).map((name, n) => [
      name,
      core.view.getUint32(core.cpu + STATE_GPR + n * 8, true),
    ]);
    return {
      ...(Object.fromEntries(general) as Registers286),
      ip: core.view.getUint32(core.cpu + STATE_RIP, true),
      flags: core.exports.getFlags(core.cpu) & FLAGS_286,
      ...{ es: selector(ES), cs: selector(CS), ss: selector(SS), ds: selector(DS) },
    };
  }

  #compareMemory(c: Case286): Mismatch[] {
    const { core } = this;
    const hidden = c.vector === null ? 0 : flagsHidden286(c, decode(c));
    const expected = new Map([...c.ram, ...c.written]);
    const out: Mismatch[] = [];
    for (const [address, value] of expected) {
      const got = core.bytes[core.ram + address] as number;
      core.bytes[core.ram + address] = 0;
      // the flags that an exception pushes are the flags register's
      const shift = c.vector === null ? -1 : address - flagsAddress(c);
      const mask = shift === 0 || shift === 1 ? ~(hidden >> (shift * 8)) & (shift === 1 ? 0x0f : 0xff) : 0xff;
      if ((got & mask) !== (value & mask))
        out.push({
          field: 'memory',
          expected: `${address.toString(16)}: ${value.toString(16)}`,
          got: got.toString(16),
        });
    }
    for (let at = 0; at < MEMORY; at += 0x10000) {
      const slice = core.bytes.subarray(core.ram + at, core.ram + at + 0x10000);
      if (Buffer.compare(slice, this.#zero) === 0) continue;
      const address = at + slice.findIndex((v) => v !== 0);
      out.push({
        field: 'memory',
        expected: `${address.toString(16)}: untouched`,
        got: String(core.bytes[core.ram + address]),
      });
    }
    return out;
  }

  #clear(): void {
    this.core.bytes.fill(0, this.core.ram, this.core.ram + MEMORY);
  }
}

function decode(c: Case286): Instruction {
  const decoder = new Decoder(16, c.bytes, DecoderOptions.None);
  const i = decoder.decode();
  decoder.free();
  return i;
}

/** Physical address of the flags that delivering the case's exception pushed. */
function flagsAddress(c: Case286): number {
  return c.after.ss * 16 + ((c.after.sp + 4) & 0xffff);
}

/** IP has 16 bits: a HLT at FFFFh leaves 0, EIP of a later CPU 10000h. */
function compareRegisters(c: Case286, i: Instruction, got: Registers286, hides: readonly Name286[]): Mismatch[] {
  const out: Mismatch[] = [];
  for (const name of NAMES_286) {
    if (hides.includes(name)) continue;
    const mask = name === 'flags' ? FLAGS_286 & ~flagsHidden286(c, i) : name === 'ip' ? 0xffff : -1;
    if ((c.after[name] & mask) === (got[name] & mask)) continue;
    const different = (c.after[name] ^ got[name]) & mask & STATUS;
    const text = (v: number): string =>
      name === 'flags' ? `${v.toString(16)} (bits ${different.toString(16)})` : v.toString(16);
    out.push({ field: name, expected: text(c.after[name]), got: text(got[name]) });
  }
  return out;
}

/** Vector taken, IP + 1 behind its HLT; nothing changed but what the delivery changes. */
function compareFault(c: Case286, handler: number, got: Registers286): Mismatch[] {
  const flags = c.before.flags & FLAGS_286 & ~0x300; // IF and TF are cleared
  const expected: Record<Name286, number> = { ...c.before, cs: handler, ip: 1, flags, sp: (c.before.sp - 6) & 0xffff };
  return NAMES_286.filter((n) => expected[n] !== got[n]).map((n) => ({
    field: n,
    expected: expected[n].toString(16),
    got: got[n].toString(16),
  }));
}
