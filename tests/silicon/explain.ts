/** One case whole, for a person: both states, memory, and what the core did instead. */
import type { Failure } from './harness.ts';
import type { ReplayCase } from './replay-case.ts';

/** Everything about one case, for -v. */
export function explain(f: Failure | ReplayCase): string {
  const c = 'case' in f ? f.case : f;
  const hex = (v: number): string => v.toString(16).padStart(8, '0');
  const registers = (s: ReplayCase['before']): string =>
    `  eax ${hex(s.general[0] as number)} ecx ${hex(s.general[1] as number)} edx ${hex(s.general[2] as number)} ebx ${hex(s.general[3] as number)}` +
    ` esp ${hex(s.general[4] as number)} ebp ${hex(s.general[5] as number)} esi ${hex(s.general[6] as number)} edi ${hex(s.general[7] as number)}\n` +
    `  eip ${hex(s.ip)} eflags ${hex(s.flags)} es cs ss ds fs gs ${Array.from(s.segments, (v) => v.toString(16)).join(' ')}`;
  const memory = (list: ReplayCase['memory']): string =>
    list.map((p) => `  [${hex(p.address)}] ${Buffer.from(p.bytes).toString('hex')}`).join('\n');
  const lines = [
    `${c.label} ${c.form} [${Buffer.from(c.bytes).toString('hex')}] ${c.bits}-bit`,
    'before:',
    registers(c.before),
  ];
  lines.push(`  fpu ${fpuText(c.before.fxsave)}`, 'memory:', memory(c.memory), 'silicon:', registers(c.after));
  lines.push(
    `  fpu ${fpuText(c.after.fxsave)}`,
    `  vector ${c.vector} error ${c.errorCode.toString(16)} cr2 ${hex(c.cr2)}`,
    memory(c.written),
  );
  if ('case' in f) {
    lines.push('core:', registers(f.outcome.state), `  fpu ${fpuText(f.outcome.state.fxsave)}`);
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
  return `fcw ${word(0)} fsw ${word(2)} ftw ${word(4).slice(2)} mxcsr ${word(24)} st ${st.join(' ')}`;
}
