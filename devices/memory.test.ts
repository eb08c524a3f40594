import { beforeEach, describe, expect, test } from 'vitest';
import { GuestMemory } from './memory.ts';

let bytes: Uint8Array;
let memory: GuestMemory;
let writes: [number, number][];

beforeEach(() => {
  bytes = new Uint8Array(32).subarray(8, 24);
  writes = [];
  memory = new GuestMemory(bytes, (address, length) => writes.push([address, length]));
});

test('values are little-endian, aligned or not', () => {
  memory.write32(1, 0x12345678);
  expect([...bytes.subarray(0, 6)]).toEqual([0, 0x78, 0x56, 0x34, 0x12, 0]);
  expect([memory.read8(1), memory.read16(2), memory.read32(1)]).toEqual([0x78, 0x3456, 0x12345678]);
  memory.write16(8, 0xfffff);
  memory.write8(10, 0x1fe);
  expect(memory.read32(8)).toBe(0x00feffff);
});

describe('outside of RAM', () => {
  test('reads are ones, writes go nowhere, and nothing throws', () => {
    for (const address of [-4, 16, 2 ** 32, 2 ** 52, 1.5]) {
      memory.write32(address, 0);
      memory.write16(address, 0);
      memory.write8(address, 0);
      expect([memory.read8(address), memory.read16(address), memory.read32(address)]).toEqual([
        0xff, 0xffff, 0xffffffff,
      ]);
    }
    expect(writes).toEqual([]);
  });

  test('an access over the end reaches the part that is there', () => {
    memory.write32(14, 0x44332211);
    expect(memory.read32(14)).toBe(0xffff2211);
    memory.writeBytes(-1, Uint8Array.of(1, 2, 3));
    expect([...memory.readBytes(-1, 4)]).toEqual([0xff, 2, 3, 0]);
    memory.fill(15, 4, 7);
    expect([...memory.readBytes(14, 3)]).toEqual([0x11, 7, 0xff]);
  });
});

test('every write is told, with what was really written', () => {
  memory.write8(1, 1);
  memory.write32(4, 1);
  memory.writeBytes(14, new Uint8Array(8));
  memory.fill(0, 4, 1);
  expect(writes).toEqual([
    [1, 1],
    [4, 4],
    [14, 2],
    [0, 4],
  ]);
});

test('a new window replaces the old one', () => {
  memory.attach(Uint8Array.of(9, 8, 7, 6));
  expect([memory.size, memory.read32(0)]).toEqual([4, 0x06070809]);
});
