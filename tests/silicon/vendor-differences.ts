/**
 * Where the CPU that recorded a case does what another vendor's does not, and Vitrine follows the other (it identifies
 * itself as an Intel CPU). Such cases are not replayed. As narrow as the difference is.
 */
import {
  Code,
  EncodingKind,
  FlowControl,
  MemorySize,
  MemorySizeExt,
  Mnemonic,
  Register,
  RegisterExt,
  type Instruction,
} from 'iced-x86';
import { linearAddress } from '../../recorder/draft.ts';
import { NOT_CANONICAL, USER_CODE_64, codeAddress, segmentOf } from '../../recorder/layout.ts';
import { instructionOf, withoutPrefixes, type ReplayCase } from './replay-case.ts';

export interface VendorDifference {
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly applies: (c: ReplayCase) => boolean;
}

export const VENDOR_DIFFERENCES: readonly VendorDifference[] = [
  {
    id: 'prefetch-register',
    what: '0F 0D with a register operand',
    reason: 'a reserved NOP on Intel CPUs (SDM vol. 2D appendix A), #UD on AMD ones (APM vol. 3, PREFETCH)',
    applies: (c) => c.vendor === 'amd' && c.vector === 6 && /^Reservednop_.*0F0D$/.test(c.form),
  },
  {
    id: 'approximation',
    what: 'RCPPS, RCPSS, RSQRTPS and RSQRTSS',
    reason:
      'approximations within 1.5 * 2^-12 (SDM vol. 2B, RCPPS) that differ by vendor; those of an Intel CPU are bit-exact',
    applies: (c) => c.vendor === 'amd' && /^(Rcp|Rsqrt)[ps]s_/.test(c.form),
  },
  {
    id: 'mmx-conversion-fault',
    what: 'x87 state after CVTPS2PI, CVTTPS2PI, CVTPD2PI and CVTTPD2PI that raise #XM',
    reason:
      'the recording CPU has set TOP and the tags already; a fault leaves the state of before (SDM vol. 3A 6.5), as it does for all other MMX instructions there',
    applies: (c) => c.vendor === 'amd' && /^Cvtt?p[sd]2pi_/.test(c.form) && c.vector === 19,
  },
  {
    id: 'lock-verw',
    what: 'LOCK VERW',
    reason: '#UD by the SDM’s list of lockable instructions; the recording CPU executes it',
    applies: (c) => c.vendor === 'amd' && /^Verw_.* lock invalid$/.test(c.form) && c.vector !== 6,
  },
  {
    id: 'push-selector-width',
    what: '#SS, #PF and #AC of PUSH of a segment register with 32-bit operand size',
    reason:
      'the recording CPU writes the whole doubleword, Intel CPUs its lower half only (SDM vol. 2B, PUSH): they fault on other bytes',
    applies: (c) => {
      const i = instructionOf(c);
      const push = i.mnemonic === Mnemonic.Push && i.stackPointerIncrement === -4;
      const fault = c.after.ip === c.before.ip && [12, 14, 17].includes(c.vector ?? -1);
      return c.vendor === 'amd' && push && RegisterExt.isSegmentRegister(i.op0Register) && fault;
    },
  },
  {
    id: 'lock-mov-cr0',
    what: 'LOCK MOV to and from CR0',
    reason: 'another name of CR8 on AMD CPUs (APM vol. 3, MOV CRn), #UD on Intel’s',
    applies: (c) => c.vendor === 'amd' && /^Mov_(r32_cr|cr_r32) lock invalid$/.test(c.form) && c.vector === 13,
  },
  {
    id: 'repeat-prefix-loop',
    what: 'LOOPNE behind F3 and LOOPE behind F2',
    reason: 'reserved (SDM vol. 2B, REP); the recording CPU lets the prefix choose the condition, others ignore it',
    applies: (c) => {
      const i = instructionOf(c);
      const other = i.mnemonic === Mnemonic.Loopne ? 0xf3 : i.mnemonic === Mnemonic.Loope ? 0xf2 : -1;
      return c.vendor === 'amd' && c.bytes.subarray(0, -2).includes(other);
    },
  },
  {
    id: 'undefined-fetch',
    what: '#UD of an undefined or forbidden encoding that goes on beyond the end of its page or segment',
    reason: 'how much of it is fetched before it is undefined is the design’s (UD0: SDM vol. 2B, UD; APM vol. 3, UD0)',
    applies: (c) => {
      const last = c.bits === 64 ? Infinity : (segmentOf(c.before.segments[1] as number)?.last ?? 0);
      const start = codeAddress(c.before, c.bits);
      const undefinedForm = /^(Ud0_|#UD )|invalid$/.test(c.form);
      const length = c.bytes.length;
      const crosses = Number(c.before.ip) + length > last || (start % 0x1000) + length > 0x1000;
      return c.vendor === 'amd' && undefinedForm && c.vector === 6 && crosses;
    },
  },
  {
    id: 'undefined-too-long',
    what: 'undefined opcodes, UD0, UD1, and VEX behind LOCK, 66, F2, F3 or REX, with so many prefixes that they would end beyond 15 bytes',
    reason: 'whether the length (#GP) or the opcode (#UD) is noticed first is not architectural',
    applies: (c) => {
      if (c.vector !== 13 && c.vector !== 6) return false;
      const { prefixes, instruction: i } = withoutPrefixes(c);
      const tooLong = c.bytes.length > 15 || prefixes + i.length > 15;
      return tooLong && (i.flowControl === FlowControl.Exception || i.encoding === EncodingKind.VEX);
    },
  },
  {
    id: 'enter-probe',
    what: '#AC of ENTER whose new stack pointer is not aligned',
    reason:
      'the recording CPU tests the new top of the stack by an access that is checked for alignment; the SDM has it tested for #SS and #PF only',
    applies: (c) => {
      const i = instructionOf(c);
      const size = i.code === Code.Enterw_imm16_imm8 ? 2 : 4;
      return c.vendor === 'amd' && i.mnemonic === Mnemonic.Enter && c.vector === 17 && i.immediate16 % size !== 0;
    },
  },
  {
    id: 'maskmovq-fault',
    what: 'x87 state after MASKMOVQ that faults',
    reason:
      'the recording CPU has set TOP and the tags already; a fault leaves the state of before (SDM vol. 3A 6.5), as it does for all other MMX instructions there',
    applies: (c) => c.vendor === 'amd' && c.form.startsWith('Maskmovq_') && [12, 13, 14].includes(c.vector ?? -1),
  },
  {
    id: 'sha-alignment',
    what: 'SHA instructions with a memory operand that is not aligned to 16 bytes',
    reason: '#GP(0) by the SDM (exceptions type 4), the recording CPU accesses it',
    applies: (c) => {
      if (c.vendor !== 'amd' || !/^Sha(1|256)/.test(c.form)) return false;
      const i = instructionOf(c);
      return i.memorySize !== MemorySize.Unknown && linearAddress(i, c.before) % 16 !== 0;
    },
  },
  {
    id: 'vex-w-outside-64-bit-mode',
    what: 'VPEXTRD and VPINSRD with VEX.W outside of 64-bit mode',
    reason:
      'W is ignored there by the SDM (vol. 2, PEXTRD, PINSRD: VEX.W1 is VPEXTRQ in 64-bit mode only), #UD on the recording CPU',
    applies: (c) => c.vendor === 'amd' && c.bits !== 64 && /^VEX_Vp(extr|insr)d_/.test(c.form) && c.vector === 6,
  },
  {
    id: 'operand-wrap',
    what: 'x87 and FXSAVE images and 80-bit operands that cross offset FFFFh with a 16-bit address',
    reason:
      'the recording CPU truncates the address of each part to 16 bits, so that the operand goes on at offset 0; the SDM knows no such wrap, the access is beyond the limit',
    applies: (c) => {
      if (
        c.vendor !== 'amd' ||
        !/^(Fnstenv|Fnsave|Fldenv|Frstor|Fxsave|Fxrstor|Fbld|Fbstp|Fld_m80|Fstp_m80)/.test(c.form)
      )
        return false;
      const i = instructionOf(c);
      if (c.bits === 64) return false; // no 16-bit addresses there
      const s = segmentOf(c.before.segments[SEGMENT_INDEX[i.memorySegment] ?? 3] as number);
      const offset = (linearAddress(i, c.before) - (s?.base ?? 0)) >>> 0;
      return usesAddress16(i) && offset <= 0xffff && offset + MemorySizeExt.size(i.memorySize) > 0x10000;
    },
  },
  {
    id: 'near-branch-66',
    what: 'near branches, CALL and RET with a 66 prefix in 64-bit mode',
    reason:
      'Intel CPUs ignore the prefix (SDM vol. 2A, CALL, JMP, RET: operand size fixed to 64 bits), AMD ones take 16 bits',
    applies: (c) => {
      const { prefixes, instruction: i } = withoutPrefixes(c);
      const near =
        i.isJccShortOrNear || i.isJmpShortOrNear || i.isJmpNearIndirect || i.isCallNear || i.isCallNearIndirect;
      const other = i.mnemonic === Mnemonic.Ret || i.isLoop || i.isLoopcc || i.isJcxShort;
      return c.vendor === 'amd' && c.bits === 64 && has66(c, prefixes) && (near || other);
    },
  },
  {
    id: 'far-pointer-64',
    what: 'LSS, LFS, LGS and far JMP and CALL by memory with REX.W',
    reason: 'Intel CPUs have a 64-bit offset there, AMD ones ignore REX.W (SDM vol. 2A, JMP; APM vol. 3, JMP Far, LSS)',
    applies: (c) => c.vendor === 'amd' && /^(Lss|Lfs|Lgs|Jmp|Call)(_r64)?_m1664/.test(c.form),
  },
  {
    id: 'far-call-compatibility',
    what: 'far CALL from 64-bit to compatibility mode',
    reason:
      'AMD CPUs push with the stack-address size of the target, Intel ones with that of the caller (SDM vol. 2A, CALL)',
    applies: (c) => {
      const i = instructionOf(c);
      const far = i.isCallFarIndirect || i.isCallFar;
      const top = Number(BigInt.asUintN(32, c.before.general[4] as bigint));
      const pushes = c.vector === 14 && c.cr2 < 0x1_0000_0000n && Number(c.cr2) <= top && top - Number(c.cr2) <= 16;
      return c.vendor === 'amd' && c.bits === 64 && far && (c.after.segments[1] !== USER_CODE_64 || pushes);
    },
  },
  {
    id: 'vector-alignment',
    what: '#AC of operands of 16 and 32 bytes that are aligned to 8 bytes',
    reason:
      'Intel CPUs detect misalignments of 2, 4 and 8 bytes (SDM vol. 3A 6.15, #AC), AMD ones that of the whole operand',
    applies: (c) => {
      if (c.vendor !== 'amd' || c.vector !== 17) return false;
      const i = instructionOf(c);
      return MemorySizeExt.size(i.memorySize) >= 16 && linearAddress(i, c.before) % 8 === 0;
    },
  },
  {
    id: 'offset-not-canonical',
    what: '#GP for an offset that is not canonical although base + offset is, with FS and GS',
    reason:
      'AMD CPUs want the effective address to be canonical too, Intel ones the linear address (SDM vol. 1 3.3.7.1)',
    applies: (c) => {
      const based = c.before.bases.some((b) => b >= 0xffff800000000000n);
      return c.vendor === 'amd' && c.bits === 64 && c.vector === 13 && c.errorCode === 0 && based && usesBase(c);
    },
  },
];

/** The operand-size prefix is among the prefixes, however many REX prefixes make it void. */
function has66(c: ReplayCase, prefixes: number): boolean {
  return c.bytes.subarray(0, prefixes + 1).includes(0x66);
}

/** An access through FS or GS whose linear address is canonical. */
function usesBase(c: ReplayCase): boolean {
  const i = instructionOf(c);
  if (i.memorySegment !== Register.FS && i.memorySegment !== Register.GS) return false;
  return i.isStringInstruction || Math.abs(linearAddress(i, c.before)) < NOT_CANONICAL;
}

/** 16-bit addressing, by its registers or its displacement. */
function usesAddress16(i: Instruction): boolean {
  const registers = [i.memoryBase, i.memoryIndex].filter((r) => r !== Register.None);
  return i.memoryDisplSize === 2 || registers.some((r) => RegisterExt.isGPR16(r));
}

const SEGMENT_INDEX: Readonly<Record<number, number>> = Object.fromEntries(
  [Register.ES, Register.CS, Register.SS, Register.DS, Register.FS, Register.GS].map((r, n) => [r, n]),
);

export function vendorDifference(c: ReplayCase): VendorDifference | undefined {
  return VENDOR_DIFFERENCES.find((d) => d.applies(c));
}
