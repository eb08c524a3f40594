// Register names and their numbers in encodings (SDM vol. 2, tables 2-1 to 2-3, 2-8 and 3-1).

export type RegisterClass = 'r8' | 'r16' | 'r32' | 'r64' | 'segment' | 'control' | 'debug' | 'mm' | 'xmm' | 'st';

export interface Register {
  readonly class: RegisterClass;
  readonly number: number;
  /** SPL to DIL exist with a REX prefix only, AH to BH without one only. */
  readonly rex?: 'needed' | 'excluded';
}

const high = (suffix: string) => Array.from({ length: 8 }, (_, n) => `r${n + 8}${suffix}`).join(' ');
const numbered = (name: string, count: number) => Array.from({ length: count }, (_, n) => `${name}${n}`).join(' ');

const NAMES: Record<RegisterClass, string> = {
  r8: `al cl dl bl ah ch dh bh ${high('b')}`,
  r16: `ax cx dx bx sp bp si di ${high('w')}`,
  r32: `eax ecx edx ebx esp ebp esi edi ${high('d')}`,
  r64: `rax rcx rdx rbx rsp rbp rsi rdi ${high('')}`,
  segment: 'es cs ss ds fs gs',
  control: numbered('cr', 9),
  debug: numbered('dr', 8),
  mm: numbered('mm', 8),
  xmm: numbered('xmm', 16),
  st: numbered('st', 8),
};

const REGISTERS = new Map<string, Register>([
  ...Object.entries(NAMES).flatMap(([kind, names]) =>
    names.split(' ').map((name, number): [string, Register] => [
      name,
      {
        class: kind as RegisterClass,
        number,
        ...(kind === 'r8' && number >= 4 && number < 8 ? { rex: 'excluded' as const } : {}),
      },
    ]),
  ),
  ...['spl', 'bpl', 'sil', 'dil'].map((name, n): [string, Register] => [
    name,
    { class: 'r8', number: n + 4, rex: 'needed' },
  ]),
]);

export function findRegister(name: string): Register | undefined {
  return REGISTERS.get(name.toLowerCase());
}

/** Prefix bytes of ES CS SS DS FS GS, in that order. */
export const SEGMENT_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65] as const;
