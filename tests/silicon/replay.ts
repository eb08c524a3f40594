/**
 * npx tsx tests/silicon/replay.ts [--file F] [--template T] [--case LABEL] [--limit N] [--groups N] [--all] [--compat] [-v]
 *
 *   --file F      recorded file by name (integer-32), 'shared', '80286' or a path; default: all recorded ones and the shared
 *   --template T  only forms that match this regular expression
 *   --case LABEL  one case, as the report names it
 *   --all         advertise every CPUID feature, whether the core says that it has it or not
 *   --accel jit   compile what runs instead of interpreting it; checked: and compare with the interpreter
 *   --compat      16- and 32-bit cases in compatibility mode instead of legacy protected mode
 *   -v            print each failing case whole
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Accelerator } from './acceleration.ts';
import { readCases286 } from './case-286.ts';
import { SHARED, sources } from './case-sources.ts';
import { knownFeatures } from './core.ts';
import { explain } from './explain.ts';
import { replay, report } from './harness.ts';
import { replay286, report286 } from './real-mode-report.ts';

function main(): void {
  const { values } = parseArgs({
    options: {
      file: { type: 'string' },
      template: { type: 'string' },
      case: { type: 'string' },
      limit: { type: 'string' },
      groups: { type: 'string' },
      all: { type: 'boolean' },
      accel: { type: 'string' },
      compat: { type: 'boolean' },
      verbose: { type: 'boolean', short: 'v' },
    },
  });
  const template = new RegExp(values.template ?? '');
  if (values.file === '80286') {
    const all = readCases286(join(SHARED, '80286-real-mode.jsonl.gz'));
    const wanted = all.filter((c) => template.test(c.form) && (values.case === undefined || c.label === values.case));
    const result = replay286(wanted.slice(0, Number(values.limit ?? Infinity)));
    console.log(report286(result, Number(values.groups ?? 40), values.verbose ?? false));
    if (result.failures.length > 0) process.exitCode = 1;
    return;
  }
  for (const source of sources(values.file)) {
    const features = values.all ? knownFeatures() : [];
    const accelerator: Accelerator = values.accel === 'jit' || values.accel === 'checked' ? values.accel : 'interp';
    const tables = { ...source.tables, accelerator, features, long: source.tables.long || (values.compat ?? false) };
    const result = replay(
      { ...source, tables },
      {
        accept: (c) => template.test(c.form) && (values.case === undefined || c.label === values.case),
        ...(values.limit === undefined ? {} : { limit: Number(values.limit) }),
      },
    );
    console.log(report(result, Number(values.groups ?? 40)));
    if (values.verbose) for (const f of result.failures.slice(0, 20)) console.log(`\n${explain(f)}`);
    if (result.failures.length > 0) process.exitCode = 1;
  }
}

main();
