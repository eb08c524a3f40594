// The figures of a run as a table in Markdown, as docs/performance.md has it.

export interface Row {
  readonly name: string;
  /** Milliseconds by subject. */
  readonly times: ReadonlyMap<string, number>;
}

export interface Result {
  readonly machine: string;
  readonly scale: number;
  readonly subjects: readonly { readonly id: string; readonly title: string; readonly version: string }[];
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

export function table({ machine, scale, subjects, rows, notes }: Result): string {
  const [first, ...others] = subjects;
  const header = [
    '',
    ...subjects.map(({ title }) => title),
    ...others.map(({ title }) => `${title} / ${first?.title}`),
  ];
  const body = rows.map(({ name, times }) => {
    const base = first && times.get(first.id);
    const ratios = others.map(({ id }) => ratio(times.get(id), base));
    return [name, ...subjects.map(({ id }) => seconds(times.get(id))), ...ratios];
  });
  const lines = [header, header.map((_, index) => (index === 0 ? '---' : '---:')), ...body].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
  const work = scale === 1 ? [] : [`Kernels with 1/${scale} of their work.`];
  const versions = subjects.map(({ version }) => version);
  return [
    `${machine}; ${[...new Set(versions)].join('; ')}.`,
    ...work,
    'Times in seconds.',
    '',
    ...lines,
    '',
    ...notes,
  ].join('\n');
}

function seconds(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '-';
  return (milliseconds / 1000).toFixed(milliseconds < 10_000 ? 3 : 1);
}

function ratio(time: number | undefined, base: number | undefined): string {
  return time === undefined || base === undefined || base === 0 ? '-' : (time / base).toFixed(2);
}
