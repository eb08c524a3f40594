import { beforeEach, describe, expect, test } from 'vitest';
import { Clock } from './clock.ts';

let clock: Clock;
let nowNs: number;

beforeEach(() => {
  nowNs = 0;
  clock = new Clock();
  clock.setNow(() => nowNs);
});

test('timers run at their deadline, earliest first, and are told it', () => {
  const ran: [string, number][] = [];
  const b = clock.timer((at) => ran.push(['b', at]));
  const a = clock.timer((at) => ran.push(['a', at]));
  b.arm(200);
  a.arm(100);
  expect(clock.nextDeadline()).toBe(100);
  nowNs = 99;
  expect(clock.runDue()).toBe(0);
  nowNs = 250;
  expect(clock.runDue()).toBe(2);
  expect(ran).toEqual([
    ['a', 100],
    ['b', 200],
  ]);
  expect(clock.nextDeadline()).toBe(Infinity);
});

test('a cancelled timer does not run, a re-armed one runs once at its new deadline', () => {
  const ran: number[] = [];
  const timer = clock.timer((at) => ran.push(at));
  timer.arm(10);
  timer.cancel();
  nowNs = 20;
  clock.runDue();
  timer.arm(30);
  timer.arm(40);
  nowNs = 50;
  clock.runDue();
  expect(ran).toEqual([40]);
});

test('a callback that arms for an instant already past runs again, but not for ever', () => {
  let count = 0;
  const timer = clock.timer(() => {
    count += 1;
    timer.arm(0);
  });
  timer.arm(0);
  clock.runDue();
  expect(count).toBe(10_000);
  expect(clock.nextDeadline()).toBe(0);
});

describe('the slice', () => {
  test('ends early for a timer armed within it', () => {
    const early: number[] = [];
    clock.onEarlyDeadline = (at) => early.push(at);
    clock.sliceEndNs = 1000;
    const timer = clock.timer(() => {});
    timer.arm(1000);
    timer.arm(999);
    timer.arm(2000);
    expect(early).toEqual([999]);
  });
});

test('a deadline survives being saved and loaded', () => {
  const timer = clock.timer(() => {});
  expect(timer.save()).toBeNull();
  timer.arm(77);
  const saved = timer.save();
  timer.cancel();
  timer.load(saved);
  expect(clock.nextDeadline()).toBe(77);
  timer.load(null);
  expect(clock.nextDeadline()).toBe(Infinity);
});
