// Reads a command line by the flag table, and writes the table as help text and as docs/cli.md.
import { HostError } from '../device.ts';
import { nearest } from './nearest.ts';
import { checkTogether, defaultOptions, FLAG_GROUPS, FLAGS, type Flag, type MachineOptions } from './options.ts';

const byName = new Map<string, Flag>(
  FLAGS.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])].map((name) => [name, flag])),
);

/** Flags are written with one dash; two are taken as well, as QEMU does. */
export function parseArguments(argv: readonly string[]): MachineOptions {
  const options = defaultOptions();
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    const flag = findFlag(word);
    if (flag.syntax === null) {
      flag.set(options);
      continue;
    }
    index += 1;
    const text = argv[index];
    if (text === undefined) throw new HostError(`${word} needs a value: ${word} ${flag.syntax}.`);
    const complaint = flag.set(options, text);
    if (complaint !== null) throw new HostError(`${text === '' ? word : `${word} ${text}`} ${complaint}.`);
  }
  const complaint = checkTogether(options);
  if (complaint !== null) throw new HostError(complaint);
  return options;
}

function findFlag(word: string): Flag {
  if (!word.startsWith('-') || word === '-')
    throw new HostError(
      `"${word}" stands where a flag should: write -kernel ${word || 'FILE'} if it is a kernel, or see -help.`,
    );
  const name = word.replace(/^--?/u, '');
  const flag = byName.get(name);
  if (flag !== undefined) return flag;
  const near = nearest(name, [...byName.keys()]);
  throw new HostError(
    near === null
      ? `There is no flag ${word}: -help lists all flags.`
      : `There is no flag ${word}: did you mean -${near}?`,
  );
}

/** Splits one line into words as a POSIX shell does: blanks separate, quotes and backslashes keep together. */
export function splitArguments(line: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/gu)) {
    words.push(match[0].replaceAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gu, unquote));
  }
  return words;
}

function unquote(
  _: string,
  double: string | undefined,
  single: string | undefined,
  escaped: string | undefined,
): string {
  return double?.replaceAll(/\\(["\\])/gu, '$1') ?? single ?? escaped ?? '';
}

const LINE_WIDTH = 100;
const INDENT = 26;

export function helpText(): string {
  const lines = ['usage: vitrine FLAGS', ''];
  for (const group of FLAG_GROUPS) {
    lines.push(`${group}:`);
    for (const flag of FLAGS) if (flag.group === group) lines.push(...helpLines(flag));
    lines.push('');
  }
  lines.push('On a terminal: Ctrl-A x quits, Ctrl-A h lists the other keys.');
  lines.push('Example: vitrine -m 128 -kernel vmlinuz -initrd initrd.img -append "console=ttyS0"');
  return `${lines.join('\n')}\n`;
}

function helpLines(flag: Flag): string[] {
  const head = `  ${spelling(flag)}`;
  const text = wrap(describe(flag), LINE_WIDTH - INDENT);
  const lines = head.length < INDENT - 1 ? [head.padEnd(INDENT) + (text.shift() ?? '')] : [head];
  return [...lines, ...text.map((line) => ' '.repeat(INDENT) + line)];
}

function spelling(flag: Flag): string {
  const names = [flag.name, ...(flag.aliases ?? [])].map((name) => `-${name}`).join(', ');
  return flag.syntax === null ? names : `${names} ${flag.syntax}`;
}

function describe(flag: Flag): string {
  return flag.byDefault === undefined ? flag.help : `${flag.help} (default: ${flag.byDefault})`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** docs/cli.md. */
export function helpMarkdown(): string {
  const lines = [
    '# The command line',
    '',
    '<!-- Generated from devices/machine/options.ts; `npx vitest run devices/machine/command-line.test.ts -u` writes it anew. -->',
    '',
    'Flags are spelt as QEMU spells them; `--flag` is taken for `-flag`.',
    '',
    '    vitrine -m 128 -kernel vmlinuz -initrd initrd.img -append "console=ttyS0"',
    '',
    'Exit status: 0 when the guest powers off, `(value << 1) | 1` from isa-debug-exit, 1 after a triple fault with `-no-reboot`,',
    '2 when a flag or an image is wrong (one sentence says what to do).',
    '',
    'On a terminal `Ctrl-A x` quits, `Ctrl-A h` lists the other keys. With pipes, the end of standard input does not end the guest.',
    '',
  ];
  for (const group of FLAG_GROUPS) {
    lines.push(`## ${group}`, '', '| Flag | Meaning | Default | Examples |', '| --- | --- | --- | --- |');
    for (const flag of FLAGS) if (flag.group === group) lines.push(markdownRow(flag));
    lines.push('');
  }
  return lines.join('\n');
}

function markdownRow(flag: Flag): string {
  const examples = (flag.examples ?? []).map((example) => `\`${example}\``).join('<br>');
  const cells = [
    `\`${spelling(flag)}\``,
    flag.help + (flag.isRepeatable === true ? '; may be given several times' : ''),
    flag.byDefault ?? '',
    examples,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
