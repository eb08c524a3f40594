// Programs that the tests need and npm does not have. On Debian as root they are installed, elsewhere they are named.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, SetUpError } from './set-up.mjs';

/** Programs and the Debian package of each. */
const PROGRAMS = [{ program: 'chromium', aptPackage: 'chromium' }];

/** @param {string} program */
function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** CHROMIUM_PATH names any Chromium or Chrome (playwright.config.ts reads it, too). @param {string} program */
function isThere(program) {
  return isOnPath(program) || (program === 'chromium' && existsSync(process.env.CHROMIUM_PATH ?? ''));
}

export function ensureSystemPackages() {
  const missing = PROGRAMS.filter(({ program }) => !isThere(program));
  if (missing.length === 0) return;
  const names = missing.map(({ aptPackage }) => aptPackage);
  if (!isOnPath('apt-get') || process.getuid?.() !== 0) {
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
