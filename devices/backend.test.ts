import { expect, test } from 'vitest';
import { CharQueue, MemoryCharBackend } from './backend.ts';

test('input waits for the receiver and keeps its order', () => {
  const queue = new CharQueue();
  queue.push([1, 2, 3]);
  const got: number[] = [];
  let room = 2;
  queue.connect({
    canReceive: () => room,
    receive: (byte) => {
      room -= 1;
      got.push(byte);
      queue.acceptInput(); // a chip that asks for more while it takes one
    },
  });
  expect(got).toEqual([1, 2]);
  expect(queue.pending).toBe(1);
  room = 5;
  queue.push([0x104]);
  expect(got).toEqual([1, 2, 3, 4]);
  expect(queue.pending).toBe(0);
});

test('the memory backend keeps what was written', () => {
  const backend = new MemoryCharBackend();
  for (const byte of [0x6f, 0x6b]) backend.write(byte);
  expect(backend.text).toBe('ok');
});
