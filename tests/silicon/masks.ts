/**
 * What a comparison with silicon leaves out, and why: one table, from which the documentation is made. An entry says
 * what it hides only for the cases in which the manual leaves it open or the recording cannot show it.
 */
import { MemorySizeExt, Mnemonic, OpKind, RegisterExt, RflagsBits, type Instruction } from 'iced-x86';
import { linearAddress } from '../../recorder/draft.ts';
import type { Case286 } from './case-286.ts';
import { instructionOf, type ReplayCase } from './replay-case.ts';

/** What is not compared. Bits set in `flags` and `fsw`, whole FPU fields and general registers by name, byte ranges. */
export interface Hidden {
  readonly flags?: number;
  readonly fsw?: number;
  readonly fields?: readonly string[];
  readonly memory?: readonly (readonly [address: number, size: number])[];
  /** Field -> how many units in the last place of an 80-bit significand it may be off. */
  readonly ulp?: Readonly<Record<string, number>>;
}

export interface Mask {
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly reference: string;
  readonly hides: (c: ReplayCase, i: Instruction) => Hidden | null;
}

const FLAG_BITS: readonly (readonly [number, number])[] = [
  [RflagsBits.OF, 0x800],
  [RflagsBits.SF, 0x80],
  [RflagsBits.ZF, 0x40],
  [RflagsBits.AF, 0x10],
  [RflagsBits.CF, 0x01],
  [RflagsBits.PF, 0x04],
];
const CONDITION_BITS: readonly (readonly [number, number])[] = [
  [RflagsBits.C0, 0x100],
  [RflagsBits.C1, 0x200],
  [RflagsBits.C2, 0x400],
  [RflagsBits.C3, 0x4000],
];
const STATUS = 0x8d5;
const REGISTERS = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi'];

function bits(from: number, table: readonly (readonly [number, number])[]): number {
  return table.reduce((out, [iced, bit]) => ((from & iced) !== 0 ? out | bit : out), 0);
}

/** A fault leaves the state before the instruction: nothing is undefined then. A trap (#DB) comes after it. */
function completed(c: ReplayCase): boolean {
  return c.vector === null || c.vector === 1;
}

const SHIFTS = new Set([Mnemonic.Shl, Mnemonic.Sal, Mnemonic.Shr, Mnemonic.Sar, Mnemonic.Shld, Mnemonic.Shrd]);
const ROTATES = new Set([Mnemonic.Rol, Mnemonic.Ror, Mnemonic.Rcl, Mnemonic.Rcr]);

/** The count of a shift or rotate after masking to five bits, or -1. */
export function shiftCount(c: Pick<ReplayCase, 'before'>, i: Instruction): number {
  if (!SHIFTS.has(i.mnemonic) && !ROTATES.has(i.mnemonic)) return -1;
  const last = i.opCount - 1;
  const count = i.opKind(last) === OpKind.Immediate8 ? i.immediate8 : (c.before.general[1] as number);
  return count & 31;
}

function operandBits(i: Instruction): number {
  const bytes = i.opKind(0) === OpKind.Memory ? MemorySizeExt.size(i.memorySize) : RegisterExt.size(i.op0Register);
  return bytes * 8;
}

function shiftFlags(i: Instruction, count: number): number {
  const logical = i.mnemonic === Mnemonic.Shl || i.mnemonic === Mnemonic.Sal || i.mnemonic === Mnemonic.Shr;
  const tooFar = logical && count > operandBits(i);
  return (SHIFTS.has(i.mnemonic) ? 0x10 : 0) | (count === 1 ? 0 : 0x800) | (tooFar ? 1 : 0);
}

const TRANSCENDENTAL = new Set([
  ...[Mnemonic.Fsin, Mnemonic.Fcos, Mnemonic.Fsincos, Mnemonic.Fptan, Mnemonic.Fpatan],
  ...[Mnemonic.F2xm1, Mnemonic.Fyl2x, Mnemonic.Fyl2xp1],
]);

function destination(c: ReplayCase, i: Instruction): Hidden {
  if (i.opKind(0) === OpKind.Memory)
    return { memory: [[linearAddress(i, c.before), MemorySizeExt.size(i.memorySize)]] };
  return { fields: [REGISTERS[RegisterExt.number(i.op0Register)] as string] };
}

/** Pointer fields of a stored environment: bytes from the image's start, by image size. */
const POINTERS: Readonly<Record<number, readonly [number, number]>> = {
  14: [6, 8],
  28: [12, 16],
  94: [6, 8],
  108: [12, 16],
};

