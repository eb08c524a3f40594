// The figures of a run as tables in Markdown, as docs/performance.md has them.
import type { Time } from './measure.ts';

export interface Row {
  readonly name: string;
  /** By subject. */
  readonly times: ReadonlyMap<string, Time>;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
  /** Whether geometric means of the rows say something. */
  readonly hasMeans: boolean;
}

export interface Result {
  readonly machine: string;
  readonly subjects: readonly { readonly id: string; readonly title: string; readonly version: string }[];
  readonly sections: readonly Section[];
  readonly notes: readonly string[];
}

type Kind = keyof Time;
type Subjects = Result['subjects'];

/** Where TCG is weak: the second mean leaves them out. */
const LEFT_OUT: readonly string[] = ['memcpy', 'chase'];

/** How many times as long as each subject of ours the others take that run in the same place: in a browser, or by themselves. */
function pairs(subjects: Subjects): { readonly ours: string; readonly other: string; readonly title: string }[] {
  const isOurs = ({ id }: Subjects[number]): boolean => id.startsWith('vitrine');
  const isInBrowser = ({ id }: Subjects[number]): boolean => id.endsWith('-chromium');
  return subjects
    .filter(isOurs)
    .flatMap((ours) =>
      subjects
        .filter((subject) => !isOurs(subject) && isInBrowser(subject) === isInBrowser(ours))
        .map((other) => ({ ours: ours.id, other: other.id, title: `${ours.title} / ${other.title}` })),
    );
}

export function tables({ machine, subjects, sections, notes }: Result, kind: Kind): string {
  const versions = subjects.map(({ version }) => version);
  return [
    `${machine}; ${[...new Set(versions)].join('; ')}.`,
    `Times in seconds (${kind === 'user' ? 'processor time of the whole process in user mode' : 'wall clock'}); a ratio under 1 means that Vitrine is faster.`,
    '',
    ...sections.flatMap((section) => [...table(section, subjects, kind), '']),
    ...notes,
  ].join('\n');
}

function table({ title, rows, hasMeans }: Section, all: Subjects, kind: Kind): string[] {
  const subjects = all.filter(({ id }) => rows.some(({ times }) => times.has(id)));
  const ratios = pairs(subjects);
  const header = [title, ...subjects.map((subject) => subject.title), ...ratios.map((pair) => pair.title)];
  const body = rows.map(({ name, times }) => [
    name,
    ...subjects.map(({ id }) => seconds(times.get(id)?.[kind])),
    ...ratios.map(({ ours, other }) => fixed(ratio(times, ours, other, kind))),
  ]);
  const mean = (name: string, of: readonly Row[]): string[] => [
    name,
    ...subjects.map(() => ''),
    ...ratios.map(({ ours, other }) => fixed(geometricMean(of.map(({ times }) => ratio(times, ours, other, kind))))),
  ];
  const strong = rows.filter(({ name }) => !LEFT_OUT.includes(name));
  const means = hasMeans ? [mean('geometric mean', rows), mean(`without ${LEFT_OUT.join(' and ')}`, strong)] : [];
  return [header, header.map((_, index) => (index === 0 ? '---' : '---:')), ...body, ...means].map(
    (cells) => `| ${cells.join(' | ')} |`,
  );
}

function seconds(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '-';
  return (milliseconds / 1000).toFixed(milliseconds < 10_000 ? 3 : 1);
}

function ratio(times: ReadonlyMap<string, Time>, ours: string, other: string, kind: Kind): number | undefined {
  const [time, base] = [times.get(ours)?.[kind], times.get(other)?.[kind]];
  return time === undefined || base === undefined || base === 0 || time === 0 ? undefined : time / base;
}

function fixed(value: number | undefined): string {
  return value === undefined ? '-' : value.toFixed(2);
}

export function geometricMean(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  return Math.exp(known.reduce((sum, value) => sum + Math.log(value), 0) / known.length);
}

/** The middle one of each kind; of an even number the mean of the two in the middle. */
export function medianTime(times: readonly Time[]): Time {
  const wall = median(times.map((time) => time.wall));
  const user = times.map((time) => time.user).filter((value) => value !== undefined);
  return user.length === times.length ? { wall, user: median(user) } : { wall };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? high)) / 2;
}
