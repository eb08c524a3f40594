// npm run dev: the page from its sources, reloaded as they change. `npm start` serves the built one.
import { ensureCore } from './build-core.mjs';
import { makeGuests } from './make-guests.mjs';
import { ensureDependencies, ROOT, runMain } from './set-up.mjs';

await runMain(async () => {
  ensureDependencies();
  await ensureCore();
  await makeGuests();
  const { createServer } = await import('vite');
  const server = await createServer({ configFile: `${ROOT}/vite.config.ts` });
  await server.listen();
  server.printUrls();
});
