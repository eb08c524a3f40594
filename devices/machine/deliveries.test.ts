import { expect, test } from 'vitest';
import * as S from '../../assembly/shared/state.ts';
import { deliveryLine, readDeliveries, shutdownWords, type Delivery } from './deliveries.ts';

const at = (vector: number, error = 0, cr2 = 0): Delivery => ({ vector, error, cs: 8, rip: 0x100123, cr2 });
const CHAIN = [at(6), at(14, 2, 0xdead0000), at(13, 0x72), at(8), at(11, 0x42)];

test('a triple fault is told from its first exception on', () => {
  expect(shutdownWords(CHAIN, { base: 0x2000, limit: 0x7ff, isProtected: true })).toBe(
    'Triple fault: #PF (error 0x2, CR2 0xdead0000) at 0008:00100123; delivering it raised #GP (error 0x72), which makes a ' +
      'double fault; delivering that raised #NP (error 0x42).',
  );
});

test('an IDT that ends too early is named', () => {
  expect(shutdownWords(CHAIN, { base: 0, limit: 0, isProtected: true })).toContain(
    'The IDT at 0x0 has a limit of 0x0: too small for vector 14.',
  );
  expect(shutdownWords(CHAIN, { base: 0, limit: 0x37, isProtected: false })).toContain('for vector 14');
  expect(shutdownWords(CHAIN, { base: 0, limit: 0x3ff, isProtected: false })).not.toContain('IDT');
});

test('without a full chain nothing is made up', () => {
  expect(shutdownWords([at(13)], { base: 0, limit: 0, isProtected: true })).toBe(
    'Triple fault: the double fault could not be delivered.',
  );
});

test('the ring is read oldest first, before and after it wraps', () => {
  const block = new DataView(new ArrayBuffer(S.STATE_SIZE));
  const write = (count: number): void => {
    const slot = S.STATE_DELIVERIES + (count % S.DELIVERIES) * S.DELIVERY_SIZE;
    block.setUint32(slot + S.DELIVERY_VECTOR, count, true);
    block.setBigUint64(slot + S.DELIVERY_RIP, BigInt(count) * 16n, true);
    block.setUint32(S.STATE_DELIVERY_COUNT, count + 1, true);
  };
  expect(readDeliveries(block)).toEqual([]);
  for (let count = 0; count < 3; count += 1) write(count);
  expect(readDeliveries(block).map(({ vector }) => vector)).toEqual([0, 1, 2]);
  for (let count = 3; count < 11; count += 1) write(count);
  expect(readDeliveries(block).map(({ vector, rip }) => [vector, rip])).toEqual(
    [3, 4, 5, 6, 7, 8, 9, 10].map((n) => [n, n * 16]),
  );
});

test('lines of -d int', () => {
  expect(deliveryLine(0x80 | (S.KIND_SOFTWARE << 8), undefined, '73:b7f0')).toBe('INT vector 0x80 at 73:b7f0');
  expect(deliveryLine(0x30 | (S.KIND_EXTERNAL << 8), at(14), '60:c000')).toBe('interrupt vector 0x30 at 60:c000');
  expect(deliveryLine(14 | (S.KIND_FAULT << 8), at(14, 7, 0x1000), '73:8048')).toBe(
    'fault #PF (error 0x7, CR2 0x1000) at 73:8048',
  );
});
