// npm start: from a clean clone to the page, then its address. `-- --port N` and `-- --host` (all interfaces) are understood.
import { parseArgs } from 'node:util';
import { buildSite } from './build-site.mjs';
import { makeGuests } from './make-guests.mjs';
import { ensureDependencies, ROOT, runMain, SetUpError } from './set-up.mjs';

const USAGE = 'usage: npm start -- [--port N] [--host]';

/** @returns {{ port: number; host: boolean }} */
function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: { port: { type: 'string', default: '8080' }, host: { type: 'boolean', default: false } },
    }));
  } catch (error) {
    throw new SetUpError(`${/** @type {Error} */ (error).message}; ${USAGE}`);
  }
  const port = Number(values.port);
  if (!/^\d+$/.test(values.port) || port < 1 || port > 65535) {
    throw new SetUpError(`--port ${values.port} is not a port number (1 to 65535).`);
  }
  return { port, host: values.host };
}

/** @param {{ port: number; host: boolean }} options */
async function serve({ port, host }) {
  const { preview } = await import('vite');
  try {
    return await preview({
      configFile: `${ROOT}/vite.config.ts`,
      logLevel: 'error',
      preview: { port, host: host || 'localhost', strictPort: true, open: false },
    });
  } catch (error) {
    if (!/already in use|EADDRINUSE|EACCES/.test(String(error))) throw error;
    throw new SetUpError(`port ${port} is taken or not allowed; choose another one: npm start -- --port ${port + 1}`);
  }
}

await runMain(async () => {
  const options = readOptions();
  ensureDependencies();
  if (!(await makeGuests())) {
    console.error(
      'vitrine: the page starts without the guests named above; it takes a kernel and an initrd of your own, too.',
    );
  }
  await buildSite();
  const server = await serve(options);
  const urls = [...(server.resolvedUrls?.local ?? []), ...(server.resolvedUrls?.network ?? [])];
  console.log(`\nVitrine is at ${urls.join(' and ')}\nCtrl-C stops it.`);
});
