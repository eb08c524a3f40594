/** One case whole, for a person: both states, memory, and what the core did instead. */
import { registerNames, registerValues } from '../../recorder/case-file.ts';
import { FX } from '../../recorder/fpu-state.ts';
import type { Failure } from './harness.ts';
import type { ReplayCase } from './replay-case.ts';

/** Everything about one case, for -v. */
export function explain(f: Failure | ReplayCase): string {
  const c = 'case' in f ? f.case : f;
  const hex = (v: number | bigint): string => v.toString(16).padStart(8, '0');
  const names = registerNames(c.bits);
  const registers = (s: ReplayCase['before']): string =>
    registerValues(s, c.bits)
      .map((v, n) => `${n % 8 === 0 ? '\n  ' : ' '}${names[n]} ${hex(v)}`)
      .join('')
      .slice(1);
  const memory = (list: ReplayCase['memory']): string =>
    list.map((p) => `  [${hex(p.address)}] ${Buffer.from(p.bytes).toString('hex')}`).join('\n');
  const lines = [
    `${c.label} ${c.form} [${Buffer.from(c.bytes).toString('hex')}] ${c.bits}-bit`,
    'before:',
    registers(c.before),
  ];
  lines.push(`  fpu ${fpuText(c.before.xsave)}`, 'memory:', memory(c.memory), 'silicon:', registers(c.after));
  lines.push(
    `  fpu ${fpuText(c.after.xsave)}`,
    `  vector ${c.vector} error ${c.errorCode.toString(16)} cr2 ${hex(c.cr2)}`,
    memory(c.written),
  );
  if ('case' in f) {
    lines.push('core:', registers(f.outcome.state), `  fpu ${fpuText(f.outcome.state.xsave)}`);
    lines.push(
      `  vector ${f.outcome.vector} error ${f.outcome.errorCode.toString(16)} cr2 ${hex(f.outcome.cr2)} (${f.outcome.exit})`,
    );
    for (const m of f.mismatches) lines.push(`  DIFFERS ${m.field}: expected ${m.expected}, got ${m.got}`);
  }
  return lines.join('\n');
}

function fpuText(image: Uint8Array): string {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const word = (at: number): string => view.getUint16(at, true).toString(16).padStart(4, '0');
  const st = Array.from(
    { length: 8 },
    (_, i) =>
      `${word(32 + i * 16 + 8)}.${view
        .getBigUint64(32 + i * 16, true)
        .toString(16)
        .padStart(16, '0')}`,
  );
  const wide = Array.from({ length: 16 }, (_, i) => {
    const halves = [FX.YMM, FX.XMM].map((at) =>
      Buffer.from(
        image
          .subarray(at + i * 16, at + i * 16 + 16)
          .slice()
          .reverse(),
      ),
    );
    return halves.every((h) => h.every((b) => b === 0))
      ? ''
      : `\n  ymm${i} ${halves.map((h) => h.toString('hex')).join(' ')}`;
  });
  const control = `fcw ${word(0)} fsw ${word(2)} ftw ${word(4).slice(2)} mxcsr ${word(24)}`;
  return `${control} st ${st.join(' ')}${wide.join('')}`;
}
