// Register names and their numbers in encodings (SDM vol. 2, tables 2-1 to 2-3 and 3-1).

export type RegisterClass = 'r8' | 'r16' | 'r32' | 'segment' | 'control' | 'debug' | 'mm' | 'xmm' | 'st';

export interface Register {
  readonly class: RegisterClass;
  readonly number: number;
}

const NAMES: Record<RegisterClass, string> = {
  r8: 'al cl dl bl ah ch dh bh',
  r16: 'ax cx dx bx sp bp si di',
  r32: 'eax ecx edx ebx esp ebp esi edi',
  segment: 'es cs ss ds fs gs',
  control: 'cr0 cr1 cr2 cr3 cr4 cr5 cr6 cr7',
  debug: 'dr0 dr1 dr2 dr3 dr4 dr5 dr6 dr7',
  mm: 'mm0 mm1 mm2 mm3 mm4 mm5 mm6 mm7',
  xmm: 'xmm0 xmm1 xmm2 xmm3 xmm4 xmm5 xmm6 xmm7',
  st: 'st0 st1 st2 st3 st4 st5 st6 st7',
};

const REGISTERS = new Map<string, Register>(
  Object.entries(NAMES).flatMap(([kind, names]) =>
    names.split(' ').map((name, number): [string, Register] => [name, { class: kind as RegisterClass, number }]),
  ),
);

export function findRegister(name: string): Register | undefined {
  return REGISTERS.get(name.toLowerCase());
}

/** Prefix bytes of ES CS SS DS FS GS, in that order. */
export const SEGMENT_PREFIXES = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65] as const;
