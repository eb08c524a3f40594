import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ACCURACY_PAGE, accuracyPage } from './accuracy.ts';

it('docs/accuracy.md is what `npm run docs:accuracy` writes', () => {
  expect(readFileSync(ACCURACY_PAGE, 'utf8')).toBe(accuracyPage());
});
