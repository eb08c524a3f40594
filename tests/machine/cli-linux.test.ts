// 64-bit Linux on the command line, with as much memory as there can be: typed at through a pipe, it powers itself off.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { linuxArguments } from './linux-guest.ts';

const CLI = fileURLToPath(new URL('../../dist-cli/vitrine.mjs', import.meta.url));

it('boots with 3 GB below a PCI hole of 1 GB, answers at its prompt and powers off', async () => {
  const { args, prompt } = linuxArguments('linux-amd64');
  const child = spawn(process.execPath, [CLI, ...args, '-m', '3G', '-nographic']);
  const lines = ['uname -m', 'head -1 /proc/meminfo', 'dmesg | grep -e BIOS-e820 -e "root bus resource"', 'poweroff'];
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
    // The shell asks the terminal for its place behind the prompt.
    if (output.endsWith(prompt) || output.endsWith(`${prompt}\x1b[6n`)) child.stdin.write(`${lines.shift() ?? ''}\r`);
  });
  const code = await new Promise((resolve) => {
    child.on('close', resolve);
  });
  expect(code).toBe(0);
  expect(output).toContain('\r\nx86_64\r\n');
  const kilobytes = Number(/MemTotal: +(\d+) kB/u.exec(output)?.[1]);
  expect(kilobytes).toBeGreaterThan(2.8 * 1024 * 1024);
  expect(kilobytes).toBeLessThan(3 * 1024 * 1024);
  expect(output).toContain('[mem 0x0000000000100000-0x00000000bfffffff] usable');
  expect(output).toContain('root bus resource [mem 0xc0000000-0xfebfffff window]');
  expect(output).toContain('root bus resource [mem 0x100000000-');
});
