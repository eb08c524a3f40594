// Programs that the tests need and npm does not have. On Debian as root they are installed, elsewhere they are named.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run, SetUpError } from './set-up.mjs';

/**
 * Debian packages and how it shows that they are there.
 * @type {Record<string, { isThere: () => boolean; elsewhere?: string }>}
 */
const PACKAGES = {
  chromium: { isThere: () => existsSync(chromiumPath() ?? ''), elsewhere: 'CHROMIUM_PATH may name any Chromium' },
  gcc: { isThere: () => findOnPath('gcc') !== undefined },
  'libc6-dev': { isThere: () => existsSync('/usr/include/stdio.h'), elsewhere: 'any C library for gcc' },
};

/** The browser tests run in Chromium; the programs of guests/programs are built by gcc, two of them with the C library. */
export const BROWSER_PACKAGES = ['chromium'];
export const COMPILER_PACKAGES = ['gcc', 'libc6-dev'];

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

/** Headless, as root too, and without anything that looks for a network. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--headless=new',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param {readonly string[]} wanted names of PACKAGES */
export function ensureSystemPackages(wanted) {
  const names = wanted.filter((name) => PACKAGES[name]?.isThere() !== true);
  if (names.length === 0) return;
  if (!findOnPath('apt-get') || process.getuid?.() !== 0) {
    const elsewhere = names.map((name) => PACKAGES[name]?.elsewhere).filter((text) => text !== undefined);
    throw new SetUpError(
      `the tests need ${names.join(', ')}: install them (Debian: sudo apt-get install ${names.join(' ')}` +
        `${elsewhere.length > 0 ? `; elsewhere, ${elsewhere.join(', ')}` : ''}).`,
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
