// Where an operand of a form is and how wide it is, as text for the generated sources.
import type { Operand } from '../../devices/asm/row.ts';
import type { Form } from './forms.ts';

export type Width = 'u8' | 'u16' | 'u32' | 'u64';

export function widthOf(operand: Operand, form: Form): Width {
  const bySize: Record<string, Width> = {
    b: 'u8',
    w: 'u16',
    d: 'u32',
    q: 'u64',
    v: `u${form.size}`,
    z: form.size === 16 ? 'u16' : 'u32',
    y: form.size === 64 ? 'u64' : 'u32',
  };
  if (operand.code !== 'fixed') {
    if (form.size === 32 && operand === form.row.operands[0] && form.row.attributes.includes('whole')) return 'u64';
    const width = bySize[operand.size];
    if (!width)
      throw new Error(`${form.row.file}:${form.row.line}: operand ${operand.text} has no width for a value row`);
    return width;
  }
  if (/^[ABCD][LH]$/.test(operand.text)) return 'u8';
  if (/^E[A-Z]{2}$/.test(operand.text)) return 'u32';
  if (/^[A-Z]{2}$/.test(operand.text)) return 'u16';
  if (/^[re][A-Z]{2}$/.test(operand.text)) return `u${form.size}`;
  return 'u8';
}

/** State offset of a register that the row names. */
function fixedRegister(text: string): string {
  const high = /^([ABCD])H$/.exec(text);
  if (high) return `S.R${high[1]}X + 1`;
  const low = /^([ABCD])L$/.exec(text);
  if (low) return `S.R${low[1]}X`;
  return `S.R${text.slice(-2)}`;
}

export const inMemory = (operand: Operand, form: Form) =>
  operand.code === 'O' || operand.code === 'M' || (form.memory && operand.code === 'E');

export function registerField(operand: Operand): string {
  if (operand.code === 'E' || operand.code === 'R') return 'i.rm';
  if (operand.code === 'G' || operand.code === 'Z') return 'i.reg';
  if (operand.code === 'B') return 'i.vvvv >> 1';
  return fixedRegister(operand.text);
}
