import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { INSTRUCTIONS, instructionsMarkdown } from './instructions.ts';

it('docs/instructions.md is what the rows say now (npx tsx scripts/generate/instructions.ts writes it)', () => {
  expect(readFileSync(INSTRUCTIONS, 'utf8')).toBe(instructionsMarkdown());
});
