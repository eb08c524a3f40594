// Programs that the tests need and npm does not have. On Debian as root they are installed, elsewhere they are named.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, SetUpError } from './set-up.mjs';

/** Programs and the Debian package of each. */
const PROGRAMS = [{ program: 'chromium', aptPackage: 'chromium' }];

/** @param {string} program @returns {string | undefined} */
function findOnPath(program) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/** The browser of the tests: CHROMIUM_PATH may name any Chromium or Chrome. */
export function chromiumPath() {
  return process.env.CHROMIUM_PATH ?? findOnPath('chromium');
}

/** @param {string} program */
function isThere(program) {
  const path = program === 'chromium' ? chromiumPath() : findOnPath(program);
  return path !== undefined && existsSync(path);
}

export function ensureSystemPackages() {
  const missing = PROGRAMS.filter(({ program }) => !isThere(program));
  if (missing.length === 0) return;
  const names = missing.map(({ aptPackage }) => aptPackage);
  if (!findOnPath('apt-get') || process.getuid?.() !== 0) {
    throw new SetUpError(
      `the tests need ${names.join(', ')}: install them (Debian: sudo apt-get install ${names.join(' ')}; elsewhere, ` +
        'CHROMIUM_PATH may name any Chromium).',
    );
  }
  console.error(`vitrine: installing ${names.join(', ')} with apt-get ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  if (run('apt-get', ['-qq', 'update'], env) !== 0)
    throw new SetUpError('apt-get update failed; its output above says why.');
  const install = ['-qq', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', 'install', ...names];
  if (spawnSync('apt-get', install, { env, stdio: ['ignore', 'ignore', 2] }).status !== 0) {
    throw new SetUpError(`apt-get could not install ${names.join(' ')}; its output above says why.`);
  }
}
