// The command as a process: exit statuses, sentences, pipes, files, signals.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ECHO, kernel } from './test-machine.ts';

const CLI = fileURLToPath(new URL('../../dist-cli/vitrine.mjs', import.meta.url));

const EXIT_DEVICE = ['-device', 'isa-debug-exit,iobase=0xf4'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vitrine-'));
  writeFileSync(join(folder, 'echo'), kernel(ECHO));
  writeFileSync(join(folder, 'poweroff'), kernel('mov dx, 0x604\nmov ax, 0x2000\nout dx, ax\nhlt'));
  writeFileSync(join(folder, 'fault'), kernel('lidt [table]\nud2\ntable: dw 0\ndd 0'));
  writeFileSync(join(folder, 'sleep'), kernel("mov dx, 0x3f8\nmov al, '>'\nout dx, al\nsti\nhlt"));
  writeFileSync(
    join(folder, 'ports'),
    kernel('mov dx, 0x1234\nin al, dx\nmov dx, 0x2f8\nmov al, 65\nout dx, al\nmov al, 1\nout 0xf4, al\nhlt'),
  );
  writeFileSync(join(folder, 'hot'), kernel('mov ebx, 3000000\nl: dec ebx\njnz l\nmov al, 1\nout 0xf4, al\nhlt'));
  writeFileSync(join(folder, 'empty'), '');
  writeFileSync(join(folder, 'text'), 'hello, world\n'.repeat(100));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...flags: string[]): {
  child: ChildProcessWithoutNullStreams;
  ended: Promise<Ended>;
  said: (text: string) => Promise<void>;
} {
  const child = spawn(process.execPath, [CLI, ...flags], { cwd: folder });
  let stdout = '';
  let stderr = '';
  const waiting: (() => void)[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('latin1');
    for (const look of waiting) look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const said = (text: string): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (stdout.includes(text)) resolve();
      };
      waiting.push(look);
      look();
    });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended, said };
}

async function run(...flags: string[]): Promise<Ended> {
  const { child, ended } = start(...flags);
  child.stdin.end();
  return ended;
}

describe('exit status', () => {
  it.each<[number, string, string[]]>([
    [0, '', ['-kernel', 'poweroff']],
    [1, 'vitrine: Triple fault: #GP', ['-kernel', 'fault', '-no-reboot']],
    [2, 'vitrine: nothing is not there: check the name.', ['-kernel', 'nothing']],
    [2, 'vitrine: empty is empty: fetch or build the kernel again.', ['-kernel', 'empty']],
    [2, 'vitrine: text (1.3 KB) is no kernel that can be recognised', ['-kernel', 'text']],
    [2, 'vitrine: text has 1300 bytes, but a ROM is a multiple of 64 KB', ['-bios', 'text']],
    [2, 'vitrine: . is a directory: give a file.', ['-kernel', '.']],
    [2, 'vitrine: There is no flag -kernal: did you mean -kernel?', ['-kernal', 'x']],
    [2, 'vitrine: nowhere/log is not there: check the name.', ['-kernel', 'poweroff', '-D', 'nowhere/log']],
  ])('is %i with "%s"', async (code, stderr, flags) => {
    const ended = await run(...flags);
    expect(ended.stderr.slice(0, stderr.length)).toBe(stderr);
    expect(ended.stderr.split('\n').length).toBeLessThanOrEqual(2);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(code);
  });

  it('is 2 where there is no memory for the guest', async () => {
    // The shell's limit on address space, in KB: Node starts, but 3 GB more do not fit.
    const command = `ulimit -v 8000000; exec "$0" "$@"`;
    const args = ['-c', command, process.execPath, CLI, '-m', '3G', '-kernel', 'poweroff'];
    const ended = spawnSync('sh', args, { cwd: folder, encoding: 'utf8' });
    expect(ended).toMatchObject({
      status: 2,
      stdout: '',
      stderr: 'vitrine: The host could not give 3072 MB of memory: give a smaller -m.\n',
    });
  });

  it('of the guest: (value << 1) | 1', async () => {
    expect(await run('-kernel', 'ports', ...EXIT_DEVICE)).toEqual({ code: 3, stdout: '', stderr: '' });
  });
});

describe('standard input and output', () => {
  it('are the serial port; a pipe may be longer than the guest can take at once', async () => {
    const { child, ended } = start('-kernel', 'echo', ...EXIT_DEVICE);
    const text = 'abcdefghi\n'.repeat(20_000);
    child.stdin.end(`${text}.`);
    expect(await ended).toEqual({ code: 3, stdout: `>${text}.`, stderr: '' });
  });

  it('Ctrl-A in a pipe is a byte like others', async () => {
    const { child, ended } = start('-kernel', 'echo', ...EXIT_DEVICE);
    child.stdin.end('a\x01xb.');
    expect((await ended).stdout).toBe('>a\x01xb.');
  });

  it('the end of input is not the end of the guest, SIGTERM is', async () => {
    const { child, ended, said } = start('-kernel', 'sleep');
    child.stdin.end();
    await said('>');
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 143, stdout: '>', stderr: '' });
  });

  it('without a reader the machine ends', async () => {
    const { child, ended, said } = start('-kernel', 'echo');
    await said('>');
    child.stdout.destroy();
    child.stdin.write('a'.repeat(100_000));
    expect((await ended).code).toBe(1);
  });
});

describe('files', () => {
  it('take serial ports and the log', async () => {
    const ended = await run(
      '-kernel',
      'ports',
      ...EXIT_DEVICE,
      '-serial',
      'null',
      '-serial',
      'file:com2',
      '-d',
      'unimp',
      '-D',
      'log',
    );
    expect(ended).toEqual({ code: 3, stdout: '', stderr: '' });
    expect(readFileSync(join(folder, 'com2'), 'latin1')).toBe('A');
    expect(readFileSync(join(folder, 'log'), 'utf8')).toContain('port 0x1234 (port): 1 reads, 0 writes');
  });

  it('-d blocks writes what hot code was compiled to', async () => {
    await run('-kernel', 'hot', ...EXIT_DEVICE, '-d', 'blocks', '-D', 'log');
    const log = readFileSync(join(folder, 'log'), 'utf8');
    expect(log).toMatch(/^blocks: region at 0020[0-9a-f]{4}, 32-bit/);
    expect(log).toMatch(/  4b +DEC EBX\n.*DEC Zv.*\n(?: +.*\n){0,19} +local\.set \$ebx\n/);
  });

  it('the log goes to standard error without -D', async () => {
    expect((await run('-kernel', 'ports', ...EXIT_DEVICE, '-d', 'unimp')).stderr).toContain(
      'unimp: 2 things were missing',
    );
  });
});

it('-help and -version and "-d help" answer and end', async () => {
  expect((await run('-help')).stdout).toContain('usage: vitrine FLAGS');
  expect((await run('-version')).stdout).toMatch(/^vitrine \d+\.\d+\.\d+\n$/u);
  expect((await run('-d', 'help')).stdout).toContain('unimp');
});
