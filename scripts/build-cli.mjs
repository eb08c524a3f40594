// devices/cli/main.ts -> dist-cli/vitrine.mjs with core.wasm beside it: the package's command, which `npm run vm` runs too.
import { copyFileSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { ensureCore } from './build-core.mjs';
import { ensureDependencies, isMain, ROOT, runMain } from './set-up.mjs';
import { ensureStep } from './stamp.mjs';

export const CLI = `${ROOT}/dist-cli/vitrine.mjs`;

async function bundle() {
  // Imported late: node_modules is not there when this file is loaded in a clean clone.
  const { build } = await import('vite');
  const part = `${ROOT}/build/cli.${process.pid}`;
  await build({ configFile: `${ROOT}/vite.cli.config.ts`, logLevel: 'warn', build: { outDir: part } });
  copyFileSync(`${ROOT}/build/core.wasm`, `${part}/core.wasm`);
  rmSync(`${ROOT}/dist-cli`, { recursive: true, force: true });
  mkdirSync(`${ROOT}/dist-cli`, { recursive: true });
  for (const name of ['core.wasm', 'vitrine.mjs.map', 'vitrine.mjs'])
    renameSync(`${part}/${name}`, `${ROOT}/dist-cli/${name}`);
  rmSync(part, { recursive: true });
}

export async function ensureCli() {
  await ensureCore();
  await ensureStep({
    name: 'cli',
    inputs: ['build/core.wasm', 'devices', 'assembly/shared', 'package-lock.json', 'vite.cli.config.ts'],
    outputs: ['dist-cli/vitrine.mjs', 'dist-cli/core.wasm'],
    excludes: (path) => path.endsWith('.test.ts'),
    run: bundle,
  });
}

if (isMain(import.meta)) {
  await runMain(async () => {
    ensureDependencies();
    await ensureCli();
  });
}
