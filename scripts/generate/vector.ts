// Bodies of vector forms (MMX, SSE, AVX) for the machines Eval and Emit: read the operands, call the row's function on 128 bits at
// a time, write the result.
import type { Operand, Row } from '../../devices/asm/row.ts';
import type { Form, VectorKind } from './forms.ts';
import { registerField, widthOf } from './operands.ts';

/** What differs between the machines. */
export interface Reading {
  readonly machine: string;
  /** Type of a vector value. */
  readonly value: string;
  /** The check that comes before everything else: #UD and #NM, and #MF of a pending x87 exception for MMX. */
  readonly gates: Readonly<Record<VectorKind, string>>;
  /** After what may have raised. */
  readonly check: string;
  /** Around a condition that must hold. */
  must(condition: string): string;
}

export const EVAL: Reading = {
  machine: 'Eval',
  value: 'v128',
  gates: {
    mmx: 'if (m.mmxOff && vectorOff(m, S.GATE_MMX)) return;',
    sse: 'if (m.sseOff && vectorOff(m, S.GATE_SSE)) return;',
    vex128: 'if (m.avxOff && vectorOff(m, S.GATE_AVX)) return;',
    vex256: 'if (m.avxOff && vectorOff(m, S.GATE_AVX)) return;',
  },
  check: 'if (m.fault) return;',
  must: (condition) => `if (!${condition}) return;`,
};

/** Emit leaves the region instead. */
export const EMIT: Reading = {
  machine: 'EmitFloat',
  value: 'u64',
  gates: {
    mmx: '',
    sse: 'm.gate(S.GATE_SSE);',
    vex128: 'm.gate(S.GATE_AVX);',
    vex256: 'm.gate(S.GATE_AVX);',
  },
  check: '',
  must: (condition) => `${condition};`,
};
/** Third argument of vector function rows (machine/eval-vectors.ts). */
const LENGTHS: Readonly<Record<VectorKind, string>> = {
  mmx: 'VL_MMX',
  sse: 'VL_SSE',
  vex128: 'VL_128',
  vex256: 'VL_256',
};
/** Bytes of an operand in memory; those of `x` and its parts are for 128 bits. */
const BYTES: Readonly<Record<string, number>> = {
  ...{ b: 1, w: 2, d: 4, ss: 4, q: 8, sd: 8, pi: 8, dq: 16, qq: 32, x: 16, ps: 16, pd: 16, xh: 8, xq: 4, xe: 2 },
};
const WHOLE = new Set(['x', 'ps', 'pd']);
const PARTS: Readonly<Record<string, number>> = { xh: 8, xq: 4, xe: 2 };

const isVector = (operand: Operand) => operand.code.length === 1 && 'VWUHLPQN'.includes(operand.code);
const isMmx = (operand: Operand) => 'PQN'.includes(operand.code);
const isVectorMemory = (operand: Operand, form: Form) =>
  form.memory && ('WQ'.includes(operand.code) || (operand.code === 'M' && !isGeneralMemory(operand, form)));
/** A memory operand of a row whose register counterpart is a general register (PINSRB Vdq,Rd / Mb) is read as an integer. */
const isGeneralMemory = (operand: Operand, form: Form) =>
  operand.code === 'M' && form.row.attributes.includes('general');

function registerOf(operand: Operand): string {
  if ('VP'.includes(operand.code)) return 'i.reg';
  if (operand.code === 'H') return 'i.vvvv';
  if (operand.code === 'L') return 'm.is4(i.imm8)';
  return 'i.rm';
}

function bytesOf(operand: Operand, form: Form): number {
  const bytes = BYTES[operand.size];
  if (bytes === undefined)
    throw new Error(`${form.row.file}:${form.row.line}: vector operand ${operand.text} has no size`);
  return bytes;
}

/** SSE wants operands of 16 bytes aligned unless the row says otherwise; VEX only where the row says so. */
function isAligned(form: Form, bytes: number): boolean {
  if (form.vector === 'sse' || form.vector === 'mmx') return bytes === 16 && !form.row.attributes.includes('unaligned');
  return (form.vector === 'vex128' || form.vector === 'vex256') && form.row.attributes.includes('aligned');
}