export const MASKS: readonly Mask[] = [
  {
    id: 'undefined-flags',
    what: 'status flags',
    reason: 'the instruction leaves these flags undefined',
    reference: 'SDM vol. 1 appendix A; the list is iced-x86’s',
    hides: (c, i) => {
      if (!completed(c) || shiftCount(c, i) >= 0) return null;
      return { flags: bits(i.rflagsUndefined, FLAG_BITS) };
    },
  },
  {
    id: 'shift-flags',
    what: 'OF, AF, CF of shifts and rotates',
    reason:
      'OF is defined for a count of 1 only, AF never for shifts, CF not for SHL and SHR by more than the operand’s width; a count of 0 changes no flag and is compared whole',
    reference: 'SDM vol. 2B, SAL/SAR/SHL/SHR, RCL/RCR/ROL/ROR, SHLD, SHRD',
    hides: (c, i) => {
      const count = shiftCount(c, i);
      if (!completed(c) || count <= 0) return null;
      return { flags: shiftFlags(i, count) };
    },
  },
  {
    id: 'double-shift-too-far',
    what: 'destination and flags of SHLD and SHRD',
    reason: 'a count greater than the operand’s width leaves both undefined',
    reference: 'SDM vol. 2B, SHLD, SHRD',
    hides: (c, i) => {
      if (i.mnemonic !== Mnemonic.Shld && i.mnemonic !== Mnemonic.Shrd) return null;
      if (!completed(c) || shiftCount(c, i) <= operandBits(i)) return null;
      return { ...destination(c, i), flags: STATUS };
    },
  },
  {
    id: 'bswap-16',
    what: 'destination of BSWAP with a 16-bit operand',
    reason: 'undefined',
    reference: 'SDM vol. 2A, BSWAP',
    hides: (c, i) =>
      completed(c) && i.mnemonic === Mnemonic.Bswap && RegisterExt.size(i.op0Register) === 2 ? destination(c, i) : null,
  },
  {
    id: 'undefined-condition-codes',
    what: 'C0, C2, C3 of the x87 status word',
    reason: 'the instruction leaves these condition codes undefined',
    reference: 'SDM vol. 1 8.1.3.3, table 8-1; vol. 2A under each instruction',
    hides: (c, i) => (completed(c) ? { fsw: bits(i.rflagsUndefined, CONDITION_BITS) } : null),
  },
  {
    id: 'transcendental',
    what: 'last bit of ST(0) and ST(1), and C1',
    reason:
      'the result’s error is bounded by one unit in the last place, not fixed; C1 says which way this one was rounded',
    reference: 'SDM vol. 1 8.3.10',
    hides: (c, i) => (completed(c) && TRANSCENDENTAL.has(i.mnemonic) ? { fsw: 0x200, ulp: { st0: 1, st1: 1 } } : null),
  },
  {
    id: 'fpu-pointers',
    what: 'FOP, FIP and FDP',
    reason:
      'the recording CPU saves and restores the error pointers only while an unmasked exception is pending; without one they are compared nowhere',
    reference: 'APM vol. 2 11.4.4, XSAVE; CPUID Fn8000_0008 EBX[XSaveErPtr]',
    hides: (c) => {
      const pending = (view(c.after.fxsave).getUint16(2, true) & 0x80) !== 0;
      return pending && completed(c) && c.vendor === 'amd' ? null : { fields: ['fop', 'fip', 'fdp'] };
    },
  },
  {
    id: 'stored-fpu-pointers',
    what: 'instruction and data pointers in the images of FNSTENV, FNSAVE and FXSAVE, and MXCSR_MASK',
    reason: 'as above; newer CPUs store the selectors as zero, and MXCSR_MASK tells which CPU it is',
    reference: 'SDM vol. 1 8.1.8, 10.5.1; CPUID.(7,0):EBX[13]',
    hides: (c, i) => {
      const size = MemorySizeExt.size(i.memorySize);
      const at = linearAddress(i, c.before);
      if (i.mnemonic === Mnemonic.Fxsave)
        return {
          memory: [
            [at + 6, 18],
            [at + 28, 4],
          ],
        };
      const pointers = i.mnemonic === Mnemonic.Fnstenv || i.mnemonic === Mnemonic.Fnsave ? POINTERS[size] : undefined;
      return pointers ? { memory: [[at + pointers[0], pointers[1]]] } : null;
    },
  },
];

/**
 * FLAGS that an instruction of the 80286 recordings leaves undefined, as of the table above. The 80286's flags after
 * #DE are what its microcode left; that is undefined too (DIV and AAM leave all of theirs undefined).
 */
export function flagsHidden286(c: Case286, i: Instruction): number {
  const counted: Pick<ReplayCase, 'before'> = {
    before: { general: Uint32Array.of(0, c.before.cx) } as ReplayCase['before'],
  };
  const count = shiftCount(counted, i);
  if (count < 0) return bits(i.rflagsUndefined, FLAG_BITS);
  return count === 0 ? 0 : shiftFlags(i, count);
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Everything that the table hides for a case. */
export function hidden(c: ReplayCase): Required<Hidden> {
  const i = instructionOf(c);
  const out = { flags: 0, fsw: 0, fields: [] as string[], memory: [] as (readonly [number, number])[], ulp: {} };
  for (const mask of MASKS) {
    const h = mask.hides(c, i);
    if (!h) continue;
    out.flags |= h.flags ?? 0;
    out.fsw |= h.fsw ?? 0;
    out.fields.push(...(h.fields ?? []));
    out.memory.push(...(h.memory ?? []));
    out.ulp = { ...out.ulp, ...h.ulp };
  }
  return out;
}
