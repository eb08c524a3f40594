// docs/instructions.md from the rows: every form, its CPUID feature, where it is tested, and what iced-x86 knows and we do not have.
// npx tsx scripts/generate/instructions.ts writes it; instructions.test.ts says when that is due.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expandConditions } from '../../devices/asm/mnemonics.ts';
import type { Row } from '../../devices/asm/row.ts';
import { icedForms, isFormOf, type IcedForm } from './iced-forms.ts';
import { readRows } from './read-rows.ts';
import { expandVex } from './vex.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const INSTRUCTIONS = join(ROOT, 'docs/instructions.md');

/** iced-x86's names of the features that issue and CPU models ask for: x86-64-v3, and what Debian's programs find beyond it. */
const WANTED = new Set(
  (
    'INTEL8086 INTEL186 INTEL286 INTEL386 INTEL486 X64 FPU FPU287 FPU387 CPUID CX8 CMOV TSC MSR RDPMC SEP SYSCALL FXSR PAUSE ' +
    'MULTIBYTENOP SMM CLFSH PREFETCHW MONITOR MMX SSE SSE2 SSE3 SSSE3 SSE4_1 SSE4_2 POPCNT CMPXCHG16B LZCNT BMI1 BMI2 MOVBE ' +
    'AVX AVX2 FMA F16C AES PCLMULQDQ SHA ADX XSAVE XSAVEOPT XSAVEC FSGSBASE INVPCID SMAP RDRAND RDSEED RDTSCP RDPID ' +
    'CLFLUSHOPT CLWB'
  ).split(' '),
);

/** Files whose text shows what they test: the mnemonic stands in it. */
const TEST_FOLDERS = ['assembly/tests', 'assembly/isa/x87', 'tests/isa', 'tests/privileged'];

function featureNames(): Set<string> {
  const text = readFileSync(join(ROOT, 'assembly/shared/features.ts'), 'utf8');
  return new Set([...text.matchAll(/export const FEATURE_(\w+) =/g)].map((m) => m[1] ?? ''));
}

/** Recorded cases by form: iced-x86's code name, with ` m` for a memory operand. */
function recordedCases(): Map<string, number> {
  const folder = join(ROOT, 'tests/silicon/cases');
  const counts = new Map<string, number>();
  for (const file of readdirSync(folder).filter((f) => f.endsWith('.jsonl.gz'))) {
    const text = gunzipSync(readFileSync(join(folder, file))).toString('utf8');
    for (const [, form = ''] of text.matchAll(/^\{"n":"([^"]*)"/gm)) counts.set(form, (counts.get(form) ?? 0) + 1);
  }
  return counts;
}

/** Rows by what distinguishes encodings, so that not every form is compared with every row. */
function rowsByOpcode(rows: readonly Row[]): (form: IcedForm) => readonly Row[] {
  const index = new Map<string, Row[]>();
  const key = (vex: boolean, escape: string, opcode: number) => `${vex}/${escape}/${opcode}`;
  for (const row of rows) {
    const span = row.plus === 'r' ? 8 : row.plus === 'cc' ? 16 : 1;
    for (let n = 0; n < span; n++) {
      const at = key(row.vex !== null, row.escape, row.opcode + n);
      index.set(at, [...(index.get(at) ?? []), row]);
    }
  }
  return (form) =>
    (index.get(key(form.vex !== null, form.escape, form.opcode)) ?? []).filter((row) => isFormOf(form, row));
}

/** Rows for a memory operand alone do not count cases with a register, and the other way round. */
function takesCase(row: Row, memory: boolean): boolean {
  const codes = row.operands.filter((o) => o.code !== 'fixed').map((o) => o.code);
  return memory ? !codes.some((c) => 'RUN'.includes(c)) : !codes.includes('M');
}

interface Found {
  readonly cases: ReadonlyMap<Row, number>;
  readonly missing: readonly IcedForm[];
}

function compareWithIced(rows: readonly Row[]): Found {
  const recorded = recordedCases();
  const rowsOf = rowsByOpcode(rows);
  const cases = new Map<Row, number>();
  const missing: IcedForm[] = [];
  for (const form of icedForms()) {
    const found = rowsOf(form);
    if (found.length === 0 && form.features.every((f) => WANTED.has(f))) missing.push(form);
    for (const memory of [false, true]) {
      const count = recorded.get(memory ? `${form.name} m` : form.name) ?? 0;
      const taking = found.filter((row) => takesCase(row, memory));
      for (const row of taking.slice(0, 1)) cases.set(row, (cases.get(row) ?? 0) + count);
    }
  }
  return { cases, missing };
}

/** Test files by the mnemonics (in capitals or not) that stand in them. */
function testsNaming(): (row: Row) => string[] {
  const files = TEST_FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((f) => f.endsWith('.test.ts') || f.endsWith('.asm'))
      .sort()
      .map((f) => ({
        name: `${folder}/${f}`,
        words: new Set(
          readFileSync(join(ROOT, folder, f), 'utf8')
            .toUpperCase()
            .match(/\w+/g),
        ),
      })),
  );
  return (row) => {
    const names = expandConditions(row).map((r) => r.mnemonic);
    return files.filter((f) => names.some((name) => f.words.has(name))).map((f) => f.name);
  };
}

