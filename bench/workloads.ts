// The guest workloads: an initramfs beside the guest's own, whose first process runs them one after another between two lines each.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeCpio, type Entry } from '../guests/cpio.ts';
import { ROOT } from '../scripts/set-up.mjs';
import { buildWorkloads, type Architecture } from './build-workloads.ts';
import { COMPILER, takeCompiler } from './compiler.ts';
import { makeProgram, makeText } from './texts.ts';

export interface Workload {
  readonly name: string;
  /** How often, so that QEMU TCG takes about a second. */
  readonly count: number;
  /** A shell command for that many times; what it prints must be the same on every machine. */
  readonly command: (count: number) => string;
}

const repeat = (count: number, command: string): string =>
  `i=0; while [ $i -lt ${count} ]; do ${command}; i=$((i+1)); done`;
const ours = (name: string, count: number): Workload => ({
  name,
  count,
  command: (times) => `/bench/workloads ${name} ${times}`,
});

/** gzip, bzip2 and sort take a text of a megabyte, awk too; busybox's xz can only unpack. */
const BUSYBOX: readonly Workload[] = [
  { name: 'sha256', count: 30, command: (count) => repeat(count, 'sha256sum /bench/text') },
  { name: 'gzip', count: 3, command: (count) => repeat(count, 'gzip -c /bench/text | wc -c') },
  { name: 'bzip2', count: 1, command: (count) => repeat(count, 'bzip2 -c /bench/text | md5sum') },
  { name: 'xz', count: 5, command: (count) => repeat(count, 'xz -dc /bench/text.xz | wc -c') },
  {
    name: 'awk',
    count: 1,
    command: (count) =>
      repeat(
        count,
        "awk '{ for (i = 1; i <= NF; i++) n[$i] += length($i) } END { for (w in n) s += n[w]; print s }' /bench/text",
      ),
  },
  {
    name: 'shell loop',
    count: 60_000,
    command: (count) => `i=0; s=0; while [ $i -lt ${count} ]; do s=$(((s*3+i)%10007)); i=$((i+1)); done; echo $s`,
  },
  { name: 'sort', count: 2, command: (count) => repeat(count, 'sort /bench/text | md5sum') },
  {
    name: 'printf',
    count: 60_000,
    command: (count) =>
      `awk 'BEGIN { for (i = 0; i < ${count}; i++) n += length(sprintf("%d %x %s %.3f", i, i * 7, "text", i / 3)); print n }'`,
  },
];

const OURS: readonly Workload[] = [
  ours('integer-mix', 30_000),
  ours('sieve', 600),
  ours('calls', 5000),
  ours('multiply64', 100_000),
  ours('indirect', 40_000),
  ours('chase', 20_000),
  ours('nbody-x87', 1500),
  ours('nbody-sse2', 2000),
  ours('memcpy', 10_000),
  ours('syscalls', 1000),
  ours('page-faults', 150),
  ours('fork-exec', 600),
];

/** A C compiler from Debian on a program of half a megabyte. */
const COMPILE: Workload = {
  name: 'compile',
  count: 3,
  command: (count) => repeat(count, `${COMPILER} -c /bench/program.c -o /tmp/program.o && md5sum /tmp/program.o`),
};

export const WORKLOADS: readonly Workload[] = [...BUSYBOX, COMPILE, ...OURS];

export const INIT = '/bench/init';

/** The line that ends all, or a round. */
export const END = 'bench: end';

function script(workloads: readonly Workload[], scale: number, isEndless: boolean): string {
  const steps = workloads.map(
    ({ name, count, command }) =>
      `echo "bench: begin ${name}"\n${command(Math.max(1, Math.round(count / scale)))}\necho "bench: done ${name}"`,
  );
  return [
    '#!/bin/sh',
    'export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C',
    '/bin/busybox mount -t devtmpfs devtmpfs /dev 2>/dev/null',
    '/bin/busybox --install -s',
    'dmesg -n 1',
    ...(isEndless ? ['while :; do'] : []),
    ...steps,
    `echo "${END}"`,
    ...(isEndless ? ['done'] : []),
    'while :; do sleep 1000; done',
    '',
  ].join('\n');
}

/** Writes the initramfs: the guest's own, then ours, which the kernel unpacks over it. Answers its path. `isEndless`: rounds without end. */
export function makeInitrd(
  architecture: Architecture,
  guestInitrd: string,
  wanted: readonly Workload[],
  scale: number,
  notes: string[],
  isEndless = false,
): string {
  const text = makeText();
  const packed = spawnSync('xz', ['-9c'], { input: text, maxBuffer: 1 << 24 });
  const hasXz = !packed.error && packed.status === 0;
  if (!hasXz) notes.push('xz: this system has no xz to pack the text with.');
  const compiler = wanted.includes(COMPILE) ? takeCompiler(architecture, notes) : [];
  const workloads = wanted.filter((each) => (hasXz || each.name !== 'xz') && (compiler.length > 0 || each !== COMPILE));
  const entries: Entry[] = [
    { path: 'bench', kind: 'directory' },
    { path: 'bench/init', kind: 'file', data: script(workloads, scale, isEndless) },
    { path: 'bench/workloads', kind: 'file', data: new Uint8Array(readFileSync(buildWorkloads(architecture))) },
    { path: 'bench/text', kind: 'file', data: text },
    ...(compiler.length > 0
      ? [...compiler, { path: 'bench/program.c', kind: 'file' as const, data: makeProgram() }]
      : []),
    ...(hasXz ? [{ path: 'bench/text.xz', kind: 'file' as const, data: new Uint8Array(packed.stdout) }] : []),
  ];
  const path = join(ROOT, 'build/bench', architecture, isEndless ? 'soak.img' : 'initrd.img');
  writeFileSync(path, Buffer.concat([readFileSync(guestInitrd), gzipSync(writeCpio(entries), { level: 1 })]));
  return path;
}
