import { expect, test } from 'vitest';
import { HostError } from './device.ts';
import { copyFields, StateReader } from './snapshot.ts';

test('fields are filled by the type they have', () => {
  const fields = { count: 1, isOn: false, ram: new Uint8Array(2), list: [] as readonly number[] };
  new StateReader('chip', 1, { version: 1, count: 7, isOn: true, ram: Uint8Array.of(3, 4), list: [5] }).fill(fields);
  expect(fields).toEqual({ count: 7, isOn: true, ram: Uint8Array.of(3, 4), list: [5] });
});

test.each([
  ['count', { version: 1 }],
  ['count', { version: 1, count: 'x' }],
  ['count', { version: 1, count: Number.NaN }],
])('a damaged state is refused by the name of the key', (key, state) => {
  const read = (): number => new StateReader('chip', 1, state).number(key);
  expect(read).toThrow(HostError);
  expect(read).toThrow('The snapshot of chip is damaged: "count" should be a number.');
});

test('bytes of the wrong length and parts of the wrong kind are refused', () => {
  const reader = new StateReader('chip', 1, { version: 1, ram: new Uint8Array(3), parts: [1, 2] });
  expect(() => reader.bytes('ram', 4)).toThrow('should be 4 bytes');
  expect(() => reader.parts('parts', 2)).toThrow('"parts[0]" should be an object');
  expect(() => reader.parts('parts', 3)).toThrow('should be 3 parts');
});

test('copied fields do not change with the chip', () => {
  const fields = { ram: Uint8Array.of(1) };
  const copy = copyFields(fields);
  fields.ram[0] = 2;
  expect(copy).toEqual({ ram: Uint8Array.of(1) });
});
