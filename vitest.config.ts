import { defineConfig } from 'vitest/config';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: {
    include: ['{assembly,devices,web,guests,scripts,bench,recorder,tests}/**/*.test.{ts,tsx}'],
    globalSetup: 'scripts/vitest-set-up.mjs',
    // A boot runs for as long as this machine needs; nothing is measured against the clock, this only ends a hang.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    maxWorkers: 2,
    allowOnly: false,
  },
});
