// Debian's own kernels, booted to their shell. The 64-bit and the 32-bit one run three times: typed at once and interpreted, then
// given back from the recording and compiled, then with compiled code compared with the interpreter. All runs must be the same,
// instruction for instruction.
import { expect, it } from 'vitest';
import { bootLinux, type Boot, type LinuxId } from './linux-guest.ts';

const INPUT = ['uname -m', 'echo $((6*7))', 'poweroff'];

function expectShell({ exit, output }: Boot, machine: string): void {
  expect(exit).toMatchObject({ kind: 'poweroff', code: 0 });
  expect(output).toContain(`\r\n${machine}\r\n`);
  expect(output).toMatch(/\r\n42\r\n/u);
}

it.each([
  ['linux-amd64', 'x86_64'],
  ['linux-i386', 'i686'],
] as readonly (readonly [LinuxId, string])[])(
  '%s boots to a shell, counts, powers off, and does all of it again compiled, and checked',
  async (id, machine) => {
    const first = await bootLinux({ id, input: INPUT, flags: ['-accel', 'interp'] });
    expect(first.compiled).toBe(0);
    expectShell(first, machine);
    const typed = first.events.filter((event) => event.kind === 'stream');
    expect(typed).toHaveLength(INPUT.length);
    for (const accel of ['jit', 'jit,check=20']) {
      const again = await bootLinux({ id, input: { recorded: typed }, flags: ['-accel', accel] });
      expect(again.compiled).toBeGreaterThan(again.instructions / 10);
      expect(again.checked).toBeGreaterThanOrEqual(accel === 'jit' ? 0 : again.compiled / 100);
      expect(again.instructions).toBe(first.instructions);
      expect(again.output).toBe(first.output);
      expect(again.events).toEqual(first.events);
      expect(again.hash).toBe(first.hash);
    }
  },
);

it('linux-pae boots to a shell with physical addresses of more than 32 bits', async () => {
  const input = ['uname -m', 'echo $((6*7))', 'uname -r', 'poweroff'];
  const boot = await bootLinux({ id: 'linux-pae', input });
  expectShell(boot, 'i686');
  expect(boot.output).toMatch(/\r\n6\.\S+-686-pae\r\n/u);
  expect(boot.output).toContain('NX (Execute Disable) protection: active');
});
