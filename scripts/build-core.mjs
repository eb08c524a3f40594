// assembly/ -> build/core.wasm: the generator writes the tables that come from the instruction rows, then asc compiles.
import { renameSync, rmSync } from 'node:fs';
import {
  ensureDependencies,
  isMain,
  packageFile,
  ROOT,
  runMain,
  runNode,
  runTypeScript,
  SetUpError,
} from './set-up.mjs';
import { ensureStep } from './stamp.mjs';

/** @param {string} path */
const isTest = (path) => path.endsWith('.test.ts') || path.endsWith('/tests');

/** @param {string} path */
const isTestOrGenerated = (path) => isTest(path) || path === 'assembly/generated';

const GENERATOR = 'scripts/generate/index.ts';

/** Writes assembly/generated/, the dispatch switch and other hot tables, and devices/generated/, names, from the rows. */
export async function ensureGenerated() {
  await ensureStep({
    name: 'generated',
    inputs: ['assembly', 'scripts/generate', 'devices/asm', 'package-lock.json'],
    outputs: ['assembly/generated', 'devices/generated'],
    excludes: isTestOrGenerated,
    run: () => {
      if (runTypeScript([GENERATOR]) !== 0) throw new SetUpError(`${GENERATOR} failed; its output above says why.`);
    },
  });
}

/** A quick build for work on the core: VITRINE_CORE_LEVEL=1 takes a third of the time and runs at two thirds of the speed. */
const LEVEL = process.env.VITRINE_CORE_LEVEL;

function compile() {
  const part = `build/core.${process.pid}.wasm`;
  const status = runNode([
    packageFile('assemblyscript/bin/asc.js'),
    'assembly/index.ts',
    '--config',
    'assembly/asconfig.json',
    '--target',
    'release',
    '--outFile',
    part,
    ...(LEVEL === undefined ? [] : [`-O${LEVEL}`]),
  ]);
  if (status !== 0) {
    rmSync(`${ROOT}/${part}`, { force: true });
    throw new SetUpError('asc could not compile assembly/; its output above says why.');
  }
  // Readers of core.wasm see the old file or the new one, never half of it.
  renameSync(`${ROOT}/${part}`, `${ROOT}/build/core.wasm`);
}

export async function ensureCore() {
  await ensureGenerated();
  await ensureStep({
    name: 'core.wasm',
    inputs: ['assembly', 'package-lock.json'],
    outputs: ['build/core.wasm'],
    excludes: isTest,
    variant: LEVEL,
    run: compile,
  });
}

if (isMain(import.meta)) {
  await runMain(async () => {
    ensureDependencies();
    await ensureCore();
  });
}
