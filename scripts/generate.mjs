// npm run generate: what scripts/generate/ writes from the instruction rows.
import { ensureGenerated } from './build-core.mjs';
import { ensureDependencies, runMain } from './set-up.mjs';

await runMain(async () => {
  ensureDependencies();
  await ensureGenerated();
});
