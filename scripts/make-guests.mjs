// guests/make.ts -> build/guests/: the images that the page offers and the boot tests use.
import { ensureCore } from './build-core.mjs';
import { ensureDependencies, isMain, runMain, runTypeScript, SetUpError } from './set-up.mjs';

/** The recipes' exit code for "one or more cannot be made here", said on standard error. */
const CANNOT_MAKE = 3;

/** Makes what is missing or stale; the recipe itself knows what it has cached. Returns whether every guest is there. */
export async function makeGuests() {
  await ensureCore();
  const status = runTypeScript(['guests/make.ts']);
  if (status !== 0 && status !== CANNOT_MAKE) throw new SetUpError('guests/make.ts failed; its output above says why.');
  return status === 0;
}

if (isMain(import.meta)) {
  await runMain(async () => {
    ensureDependencies();
    if (!(await makeGuests())) throw new SetUpError('not every guest could be made; the lines above say why.');
  });
}
