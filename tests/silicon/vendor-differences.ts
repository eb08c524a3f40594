/**
 * Where the CPU that recorded a case does what another vendor's does not, and Vitrine follows the other (it identifies
 * itself as an Intel CPU). Such cases are not replayed. As narrow as the difference is.
 */
import { Code, MemorySizeExt, Mnemonic, Register, RegisterExt, type Instruction } from 'iced-x86';
import { linearAddress } from '../../recorder/draft.ts';
import { segmentOf } from '../../recorder/layout.ts';
import { instructionOf, shortenedInstruction, type ReplayCase } from './replay-case.ts';

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
    id: 'lock-verw',
    what: 'LOCK VERW',
    reason: '#UD by the SDM’s list of lockable instructions; the recording CPU executes it',
    applies: (c) => c.vendor === 'amd' && /^Verw_.* lock invalid$/.test(c.form) && c.vector !== 6,
  },
  {
    id: 'undefined-too-long',
    what: 'undefined opcodes behind so many prefixes that they would end beyond 15 bytes',
    reason: 'whether the length (#GP) or the opcode (#UD) is noticed first is not architectural',
    applies: (c) => c.bytes.length > 15 && c.vector === 13 && shortenedInstruction(c).isInvalid,
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
    id: 'fpu-image-wrap',
    what: 'FNSTENV, FNSAVE, FLDENV and FRSTOR images that cross offset FFFFh with a 16-bit address',
    reason:
      'the recording CPU truncates the address of each part to 16 bits, so that the image goes on at offset 0; the SDM knows no such wrap, the access is beyond the limit',
    applies: (c) => {
      if (c.vendor !== 'amd' || !/^(Fnstenv|Fnsave|Fldenv|Frstor)/.test(c.form)) return false;
      const i = instructionOf(c);
      const s = segmentOf(c.before.segments[SEGMENT_INDEX[i.memorySegment] ?? 3] as number);
      const offset = (linearAddress(i, c.before) - (s?.base ?? 0)) >>> 0;
      return usesAddress16(i) && offset <= 0xffff && offset + MemorySizeExt.size(i.memorySize) > 0x10000;
    },
  },
];

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
