import { describe, expect, it } from 'vitest';
import { writeCpio } from './cpio.ts';

/** An independent reading of the format: name, mode and data of each member. */
function readCpio(bytes: Uint8Array): { name: string; mode: number; rdev: [number, number]; data: string }[] {
  const text = Buffer.from(bytes).toString('latin1');
  const members = [];
  for (let at = 0; ;) {
    expect(text.slice(at, at + 6)).toBe('070701');
    const field = (index: number) => parseInt(text.slice(at + 6 + index * 8, at + 14 + index * 8), 16);
    const name = text.slice(at + 110, at + 110 + field(11) - 1);
    expect(text[at + 110 + field(11) - 1]).toBe('\0');
    const start = (at + 110 + field(11) + 3) & ~3;
    if (name === 'TRAILER!!!') return members;
    members.push({
      name,
      mode: field(1),
      rdev: [field(9), field(10)] as [number, number],
      data: text.slice(start, start + field(6)),
    });
    at = (start + field(6) + 3) & ~3;
  }
}

describe('newc archives', () => {
  it('holds directories, files, links and devices', () => {
    const members = readCpio(
      writeCpio([
        { path: 'dev', kind: 'directory' },
        { path: 'dev/console', kind: 'device', mode: 0o600, device: [5, 1] },
        { path: 'init', kind: 'file', data: '#!/bin/sh\n' },
        { path: 'sh', kind: 'link', mode: 0o777, data: 'bin/busybox' },
        { path: 'odd', kind: 'file', mode: 0o644, data: new Uint8Array([65, 66, 67]) },
      ]),
    );
    expect(members).toEqual([
      { name: 'dev', mode: 0o040755, rdev: [0, 0], data: '' },
      { name: 'dev/console', mode: 0o020600, rdev: [5, 1], data: '' },
      { name: 'init', mode: 0o100755, rdev: [0, 0], data: '#!/bin/sh\n' },
      { name: 'sh', mode: 0o120777, rdev: [0, 0], data: 'bin/busybox' },
      { name: 'odd', mode: 0o100644, rdev: [0, 0], data: 'ABC' },
    ]);
  });

  it('is the same for the same input and a multiple of four bytes', () => {
    const entries = [{ path: 'a', kind: 'file' as const, data: 'abcde' }];
    expect(writeCpio(entries)).toEqual(writeCpio(entries));
    expect(writeCpio(entries).length % 4).toBe(0);
  });
});