function opcodeText(row: Row): string {
  const written = row.text.split('|')[0]?.trim().replace(/\s+/g, ' ') ?? '';
  if (row.vex === null) return written;
  const l = row.vex.l === null ? '' : row.vex.l === 0 ? '.128' : '.256';
  const w = row.vex.w === null ? '' : `.W${row.vex.w}`;
  const rest = written.replace(/^(VEX\S*|NP|66|F3|F2) /, '');
  return `VEX${l}.${row.prefix}${w} ${rest}`;
}

function instructionText(row: Row): string {
  return [row.mnemonic, row.operands.map((o) => o.text).join(',')].join(' ').trim();
}

function modeText(row: Row): string {
  if (row.attributes.includes('only64')) return '64-bit only';
  return row.attributes.includes('not64') ? 'not 64-bit' : '';
}

function table(rows: readonly Row[], found: Found, tests: (row: Row) => string[], features: Set<string>): string[] {
  const lines = [
    '| opcode | instruction | feature | mode | silicon cases | else tested by |',
    '|---|---|---|---|---:|---|',
  ];
  for (const row of rows) {
    const count = found.cases.get(row) ?? 0;
    const where = count > 0 ? '' : tests(row).slice(0, 3).join(', ');
    const feature = row.attributes.filter((a) => features.has(a)).join(' ');
    lines.push(
      `| \`${opcodeText(row)}\` | ${instructionText(row)} | ${feature} | ${modeText(row)} | ${count || '-'} | ${where} |`,
    );
  }
  return lines;
}

export function instructionsMarkdown(): string {
  const rows = readRows().flatMap(expandVex);
  const found = compareWithIced(rows);
  const tests = testsNaming();
  const features = featureNames();
  const byFile = new Map<string, Row[]>();
  for (const row of rows) byFile.set(row.file, [...(byFile.get(row.file) ?? []), row]);
  const tested = rows.filter((row) => (found.cases.get(row) ?? 0) > 0).length;
  const missing = found.missing.map((f) => `| \`${f.opcodeText}\` | ${f.instructionText} | ${f.features.join(' ')} |`);
  return [
    '# Instructions',
    '',
    'Generated from the rows of `assembly/isa` by `npx tsx scripts/generate/instructions.ts`; the notation is that of',
    '[assembly/README.md](../assembly/README.md). A feature that is listed need not be advertised: `assembly/shared/features.ts`',
    'says which are. *Silicon cases* counts the recorded cases of `tests/silicon/cases` that replay the form on the core, faults',
    'included; where there are none, the tests that name the instruction stand in the last column. Lengths and #UD of all',
    'forms are compared with iced-x86 by `tests/decode`.',
    '',
    `${rows.length} forms, ${tested} of them with recorded cases.`,
    '',
    '## Missing',
    '',
    missing.length === 0
      ? 'Nothing of what iced-x86 lists for x86-64-v3, AES, PCLMULQDQ, SHA, ADX, XSAVE and the system features of the models.'
      : 'Of what iced-x86 lists for x86-64-v3, AES, PCLMULQDQ, SHA, ADX, XSAVE and the system features of the models, these are missing:',
    '',
    ...(missing.length === 0 ? [] : ['| opcode | instruction | feature |', '|---|---|---|', ...missing, '']),
    ...[...byFile].flatMap(([file, list]) => [
      `## ${file.replace('assembly/isa/', '').replace('.ts', '')}`,
      '',
      ...table(list, found, tests, features),
      '',
    ]),
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(INSTRUCTIONS, instructionsMarkdown());
