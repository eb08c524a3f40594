/**
 * docs/accuracy.md, made of the tables that the replays use: which silicon Vitrine is compared with, how often, and every
 * bit that is not compared, with its reason.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SSE_COUNT, SSE_OPERATIONS } from '../../assembly/softfloat/tests/sse-operations.ts';
import {
  X87_CHOSEN,
  X87_COUNT,
  X87_NOT_COMPARED,
  X87_OPERATIONS,
} from '../../assembly/softfloat/tests/x87-operations.ts';
import { readCaseFile, type CaseFileHeader, type CaseRecord, type CpuIdentity } from '../../recorder/case-file.ts';
import { recordedFiles } from './case-sources.ts';
import { REPOSITORY } from './core.ts';
import { DIFFERENCES_286 } from './differences-286.ts';
import { MASKS } from './masks.ts';
import { VENDOR_DIFFERENCES } from './vendor-differences.ts';
import { NOT_MODELLED } from './waiting.ts';

export const ACCURACY_PAGE = join(REPOSITORY, 'docs', 'accuracy.md');

type Row = readonly (string | number)[];

function table(head: readonly string[], rows: readonly Row[]): string {
  const cell = (v: string | number): string => String(v).replaceAll('|', '\\|');
  const line = (r: Row): string => `| ${r.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

interface Recording {
  readonly name: string;
  readonly header: CaseFileHeader;
  readonly cases: readonly CaseRecord[];
}

function recordings(): Recording[] {
  return recordedFiles().map((path) => ({ name: basename(path, '.jsonl.gz'), ...readCaseFile(path) }));
}

function recordingRow({ name, header, cases }: Recording): Row {
  const forms = new Set(cases.map((c) => c.n)).size;
  const exceptions = cases.filter((c) => c.v !== undefined && c.v !== '1').length;
  return [`\`${name}\``, cases.length, forms, exceptions, `${header.bits}-bit`];
}

function cpuText(cpu: CpuIdentity): string {
  return `${cpu.name} (${cpu.vendor}, family ${cpu.family}, model ${cpu.model}, stepping ${cpu.stepping})`;
}

function recordedText(all: readonly Recording[]): string {
  const byBits = new Map(all.map((r) => [r.header.bits, r.header]));
  const [first] = [...byBits.values()];
  if (!first) throw new Error('there are no recordings');
  const counts = [...byBits].sort(([a], [b]) => a - b).map(([bits, h]) => `${h.recorded} in ${bits}-bit code`);
  return (
    `Recorded on: ${cpuText(first.cpu)}. Cases recorded: ${counts.join(', ')}. ` +
    'Committed is a selection that shows every form, exception, flag and addressing form at least once:'
  );
}

const HEAD = `# How accurate Vitrine's CPU is

Written by \`npm run docs:accuracy\` from the tables that the tests use (\`tests/silicon/\`); a test fails when it is not current.

Single instructions were executed on real CPUs in user mode, and everything was written down: registers, flags, x87, SSE and
AVX state, memory, vector, error code, CR2. The tests replay these cases in Vitrine's core and compare all of it. What is
not compared is listed here, each with its reason. Vitrine says that it is an Intel CPU: where the recording CPU is AMD's and
does otherwise, Intel's manual decides.`;

const SHARED_TEXT = `Two more sets come from an Intel Xeon (\`silicon-32\`: 7,460 cases of 373 instruction templates; \`silicon-64\`: 7,180 cases of
359), one from a Harris 80286 in real mode (7,800 cases of 325 opcode forms).`;

const ARITHMETIC = join(REPOSITORY, 'assembly', 'softfloat', 'tests');

function arithmeticText(): string {
  const cpu = JSON.parse(readFileSync(join(ARITHMETIC, 'recorded-on.json'), 'utf8')) as CpuIdentity;
  const thousands = (n: number): string => n.toLocaleString('en-US');
  const x87 = X87_OPERATIONS.length * X87_COUNT;
  return [
    `Recorded on: ${cpuText(cpu)} by \`npm run record:arithmetic\`.`,
    `${thousands(x87)} cases of x87 instructions, ${thousands(X87_COUNT)} of each operation below, in equal parts with each of the`,
    'four rounding modes and three precisions, a quarter of them with unmasked exceptions: zeros, denormals, pseudo-denormals,',
    'unnormals, infinities, quiet and signalling NaNs, exact ties, results about the smallest and largest numbers. Compared are',
    'registers, tags, the whole status word, the memory operand, and EFLAGS. Operations:',
    `${X87_OPERATIONS.map((o) => o.name).join(', ')}.`,
    `${thousands(SSE_OPERATIONS.length * SSE_COUNT)} cases of SSE, FMA and F16C operations, ${thousands(SSE_COUNT)} of each, with all rounding`,
    `modes, DAZ, FTZ and masks: ${SSE_OPERATIONS.map(([, name]) => name).join(', ')}.`,
    'F2XM1, FYL2X, FYL2XP1, FPTAN, FPATAN, FSIN and FCOS are compared with the correctly rounded values that MPFR computes.',
  ].join('\n');
}

export function accuracyPage(): string {
  const all = recordings();
  const sum = all.reduce((n, r) => n + r.cases.length, 0);
  const set = ['Set', 'Cases', 'Forms', 'Exceptions', 'Mode'];
  const entries = (list: readonly { what: string; reason: string; reference: string }[]): Row[] =>
    list.map((m) => [m.what, m.reason, m.reference]);
  return `${[
    HEAD,
    '## What was recorded',
    recordedText(all),
    table(set, [...all.map(recordingRow), ['all', sum, '', '', '']]),
    SHARED_TEXT,
    '## Not compared: left open by the manuals, or not shown by the recording',
    table(['What', 'Why', 'Reference'], entries(MASKS)),
    '## Arithmetic',
    arithmeticText(),
    'Not compared there:',
    table(['What', 'Why', 'Reference'], entries(X87_NOT_COMPARED)),
    'Left open by the manuals; Vitrine does as recorded:',
    table(['What', 'Why', 'Reference'], entries(X87_CHOSEN)),
    "## Not replayed: the recording CPU does otherwise than Intel's",
    table(
      ['What', 'Why'],
      VENDOR_DIFFERENCES.map((d) => [d.what, d.reason]),
    ),
    '## The 80286 does otherwise than later CPUs',
    table(['What', 'Why', 'Reference'], entries(DIFFERENCES_286)),
    '## Features of the recording CPU that Vitrine does not have',
    'Their instructions raise #UD. AVX-512, SSE4A and what runs outside of user mode were not recorded.',
    table(['Feature', 'Why'], Object.entries(NOT_MODELLED)),
  ].join('\n\n')}\n`;
}
