// Every guest prints in Vitrine what is recorded of it: what Bochs and QEMU print, and where they differ what the manual says.
import { expect, test } from 'vitest';
import { runToEnd, TestHost } from '../machine/test-machine.ts';
import { assembleGuest, guestNames, plainLines, recordedLines } from './guests.ts';

/** A slice of 250,000 instructions takes as long, 2 ns each: loops that wait for a timer are counted. */
const LOOK_NS = 500_000;

test.each(guestNames())('%s prints what is recorded', async (name) => {
  const host = new TestHost();
  host.lookNs = LOOK_NS;
  await runToEnd('-bios', assembleGuest(name), ['-m', '16'], host);
  expect(plainLines(host.serial)).toEqual(recordedLines(name));
});
