// Debian's own kernel, booted to its shell twice: typed at once, then given back from the recording. Both runs must be the
// same, instruction for instruction.
import { expect, it } from 'vitest';
import { bootLinux } from './linux-guest.ts';

it('boots to a shell, counts, powers off, and does all of it again', async () => {
  const first = await bootLinux({ id: 'linux-i386', input: ['echo $((6*7))', 'poweroff'] });
  expect(first.exit).toMatchObject({ kind: 'poweroff', code: 0 });
  expect(first.output).toMatch(/\r\n42\r\n/u);
  const typed = first.events.filter((event) => event.kind === 'stream');
  expect(typed).toHaveLength(2);
  const second = await bootLinux({ id: 'linux-i386', input: { recorded: typed } });
  expect(second.instructions).toBe(first.instructions);
  expect(second.output).toBe(first.output);
  expect(second.events).toEqual(first.events);
  expect(second.hash).toBe(first.hash);
});
