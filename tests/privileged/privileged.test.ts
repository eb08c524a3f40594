// Every guest prints in Vitrine what is recorded of it: what Bochs and QEMU print, and where they differ what the manual says.
import { expect, test } from 'vitest';
import { runToEnd } from '../machine/test-machine.ts';
import { assembleGuest, guestNames, plainLines, recordedLines } from './guests.ts';

test.each(guestNames())('%s prints what is recorded', async (name) => {
  const { host } = await runToEnd('-bios', assembleGuest(name), ['-m', '16']);
  expect(plainLines(host.serial)).toEqual(recordedLines(name));
});
