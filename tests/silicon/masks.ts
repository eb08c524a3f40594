/**
 * What a comparison with silicon leaves out, and why: one table, from which the documentation is made. An entry says
 * what it hides only for the cases in which the manual leaves it open or the recording cannot show it.
 */
import { MemorySizeExt, Mnemonic, OpKind, RegisterExt, RflagsBits, type Instruction } from 'iced-x86';
import { registerNames } from '../../recorder/case-file.ts';
import { linearAddress } from '../../recorder/draft.ts';
import { USER_CODE_64, USER_END, segmentOf } from '../../recorder/layout.ts';
import { SYSTEM, SYSTEM_SIZE } from './address-space.ts';
import type { Case286 } from './case-286.ts';
import { instructionOf, type ReplayCase } from './replay-case.ts';

/** What is not compared. Bits set in `flags` and `fsw`, whole FPU fields and general registers by name, byte ranges. */
export interface Hidden {
  readonly flags?: number;
  readonly fsw?: number;
  readonly fields?: readonly string[];
  readonly memory?: readonly (readonly [address: number, size: number])[];
  /** Register name -> bits of it. */
  readonly bits?: Readonly<Record<string, bigint>>;
  /** Bits of the error code. */
  readonly error?: number;
  /** Vector fields: 32-bit lanes that may differ by 1.5 * 2^-12 of their value, from the lowest on. */
  readonly approximate?: Readonly<Record<string, number>>;
  /** Another fault of the segmentation or paging kind (#SS, #GP, #PF at any address, #AC) may come instead. */
  readonly otherFault?: boolean;
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
/** A general register as comparisons name it. */
function generalName(c: ReplayCase, n: number): string {
  return registerNames(c.bits)[n] as string;
}

function bits(from: number, table: readonly (readonly [number, number])[]): number {
  return table.reduce((out, [iced, bit]) => ((from & iced) !== 0 ? out | bit : out), 0);
}

/**
 * A fault leaves the state before the instruction: nothing is undefined then. A trap (#DB) comes after it, and so does a
 * fault in fetching the next instruction, with the address of that one.
 */
function completed(c: ReplayCase): boolean {
  return c.vector === null || c.vector === 1 || c.after.ip !== c.before.ip;
}

/** Ended by a fault that a memory access or a segment raises. */
function accessFault(c: ReplayCase): boolean {
  return !completed(c) && [12, 13, 14, 17].includes(c.vector ?? -1);
}

const SHIFTS = new Set([Mnemonic.Shl, Mnemonic.Sal, Mnemonic.Shr, Mnemonic.Sar, Mnemonic.Shld, Mnemonic.Shrd]);
const ROTATES = new Set([Mnemonic.Rol, Mnemonic.Ror, Mnemonic.Rcl, Mnemonic.Rcr]);

/** The count of a shift or rotate after masking to five bits (six for 64-bit operands), or -1. */
export function shiftCount(c: Pick<ReplayCase, 'before'>, i: Instruction): number {
  if (!SHIFTS.has(i.mnemonic) && !ROTATES.has(i.mnemonic)) return -1;
  const last = i.opCount - 1;
  const count = i.opKind(last) === OpKind.Immediate8 ? i.immediate8 : Number((c.before.general[1] as bigint) & 0xffn);
  return count & (operandBits(i) === 64 ? 63 : 31);
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

const COMPARE_STRINGS = new Set([Mnemonic.Cmpsb, Mnemonic.Cmpsw, Mnemonic.Cmpsd, Mnemonic.Cmpsq]);
const SCAN_STRINGS = new Set([Mnemonic.Scasb, Mnemonic.Scasw, Mnemonic.Scasd, Mnemonic.Scasq]);
const FAR_RETURNS = new Set([Mnemonic.Retf, Mnemonic.Iret, Mnemonic.Iretd, Mnemonic.Iretq]);
const FPU_COMPARES = new Set([Mnemonic.Fcomi, Mnemonic.Fcomip, Mnemonic.Fucomi, Mnemonic.Fucomip]);
const FPU_LOADS = new Set([Mnemonic.Frstor, Mnemonic.Fldenv, Mnemonic.Fxrstor, Mnemonic.Fxrstor64]);
const FPU_IMAGES = new Set([...FPU_LOADS, Mnemonic.Fnsave, Mnemonic.Fnstenv, Mnemonic.Fxsave, Mnemonic.Fxsave64]);
const FPU_POINTERS = ['fop', 'fip', 'fdp'];
const FPU_STATE = ['fcw', 'fsw', 'ftw', ...Array.from({ length: 8 }, (_, n) => `st${n}`)];
const TRANSCENDENTAL = new Set([
  ...[Mnemonic.Fsin, Mnemonic.Fcos, Mnemonic.Fsincos, Mnemonic.Fptan, Mnemonic.Fpatan],
  ...[Mnemonic.F2xm1, Mnemonic.Fyl2x, Mnemonic.Fyl2xp1],
]);

const APPROXIMATE = new Set([
  ...[Mnemonic.Rcpps, Mnemonic.Rcpss, Mnemonic.Rsqrtps, Mnemonic.Rsqrtss],
  ...[Mnemonic.Vrcpps, Mnemonic.Vrcpss, Mnemonic.Vrsqrtps, Mnemonic.Vrsqrtss],
]);

function destination(c: ReplayCase, i: Instruction): Hidden {
  if (i.opKind(0) === OpKind.Memory)
    return { memory: [[linearAddress(i, c.before), MemorySizeExt.size(i.memorySize)]] };
  return { fields: [generalName(c, RegisterExt.number(i.op0Register))] };
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
      const pending = (view(c.after.xsave).getUint16(2, true) & 0x80) !== 0;
      return pending && completed(c) && c.vendor === 'amd' ? null : { fields: FPU_POINTERS };
    },
  },
  {
    id: 'loaded-fpu-pointers',
    what: 'FIP and FDP after FXRSTOR64 of pointers that are not canonical',
    reason:
      'how many bits of them a CPU keeps follows its linear addresses: 57 on the recording CPU, 48 and all 64 on others',
    reference: 'SDM vol. 1 8.1.8, 10.5.1; APM vol. 2 11.4.4',
    hides: (_c, i) => (i.mnemonic === Mnemonic.Fxrstor64 ? { fields: FPU_POINTERS } : null),
  },
  {
    id: 'stored-fpu-pointers',
    what: 'instruction and data pointers in the images of FNSTENV, FNSAVE and FXSAVE, and MXCSR_MASK',
    reason: 'as above; newer CPUs store the selectors as zero, and MXCSR_MASK tells which CPU it is',
    reference: 'SDM vol. 1 8.1.8, 10.5.1; CPUID.(7,0):EBX[13]',
    hides: (c, i) => {
      const size = MemorySizeExt.size(i.memorySize);
      const at = linearAddress(i, c.before);
      if (i.mnemonic === Mnemonic.Fxsave || i.mnemonic === Mnemonic.Fxsave64)
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
  {
    id: 'f2xm1-exact',
    what: 'PE (and with it ES and the error pointers) of F2XM1 of 1 and -1',
    reason: 'the results 1 and -1/2 are exact; the recording CPU reports them as rounded',
    reference: 'SDM vol. 2A, F2XM1; vol. 1 8.3.10',
    hides: (c, i) => {
      const fx = view(c.before.xsave);
      const one = fx.getBigUint64(32, true) === 1n << 63n && (fx.getUint16(40, true) & 0x7fff) === 0x3fff;
      return i.mnemonic === Mnemonic.F2xm1 && one && c.vendor === 'amd' ? { fsw: 0x80a0, fields: FPU_POINTERS } : null;
    },
  },
  {
    id: 'lar-limit-bits',
    what: 'bits 16-19 of LAR’s result',
    reason: 'undefined (CPUs return the limit’s upper bits)',
    reference: 'SDM vol. 2A, LAR: the mask is 00F?FF00h',
    hides: (c, i) => {
      if (!completed(c) || i.mnemonic !== Mnemonic.Lar) return null;
      return { bits: { [generalName(c, RegisterExt.number(i.op0Register))]: 0xf0000n } };
    },
  },
  {
    id: 'pushed-selector',
    what: 'upper half of a selector pushed with 32-bit operand size',
    reason: 'a CPU may write 16 bits and leave the upper half of the stack’s doubleword alone, or write zeros',
    reference: 'SDM vol. 2B, PUSH; vol. 2A, CALL',
    hides: (c, i) => {
      const stack = (offset: number): Hidden => ({ memory: [[stackAddress(c, -offset), 2]] });
      if (i.mnemonic === Mnemonic.Push && i.stackPointerIncrement === -4)
        return RegisterExt.isSegmentRegister(i.op0Register) ? stack(2) : null;
      return i.isCallFar || i.isCallFarIndirect ? stack(2) : null;
    },
  },
  {
    id: 'far-call-early-push',
    what: 'the stack below ESP after a far CALL that faulted',
    reason: 'the recording CPU pushes the return address before it has checked the target’s offset; ESP is not changed',
    reference: 'SDM vol. 2A, CALL: the order is not architectural',
    hides: (c, i) => {
      if (!accessFault(c) || !(i.isCallFar || i.isCallFarIndirect)) return null;
      const room = c.bits === 64 ? 16 : 8;
      return { memory: [[stackAddress(c, -room), room]] };
    },
  },
  {
    id: 'call-order',
    what: 'which fault CALL raises when its push and its target both fault',
    reason: 'the SDM checks the target first, the recording CPU pushes first',
    reference: 'SDM vol. 2A, CALL, operation',
    hides: (c, i) => {
      const call = i.mnemonic === Mnemonic.Call;
      return call && accessFault(c) && c.vector !== 13 && c.vendor === 'amd' ? { otherFault: true } : null;
    },
  },
  {
    id: 'compare-string-fault',
    what: 'status flags of a repeated CMPS or SCAS that faulted after some iterations',
    reason:
      'the SDM restores the flags from before the instruction, the recording CPU leaves those of the last iteration',
    reference: 'SDM vol. 2B, REP',
    hides: (c, i) => {
      const repeated = i.hasRepPrefix || i.hasRepnePrefix;
      const compares = COMPARE_STRINGS.has(i.mnemonic) || SCAN_STRINGS.has(i.mnemonic);
      return c.vendor === 'amd' && repeated && compares && accessFault(c) ? { flags: STATUS } : null;
    },
  },
  {
    id: 'compare-string-order',
    what: 'which fault CMPS raises when both of its operands fault',
    reason: 'the order of the two reads is not architectural; the recording CPU reads ES:EDI first',
    reference: 'SDM vol. 2A, CMPS',
    hides: (c, i) => (accessFault(c) && COMPARE_STRINGS.has(i.mnemonic) ? { otherFault: true } : null),
  },
  {
    id: 'far-return-order',
    what: 'which fault RETF and IRET raise when several of their reads and checks fault',
    reason: 'the recording CPU reads CS before EIP, and the outer SS and ESP before it has checked CS',
    reference: 'SDM vol. 2A, IRET; vol. 2B, RET: the order is not architectural',
    hides: (c, i) => {
      if (!accessFault(c) || !FAR_RETURNS.has(i.mnemonic)) return null;
      // in 64-bit mode IRET checks SS too: the recording CPU finds EIP beyond a compatibility segment's limit first
      const limit = c.bits === 64 && i.mnemonic !== Mnemonic.Retf && c.errorCode === 0;
      return c.vector !== 13 || limit ? { otherFault: true } : null;
    },
  },
  {
    id: 'fpu-image-fault',
    what: 'which fault an FPU environment or state image raises, where, and the FPU state after one that was to be loaded',
    reason:
      'the image is accessed in parts whose order and sizes are the design’s; a load may stop half-way (it restarts)',
    reference: 'SDM vol. 1 8.1.10; vol. 3A 6.15, #AC',
    hides: (c, i) => {
      if (!accessFault(c) || !FPU_IMAGES.has(i.mnemonic)) return null;
      const size = MemorySizeExt.size(i.memorySize);
      const stored: Hidden = { otherFault: true, memory: [[linearAddress(i, c.before), size]] };
      return FPU_LOADS.has(i.mnemonic) ? { ...stored, fields: FPU_STATE } : stored;
    },
  },
  {
    id: 'remainder-unmasked',
    what: 'C0, C1, C2, C3 of FPREM and FPREM1 with an unmasked denormal operand',
    reason: 'the operation does not take place; the recording CPU sets the quotient’s bits all the same',
    reference: 'SDM vol. 1 8.5.2',
    hides: (c, i) => {
      const fx = view(c.after.xsave);
      const unmasked = (fx.getUint16(2, true) & ~fx.getUint16(0, true) & 2) !== 0;
      const remainder = i.mnemonic === Mnemonic.Fprem || i.mnemonic === Mnemonic.Fprem1;
      return remainder && unmasked && c.vendor === 'amd' ? { fsw: 0x4700 } : null;
    },
  },
  {
    id: 'popa-fault',
    what: 'EDI, ESI, EBP, EBX, EDX, ECX, EAX after a POPA that faulted',
    reason: 'the recording CPU loads registers as it goes; ESP is unchanged, so that the instruction restarts',
    reference: 'SDM vol. 2B, POPA',
    hides: (c, i) => {
      const popa = i.mnemonic === Mnemonic.Popa || i.mnemonic === Mnemonic.Popad;
      return popa && accessFault(c) && c.vendor === 'amd'
        ? {
            fields: registerNames(32)
              .slice(0, 8)
              .filter((n) => n !== 'esp'),
          }
        : null;
    },
  },
  {
    id: 'fcomi-unmasked',
    what: 'EFLAGS after FCOMI and relations with an unmasked invalid operation or denormal operand',
    reason: 'the SDM leaves the flags alone then, AMD CPUs set them',
    reference: 'SDM vol. 2A, FCOMI/FCOMIP/FUCOMI/FUCOMIP',
    hides: (c, i) => {
      const fx = view(c.after.xsave);
      const unmasked = (fx.getUint16(2, true) & ~fx.getUint16(0, true) & 3) !== 0;
      return FPU_COMPARES.has(i.mnemonic) && unmasked && c.vendor === 'amd' ? { flags: STATUS } : null;
    },
  },
  {
    id: 'mmx-fault',
    what: 'TOP, tags and order of the x87 registers after an MMX instruction that faulted',
    reason: 'the recording CPU has already entered MMX state (TOP = 0, all registers in use) when the fault is found',
    reference: 'SDM vol. 1 9.5.1: the instruction does not take place',
    hides: (c, i) => {
      const mmx = [0, 1].some((n) => i.opKind(n) === OpKind.Register && RegisterExt.isMM(i.opRegister(n)));
      const changed = c.vendor === 'amd' && mmx && !completed(c);
      return changed ? { fsw: 0x3800, fields: FPU_STATE.slice(2) } : null;
    },
  },
  {
    id: 'kernel-page',
    what: 'bit 0 (P) of the error code of #PF at the last page below 7FFF_FFFF_FFFFh and above',
    reason:
      'Linux reports every fault at an address of its own as a protection violation, so that nobody learns its layout',
    reference: 'Linux, arch/x86/mm/fault.c, set_signal_archinfo()',
    hides: (c) => (c.vector === 14 && c.cr2 >= BigInt(USER_END) ? { error: 1 } : null),
  },
  {
    id: 'harness-page',
    what: 'bit 0 (P) of the error code of #PF at the pages of the replaying system itself',
    reason: 'they are mapped for the supervisor, where the recording had nothing',
    reference: 'tests/silicon/address-space.ts',
    hides: (c) =>
      c.vector === 14 && c.cr2 >= BigInt(SYSTEM) && c.cr2 < BigInt(SYSTEM + SYSTEM_SIZE) ? { error: 1 } : null,
  },
  {
    id: 'compatibility-upper-halves',
    what: 'bits 63-32 of RSP after a far transfer from 64-bit to compatibility mode',
    reason: 'undefined after such a switch; the recording CPU clears those of RSP when the transfer itself moves it',
    reference: 'SDM vol. 1 3.4.1.1',
    hides: (c) => {
      const left = c.bits === 64 && completed(c) && c.after.segments[1] !== USER_CODE_64;
      return left ? { bits: { rsp: 0xffffffff00000000n } } : null;
    },
  },
  {
    id: 'approximation',
    what: 'the last bits of RCPPS, RCPSS, RSQRTPS, RSQRTSS and their VEX forms',
    reason: 'an approximation with a relative error of at most 1.5 * 2^-12; what it is within that is the design’s',
    reference: 'SDM vol. 2B, RCPPS, RSQRTPS',
    hides: (c, i) => {
      if (!APPROXIMATE.has(i.mnemonic) || !completed(c)) return null;
      const n = RegisterExt.number(i.op0Register);
      const lanes = /ss/i.test(Mnemonic[i.mnemonic] ?? '') ? 1 : 4;
      return { approximate: { [`xmm${n}`]: lanes, [`ymmh${n}`]: lanes === 1 ? 0 : 4 } };
    },
  },
];

/** Linear address `offset` bytes from the top of the stack before the case. */
function stackAddress(c: ReplayCase, offset: number): number {
  const pointer = c.before.general[4] as bigint;
  if (c.bits === 64) return Number(BigInt.asIntN(64, pointer)) + offset;
  const s = segmentOf(c.before.segments[2] as number);
  const sp = Number(pointer) + offset;
  return ((s?.base ?? 0) + (s?.big === false ? sp & 0xffff : sp)) >>> 0;
}

/**
 * FLAGS that an instruction of the 80286 recordings leaves undefined, as of the table above. The 80286's flags after
 * #DE are what its microcode left; that is undefined too (DIV and AAM leave all of theirs undefined).
 */
export function flagsHidden286(c: Case286, i: Instruction): number {
  const counted: Pick<ReplayCase, 'before'> = {
    before: { general: BigUint64Array.of(0n, BigInt(c.before.cx)) } as ReplayCase['before'],
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
  const out = {
    flags: 0,
    fsw: 0,
    fields: [] as string[],
    memory: [] as (readonly [number, number])[],
    bits: {},
    otherFault: false,
    ulp: {},
    error: 0,
    approximate: {},
  };
  for (const mask of MASKS) {
    const h = mask.hides(c, i);
    if (!h) continue;
    out.flags |= h.flags ?? 0;
    out.fsw |= h.fsw ?? 0;
    out.fields.push(...(h.fields ?? []));
    out.memory.push(...(h.memory ?? []));
    out.bits = { ...out.bits, ...h.bits };
    out.otherFault ||= h.otherFault ?? false;
    out.ulp = { ...out.ulp, ...h.ulp };
    out.error |= h.error ?? 0;
    out.approximate = { ...out.approximate, ...h.approximate };
  }
  return out;
}