/** Statements that read an operand into x<position>, and x<position>h for bits 255-128. */
function readVector(operand: Operand, form: Form, position: number, reading: Reading): string {
  const name = `x${position}`;
  const wide = form.vector === 'vex256';
  const whole = wide && WHOLE.has(operand.size);
  if (isVectorMemory(operand, form)) return readMemory(operand, form, name, whole, reading);
  const register = registerOf(operand);
  if (isMmx(operand)) return `const ${name} = m.mm(${register});`;
  const low = `const ${name} = m.xmm(${register});`;
  if (whole) return `${low} const ${name}h = m.ymmHigh(${register});`;
  return wide ? `${low} ${upperPart(operand, name)}` : low;
}

function readMemory(operand: Operand, form: Form, name: string, whole: boolean, reading: Reading): string {
  const wide = form.vector === 'vex256';
  const part = PARTS[operand.size];
  const bytes = wide && part !== undefined ? part * 2 : bytesOf(operand, form);
  const { check } = reading;
  if (whole || bytes === 32) {
    const aligned = isAligned(form, 32) ? `${reading.must('m.aligned(i.segment, ea, 32)')} ` : '';
    return `const ea = m.ea(i); ${aligned}const ${name} = m.loadVector<v128>(i.segment, ea, 32); ${check} const ${name}h = m.loadUpper(i.segment, ea); ${check}`;
  }
  const aligned = isAligned(form, bytes) ? `${reading.must(`m.aligned(i.segment, ea, ${bytes})`)} ` : '';
  const load = `const ea = m.ea(i); ${aligned}const ${name} = m.loadVector<${laneType(bytes)}>(i.segment, ea); ${check}`;
  return wide ? `${load} ${upperPart(operand, name)}` : load;
}

const laneType = (bytes: number) => ({ 1: 'u8', 2: 'u16', 4: 'u32', 8: 'u64', 16: 'v128' })[bytes] ?? 'v128';

/** What the upper half of the result is made from where the operand itself has 128 bits or fewer. */
function upperPart(operand: Operand, name: string): string {
  const part = PARTS[operand.size];
  return `const ${name}h = ${part === undefined ? name : `m.shiftBytesRight(${name}, ${part})`};`;
}

function writeVector(operand: Operand, form: Form, hasUpper: boolean, reading: Reading): string {
  if (isMmx(operand) && !form.memory) return `m.setMm(${registerOf(operand)}, r);`;
  if (isVectorMemory(operand, form)) return writeMemory(operand, form, reading);
  if (isMmx(operand)) return `m.setMm(${registerOf(operand)}, r);`;
  const register = registerOf(operand);
  if (form.vector === 'vex256' && hasUpper) return `m.setYmm(${register}, r, rh);`;
  return form.vector === 'sse' || form.vector === 'mmx'
    ? `m.setXmm(${register}, r);`
    : `m.setXmmZeroUpper(${register}, r);`;
}

function writeMemory(operand: Operand, form: Form, reading: Reading): string {
  const whole = form.vector === 'vex256' && WHOLE.has(operand.size);
  const bytes = whole ? 32 : bytesOf(operand, form);
  const aligned = isAligned(form, bytes) ? `${reading.must(`m.aligned(i.segment, ea, ${bytes})`)} ` : '';
  const store = whole ? 'm.storeYmm(i.segment, ea, r, rh);' : `m.storeVector<${laneType(bytes)}>(i.segment, ea, r);`;
  return `const ea = m.ea(i); ${aligned}${store} ${reading.check}`;
}

/** A general register or memory operand beside vectors (MOVD, PINSRW, CVTSI2SD). */
function readGeneral(operand: Operand, form: Form, position: number, reading: Reading): string {
  const width = widthOf(operand, form);
  const name = `x${position}`;
  if (form.memory && 'EM'.includes(operand.code))
    return `const ea = m.ea(i); const ${name} = m.load<${width}>(i.segment, ea); ${reading.check}`;
  return `const ${name} = m.get<${width}>(${registerField(operand)});`;
}

function writeGeneral(operand: Operand, form: Form, reading: Reading): string {
  const width = widthOf(operand, form);
  if (form.memory && 'EM'.includes(operand.code))
    return `const ea = m.ea(i); m.store<${width}>(i.segment, ea, r); ${reading.check}`;
  return `m.set<${width}>(${registerField(operand)}, r);`;
}

