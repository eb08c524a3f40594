// npm run check: types, lint and format. `-- --fix` formats and applies the linter's safe fixes.
import { ensureGenerated } from './build-core.mjs';
import { ensureDependencies, packageFile, runMain, runNode } from './set-up.mjs';

await runMain(async () => {
  const isFix = process.argv.includes('--fix');
  ensureDependencies();
  await ensureGenerated();
  const checks = {
    types: ['typescript/bin/tsc', '-b'],
    lint: ['oxlint/bin/oxlint', '--type-aware', '--deny-warnings', ...(isFix ? ['--fix'] : [])],
    format: ['oxfmt/bin/oxfmt', isFix ? '--write' : '--check'],
  };
  for (const [name, [command, ...args]] of Object.entries(checks)) {
    const start = performance.now();
    const isGood = runNode([packageFile(command), ...args]) === 0;
    console.log(`${name}: ${isGood ? 'good' : 'FAILED'} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    if (!isGood) process.exitCode = 1;
  }
});
