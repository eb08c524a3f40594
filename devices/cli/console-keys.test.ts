import { expect, test } from 'vitest';
import { ConsoleKeys, KEY_HELP, type ConsoleKey } from './console-keys.ts';

function type(...chunks: string[]): { guest: string; keys: ConsoleKey[] } {
  const keys: ConsoleKey[] = [];
  const filter = new ConsoleKeys((key) => keys.push(key));
  const guest = chunks.map((chunk) => String.fromCharCode(...filter.filter(new TextEncoder().encode(chunk)))).join('');
  return { guest, keys };
}

test('everything but Ctrl-A goes to the guest, Ctrl-C too', () => {
  expect(type('ls\r\x03\x1b[A')).toEqual({ guest: 'ls\r\x03\x1b[A', keys: [] });
});

test('Ctrl-A and a letter are ours, also in two pieces', () => {
  expect(type('a\x01hb', '\x01', 'x', '\x01R\x01i')).toEqual({
    guest: 'ab',
    keys: ['help', 'quit', 'reset', 'status'],
  });
});

test('Ctrl-A a and Ctrl-A Ctrl-A send Ctrl-A', () => {
  expect(type('\x01a\x01\x01b')).toEqual({ guest: '\x01\x01b', keys: [] });
});

test('an unknown key is swallowed', () => {
  expect(type('\x01qz')).toEqual({ guest: 'z', keys: [] });
});

test('help names every key', () => {
  for (const letter of ['h', 'i', 'x', 'r', 'a']) expect(KEY_HELP).toContain(`Ctrl-A ${letter} `);
});