/** T of a vector row: the width of its general operand, u32 if there is none. */
function generalWidth(form: Form): string {
  const general = form.row.operands.find((o) => 'EGRB'.includes(o.code));
  return general ? widthOf(general, form) : `u${form.size}`;
}

/** Function rows, and value rows whose values are vectors, are generic over the type of these, too. */
const hasVectors = ({ row }: Form) => row.access === null || row.operands.some((o) => isVector(o) || o.text === 'XMM0');

/** MMX forms with an XMM operand (CVTPS2PI, MOVDQ2Q) need both. */
function gatesOf(row: Row, vector: VectorKind, { gates }: Reading): string {
  const xmm = vector === 'mmx' && row.operands.some((o) => isVector(o) && !isMmx(o));
  return xmm ? `${gates.sse} ${gates.mmx}` : gates[vector];
}

export function vectorBody(form: Form, reading: Reading): string {
  const { row, vector } = form;
  if (vector === null) throw new Error(`${row.file}:${row.line}: not a vector row`);
  const gate = row.attributes.includes('nogate') ? '' : gatesOf(row, vector, reading);
  const types = `<${reading.machine}, ${generalWidth(form)}${hasVectors(form) ? `, ${reading.value}` : ''}>`;
  if (row.access === null) return `${gate} ${row.function}${types}(m, i, ${LENGTHS[vector]});`;
  const lines = [gate];
  const args: string[] = [];
  const upper: string[] = [];
  let write: Operand | undefined;
  row.access.forEach((word, index) => {
    const operand = row.operands[index];
    if (!operand) throw new Error(`${row.file}:${row.line}: more accesses than operands`);
    if (word.includes('w')) write = operand;
    if (!word.includes('r')) return;
    const { line, low, high } = readOperand(operand, form, index + 1, reading);
    if (line !== '') lines.push(line);
    args.push(low);
    upper.push(high);
  });
  // The upper half is a second call wherever the result has one.
  const destination = write as Operand | undefined;
  const hasUpper = vector === 'vex256' && destination !== undefined && WHOLE.has(destination.size);
  const call = (values: readonly string[]) => `${row.function}${types}(${['m', ...values].join(', ')})`;
  // Nothing may have changed when a store faults.
  const entersMmx = row.operands.some(isMmx) && !row.attributes.includes('keeps-x87');
  const storesMmx = entersMmx && destination !== undefined && form.memory && 'QEM'.includes(destination.code);
  const raises = row.attributes.includes('raises');
  const enter = entersMmx && !storesMmx ? 'm.enterMmx();' : '';
  if (!raises) lines.push(enter);
  if (!destination) lines.push(`${call(args)};`);
  else {
    const halves = raises && hasUpper && reading === EVAL;
    if (halves) lines.push('const before = beginHalves(m.at);');
    lines.push(`const r = ${call(args)};`);
    if (hasUpper) lines.push(`const rh = ${call(upper)};`);
    if (raises) lines.push(halves ? 'if (m.fault) return settleHalves(m.at, before);' : reading.check, enter);
    lines.push(
      isVector(destination) || isVectorMemory(destination, form)
        ? writeVector(destination, form, hasUpper, reading)
        : writeGeneral(destination, form, reading),
    );
    if (storesMmx) lines.push('m.enterMmx();');
  }
  return lines.join(' ');
}

interface Read {
  readonly line: string;
  readonly low: string;
  readonly high: string;
}

function readOperand(operand: Operand, form: Form, position: number, reading: Reading): Read {
  const name = `x${position}`;
  if (operand.code === 'I') {
    const bits = form.row.attributes.find((a) => a.startsWith('imm/'))?.slice(4);
    return { line: '', low: 'i.imm8', high: bits === undefined ? 'i.imm8' : `i.imm8 >> ${bits}` };
  }
  if (operand.text === 'XMM0') return { line: `const ${name} = m.xmm(0);`, low: name, high: name };
  if (isVector(operand) || isVectorMemory(operand, form)) {
    const high = form.vector === 'vex256' ? `${name}h` : name;
    return { line: readVector(operand, form, position, reading), low: name, high };
  }
  return { line: readGeneral(operand, form, position, reading), low: name, high: name };
}
