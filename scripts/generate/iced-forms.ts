// What iced-x86 knows of the instruction set, and which row of ours each of its forms is: for docs/instructions.md.
import { Code, CodeExt, CpuidFeature, EncodingKind, Instruction } from 'iced-x86';
import type { Escape, MandatoryPrefix, Row } from '../../devices/asm/row.ts';

export interface IcedForm {
  readonly code: Code;
  readonly name: string;
  /** `VEX.128.66.0F38.WIG DE /r`, `AESDEC xmm1, xmm2, xmm3/m128`. */
  readonly opcodeText: string;
  readonly instructionText: string;
  readonly features: readonly string[];
  readonly prefix: MandatoryPrefix;
  readonly vex: { readonly l: 0 | 1 | null; readonly w: 0 | 1 | null } | null;
  readonly escape: Escape;
  readonly opcode: number;
  readonly digit: number | null;
  readonly fixed: number | null;
  readonly only64: boolean;
  readonly not64: boolean;
}

const PREFIXES: readonly string[] = ['NP', '66', 'F3', 'F2'];
const LENGTHS: Readonly<Record<string, 0 | 1>> = { '128': 0, LZ: 0, L0: 0, '256': 1, L1: 1 };

/** The encoding from iced's own text of it, whose words are the SDM's. */
function parse(text: string): Pick<IcedForm, 'prefix' | 'vex' | 'escape' | 'opcode' | 'digit' | 'fixed'> {
  const words = text.split(' ').filter((w) => !/^[oa](16|32|64)$/.test(w) && w !== 'REX.W');
  let prefix: MandatoryPrefix = '';
  let vex: IcedForm['vex'] = null;
  let escape = '';
  if (words[0]?.startsWith('VEX')) {
    const parts = (words.shift() ?? '').split('.');
    const l = parts.map((p) => LENGTHS[p]).find((v) => v !== undefined);
    vex = { l: l ?? null, w: parts.includes('W1') ? 1 : parts.includes('W0') ? 0 : null };
    prefix = (parts.find((p) => PREFIXES.includes(p)) ?? 'NP') as MandatoryPrefix;
    escape = parts.find((p) => p.startsWith('0F')) ?? '';
  } else {
    while (PREFIXES.includes(words[0] ?? '')) prefix = words.shift() as MandatoryPrefix;
    if (words[0] === '0F') escape = words.shift() as string;
    if (escape === '0F' && (words[0] === '38' || words[0] === '3A')) escape += words.shift() as string;
  }
  const byte = (word: string | undefined) => /^([0-9A-F]{2})(\+\w+)?$/.exec(word ?? '')?.[1];
  const opcode = parseInt(byte(words[0]) ?? '', 16);
  const second = byte(words[1]);
  const digit = words.map((w) => /^\/([0-7])$/.exec(w)?.[1]).find((d) => d !== undefined);
  return {
    prefix,
    vex,
    escape: escape as Escape,
    opcode,
    digit: digit === undefined ? null : Number(digit),
    fixed: second === undefined ? null : parseInt(second, 16),
  };
}

/** Every form with a legacy or VEX encoding. The wait forms of x87 instructions (9B first) are two instructions. */
export function icedForms(): IcedForm[] {
  const instruction = new Instruction();
  const forms: IcedForm[] = [];
  for (const [name, value] of Object.entries(Code)) {
    if (typeof value !== 'number') continue;
    const info = CodeExt.opCode(value as Code);
    const legacy = info.encoding === EncodingKind.Legacy || info.encoding === EncodingKind.VEX;
    if (legacy && info.isInstruction && !info.opCodeString.startsWith('9B ')) {
      instruction.code = value as Code;
      forms.push({
        code: value as Code,
        name,
        opcodeText: info.opCodeString,
        instructionText: info.instructionString,
        features: Array.from(instruction.cpuidFeatures(), (f) => CpuidFeature[f] ?? '?'),
        ...parse(info.opCodeString),
        only64: info.mode64 && !info.mode32,
        not64: !info.mode64,
      });
    }
    info.free();
  }
  instruction.free();
  return forms;
}

/** Does the row encode the form? A row without a mandatory prefix takes forms with none. */
export function isFormOf(form: IcedForm, row: Row): boolean {
  if ((form.vex === null) !== (row.vex === null) || form.escape !== row.escape) return false;
  const span = row.plus === 'r' ? 8 : row.plus === 'cc' ? 16 : 1;
  if (form.opcode < row.opcode || form.opcode >= row.opcode + span) return false;
  if (!prefixFits(form.prefix, row.prefix) || !modrmFits(form, row)) return false;
  if (form.vex && row.vex && (differ(form.vex.l, row.vex.l) || differ(form.vex.w, row.vex.w))) return false;
  if (form.only64 && row.attributes.includes('not64')) return false;
  return !(form.not64 && row.attributes.includes('only64'));
}

function differ(a: number | null, b: number | null): boolean {
  return a !== null && b !== null && a !== b;
}

function prefixFits(form: MandatoryPrefix, row: MandatoryPrefix): boolean {
  const none = (prefix: MandatoryPrefix) => prefix === '' || prefix === 'NP' || prefix === 'NFx';
  return form === row || (none(form) && none(row));
}

function modrmFits(form: IcedForm, row: Row): boolean {
  const { modrm } = row;
  const { fixed } = form;
  if (typeof modrm === 'object' && modrm !== null) return fixed !== null && fixed >= modrm.low && fixed <= modrm.high;
  if (fixed !== null) {
    if (typeof modrm === 'number') return ((fixed >> 3) & 7) === modrm;
    return modrm === 'r' || row.immediates.includes('ib');
  }
  // Registers that are numbered (segment, control): iced has /r where the rows name each that exists.
  return typeof modrm !== 'number' || form.digit === null || form.digit === modrm;
}
