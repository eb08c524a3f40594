// npm run -s vm -- FLAGS: the command line from a checkout. Same process, so that standard input stays the terminal.
import { pathToFileURL } from 'node:url';
import { CLI, ensureCli } from './build-cli.mjs';
import { ensureDependencies, runMain } from './set-up.mjs';

let isReady = false;
await runMain(async () => {
  ensureDependencies();
  await ensureCli();
  isReady = true;
});
if (isReady) {
  process.setSourceMapsEnabled(true);
  process.argv[1] = CLI;
  await import(pathToFileURL(CLI).href);
}
