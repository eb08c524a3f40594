// npm run build: dist/ (the page, for any static host and folder) and dist-cli/ (the command).
import { ensureCli } from './build-cli.mjs';
import { ensureCore } from './build-core.mjs';
import { makeGuests } from './make-guests.mjs';
import { ensureDependencies, isMain, ROOT, runMain } from './set-up.mjs';

export async function buildSite() {
  await ensureCore();
  const { build } = await import('vite');
  await build({ configFile: `${ROOT}/vite.config.ts`, logLevel: 'warn' });
}

if (isMain(import.meta)) {
  await runMain(async () => {
    ensureDependencies();
    if (!(await makeGuests())) {
      console.error('vitrine: the site will lack the guests that could not be made; the lines above say why.');
    }
    await buildSite();
    await ensureCli();
    console.log('dist/      the page\ndist-cli/  the command');
  });
}
