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
];
