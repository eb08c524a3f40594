// node scripts/typescript.mjs FILE.ts ARGS: runs a TypeScript program of the repository in this process, packages installed first.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, runMain } from './set-up.mjs';

const [, , file = ''] = process.argv;
let isReady = false;
await runMain(async () => {
  ensureDependencies();
  isReady = true;
});
if (isReady) {
  const { register } = await import('tsx/esm/api');
  register();
  process.argv.splice(1, 1);
  await import(pathToFileURL(resolve(file)).href);
}
