// Build steps by content: a step runs when its inputs' hash differs from the one it left behind, and never twice at once.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ROOT } from './set-up.mjs';

/**
 * @typedef {object} Step
 * @property {string} name        names the stamp and the lock in build/
 * @property {string[]} inputs    files and folders, relative to the root
 * @property {string[]} outputs   files that must exist
 * @property {(path: string) => boolean} [excludes]   input paths that do not count
 * @property {string} [variant]   what else the outputs depend on: options from the environment
 * @property {() => void | Promise<void>} run
 */

/**
 * @param {string} path relative to the root
 * @param {(path: string) => boolean} excludes
 * @returns {string[]} files below it, sorted
 */
function filesBelow(path, excludes) {
  const full = join(ROOT, path);
  if (!existsSync(full) || excludes(path)) return [];
  if (!statSync(full).isDirectory()) return [path];
  return readdirSync(full)
    .toSorted()
    .flatMap((name) => filesBelow(`${path}/${name}`, excludes));
}

/** @param {Step} step */
function hashInputs(step) {
  const hash = createHash('sha256').update(`${step.variant ?? ''}\0`);
  for (const path of step.inputs.flatMap((input) => filesBelow(input, step.excludes ?? (() => false)))) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(ROOT, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

/** @param {Step} step @param {string} hash */
function isCurrent(step, hash) {
  const stamp = join(ROOT, 'build/stamps', step.name);
  return (
    existsSync(stamp) &&
    readFileSync(stamp, 'utf8') === hash &&
    step.outputs.every((output) => existsSync(join(ROOT, output)))
  );
}

/** Whether the process that made the lock has died without removing it. @param {string} lock */
function isAbandoned(lock) {
  try {
    process.kill(Number(readFileSync(`${lock}/pid`, 'utf8')), 0);
    return false;
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    if (code !== 'ENOENT') return code === 'ESRCH';
    // Without a process number it is being made or removed this moment, or its owner died in that moment.
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    return Date.now() - made > 5000;
  }
}

/** @param {string} name @param {() => Promise<void>} action */
async function withLock(name, action) {
  const lock = join(ROOT, 'build/stamps', `${name}.lock`);
  mkdirSync(join(ROOT, 'build/stamps'), { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
      else await delay(100);
    }
  }
  try {
    writeFileSync(`${lock}/pid`, String(process.pid));
    await action();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** Runs the step if its outputs are not those of its inputs. @param {Step} step */
export async function ensureStep(step) {
  if (isCurrent(step, hashInputs(step))) return;
  await withLock(step.name, async () => {
    const hash = hashInputs(step);
    if (isCurrent(step, hash)) return;
    const start = performance.now();
    await step.run();
    writeFileSync(join(ROOT, 'build/stamps', step.name), hash);
    console.error(`vitrine: ${step.name} built in ${((performance.now() - start) / 1000).toFixed(1)} s`);
  });
}
