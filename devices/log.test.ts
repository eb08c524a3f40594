import { expect, test } from 'vitest';
import { Log } from './log.ts';

test('only items that are on reach the sink', () => {
  const lines: string[] = [];
  const log = new Log((item, text) => lines.push(`${item}: ${text}`));
  log.guestError('before');
  log.enable('guest_errors');
  log.guestError('after');
  log.write('int', 'not asked for');
  log.enable('guest_errors', false);
  log.guestError('off again');
  expect(lines).toEqual(['guest_errors: after']);
});

test('what is not modelled is counted always and told once', () => {
  const lines: string[] = [];
  const log = new Log((_item, text) => lines.push(text));
  log.unimplemented('MSR 0x10');
  log.enable('unimp');
  for (const what of ['MSR 0x11', 'MSR 0x11', 'MSR 0x10']) log.unimplemented(what);
  expect(lines).toEqual(['MSR 0x11']);
  expect(log.unimplementedCounts()).toEqual([
    { what: 'MSR 0x10', count: 2 },
    { what: 'MSR 0x11', count: 2 },
  ]);
});

test('a guest that asks for endless different things fills no memory', () => {
  const log = new Log();
  for (let i = 0; i < 5000; i += 1) log.unimplemented(`MSR ${i}`);
  expect(log.unimplementedCounts().length).toBe(2049);
  expect(log.unimplementedCounts()[0]).toEqual({ what: 'everything else', count: 5000 - 2048 });
});
