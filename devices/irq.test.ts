import { expect, test } from 'vitest';
import { Line, SharedLine } from './irq.ts';

test('a line reaches all its inputs, and only with changes', () => {
  const seen: string[] = [];
  const line = new Line(
    (level) => seen.push(`pic ${level}`),
    (level) => seen.push(`ioapic ${level}`),
  );
  line.set(true);
  line.set(true);
  line.set(false);
  expect(seen).toEqual(['pic true', 'ioapic true', 'pic false', 'ioapic false']);
});

test('a pulse is an edge that leaves the line low', () => {
  const seen: boolean[] = [];
  const line = new Line((level) => seen.push(level));
  line.pulse();
  expect(seen).toEqual([true, false]);
  expect(line.level).toBe(false);
});

test('a shared line is high while any of its sources is', () => {
  const seen: boolean[] = [];
  const shared = new SharedLine((level) => seen.push(level));
  const a = shared.source();
  const b = shared.source();
  a.set(true);
  b.set(true);
  a.set(false);
  expect(shared.level).toBe(true);
  b.set(false);
  expect(seen).toEqual([true, false]);
});
