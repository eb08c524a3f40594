/**
 * What an 80286 in real mode does and a later CPU does not: the only reasons for which a case of the 80286 recordings
 * may come out otherwise. Each hides or replaces what really differs, no more.
 */
import { Mnemonic, OpKind, Register, type Instruction } from 'iced-x86';
import type { Case286, Name286 } from './case-286.ts';

/** What is expected instead: bits of FLAGS not compared, another vector, or nothing that the recording could tell. */
export interface Difference286 {
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly reference: string;
  readonly applies: (c: Case286, i: Instruction) => Effect286 | null;
}

export interface Effect286 {
  /** The vector that a later CPU raises; the state is then that of the fault. */
  readonly vector?: number;
  /** Registers that are not compared. */
  readonly hides?: readonly Name286[];
  /** The recording says nothing about a later CPU. */
  readonly untestable?: boolean;
}

const SS_SEGMENT_FAULT = 12;

/** Whether the fault of this case came from an access through SS: the stack, or an operand based on BP. */
function usesStackSegment(c: Case286, i: Instruction): boolean {
  for (let n = 0; n < i.opCount; n++) if (i.opKind(n) === OpKind.Memory) return c.segmentOfOperand(i) === 'ss';
  return i.isStackInstruction;
}

export const DIFFERENCES_286: readonly Difference286[] = [
  {
    id: 'lock-anywhere',
    what: 'LOCK before an instruction that cannot be locked',
    reason: 'the 80286 asserts LOCK# for any instruction; since the 80386 it is #UD unless the instruction is listed',
    reference: 'Intel 80386 Programmer’s Reference Manual 14.7; SDM vol. 2A, LOCK',
    applies: (c, i) => (c.bytes.includes(0xf0) && i.isInvalid && c.vector !== 6 ? { vector: 6 } : null),
  },
  {
    id: 'length-10',
    what: 'instructions of more than 10 bytes',
    reason: 'the 80286 raises #GP beyond 10 bytes, later CPUs beyond 15',
    reference: 'Intel 80386 Programmer’s Reference Manual 14.7',
    applies: (c) => (c.bytes.length > 10 && c.vector === 13 ? { untestable: true } : null),
  },
  {
    id: 'stack-overrun',
    what: 'operands in SS that cross offset FFFFh',
    reason: 'the 80286 reports every segment overrun in real mode as vector 13, later CPUs those of SS as vector 12',
    reference: 'Intel 80386 Programmer’s Reference Manual 14.7; SDM vol. 3A table 21-1',
    applies: (c, i) => (c.vector === 13 && usesStackSegment(c, i) ? { vector: SS_SEGMENT_FAULT } : null),
  },
  {
    id: 'fs-gs',
    what: 'MOV to and from segment registers 4 and 5',
    reason: 'FS and GS came with the 80386; the 80286 raises #UD',
    reference: 'Intel 80386 Programmer’s Reference Manual 14.7',
    applies: (c, i) => {
      const registers = [i.op0Register, i.op1Register];
      const later = registers.includes(Register.FS) || registers.includes(Register.GS);
      return later && c.vector === 6 ? { untestable: true } : null;
    },
  },
  {
    id: 'ins-outs-fault',
    what: 'SI and DI after INSW and OUTSW at offset FFFFh',
    reason: 'the 80286 has already moved the index when the overrun is reported; later CPUs restart the instruction',
    reference: 'Intel 80286 Programmer’s Reference Manual 5.2, exception 13; SDM vol. 3A 6.6',
    applies: (c, i) => {
      const port = i.mnemonic === Mnemonic.Insw || i.mnemonic === Mnemonic.Outsw;
      return port && c.vector === 13 ? { hides: ['si', 'di'] } : null;
    },
  },
];
