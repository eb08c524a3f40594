import { isPrefix } from '../../recorder/forms.ts';

/** Where the decoder rightly says something else than iced-x86, each with its reason. */
export interface DecodeDifference {
  readonly id: string;
  readonly reason: string;
  readonly applies: (name: string, expected: number, got: number, bytes: Uint8Array) => boolean;
}

export const DECODE_DIFFERENCES: readonly DecodeDifference[] = [
  {
    id: 'too-long',
    reason: 'more than 15 bytes are #GP, not #UD: iced-x86 knows only one kind of invalid (SDM vol. 3A 6.15, #GP)',
    applies: (_name, expected, got) => expected === 0 && got === -2,
  },
  {
    id: 'syscall-legacy',
    reason: 'AMD CPUs know SYSCALL and SYSRET outside of 64-bit mode, too; Intel’s do not (SDM vol. 2B, SYSCALL)',
    applies: (name, expected, got) => /^Sys(call|retd)$/.test(name) && expected > 0 && got === 0,
  },
  {
    id: 'register-number',
    reason:
      'control and debug registers beyond those that exist (REX.R in MOV to and from them) are #UD when the instruction runs, not when it is decoded: DR4 and DR5 depend on CR4.DE as well',
    applies: (_name, expected, got, bytes) => expected === 0 && got > 0 && isMoveOfSystemRegister(bytes),
  },
];

/** 0F 20 to 0F 23 behind legacy prefixes and REX. */
function isMoveOfSystemRegister(bytes: Uint8Array): boolean {
  let n = 0;
  while (isPrefix(bytes[n], 64)) n++;
  return bytes[n] === 0x0f && ((bytes[n + 1] as number) & 0xfc) === 0x20;
}
