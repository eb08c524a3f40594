// What every command does first, with Node alone: check Node's version and bring node_modules up to the lock file.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** A failure that the user can act on: printed as one sentence, without a stack. */
export class SetUpError extends Error {}

/**
 * Runs a command's main function; a SetUpError becomes one sentence on standard error and exit code 1.
 * @param {() => Promise<void>} main
 */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    console.error(`vitrine: ${error.message}`);
    process.exitCode = 1;
  }
}

/** Whether the module is what Node was started with, not an import of another. @param {ImportMeta} meta */
export function isMain(meta) {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(meta.url);
}

/**
 * Runs a program to its end, its output on our standard error so that standard output stays the command's own.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {number} exit code
 */
export function run(command, args, env = process.env) {
  const result = spawnSync(command, args, { cwd: ROOT, env, stdio: ['ignore', 2, 2] });
  if (result.error) throw new SetUpError(`could not run ${command}: ${result.error.message}.`);
  return result.status ?? 1;
}

/** Runs a script of ours or of a package with this Node. @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
export function runNode(args, env) {
  return run(process.execPath, args, env);
}

/** Path of a package's command, to be run with runNode. @param {string} path */
export function packageFile(path) {
  return fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));
}

/** Runs a TypeScript script. @param {string[]} args */
export function runTypeScript(args) {
  return runNode([packageFile('tsx/dist/cli.mjs'), ...args]);
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const isSupported = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!isSupported) {
    throw new SetUpError(`Node ${process.versions.node} is not supported; install 20.19 or newer, or 22.12 or newer.`);
  }
}

/**
 * Packages by path and version, as npm records them.
 * @param {string} path
 * @returns {Record<string, { version?: string; optional?: boolean; link?: boolean }>}
 */
function lockedPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

/** npm writes what it installed into node_modules/.package-lock.json; optional packages are other platforms' binaries. */
function isInstalled() {
  const installedLock = `${ROOT}/node_modules/.package-lock.json`;
  if (!existsSync(installedLock)) return false;
  const installed = lockedPackages(installedLock);
  return Object.entries(lockedPackages(`${ROOT}/package-lock.json`)).every(
    ([path, entry]) => path === '' || entry.optional || installed[path]?.version === entry.version,
  );
}

/** Installs the packages of the lock file unless they are there. */
export function ensureDependencies() {
  checkNode();
  if (isInstalled()) return;
  console.error('vitrine: installing packages (npm ci) ...');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const status = npm?.endsWith('.js') ? runNode([npm, ...args]) : run('npm', args);
  if (status !== 0) throw new SetUpError('npm ci failed; its output above says why.');
}
