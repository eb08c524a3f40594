// One machine in a page of headless Chromium, its first serial line on standard output: node bench/chromium.mjs '{"machine":"v86",...}'.
// The line START tells when the browser stood ready. Ends on SIGTERM and when standard input ends, and takes the browser along.
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { CHROMIUM_ARGUMENTS, chromiumPath } from '../scripts/system-packages.mjs';

/**
 * @typedef {object} Settings
 * @property {'vitrine' | 'v86'} machine
 * @property {readonly string[]} [argv]   Vitrine's flags; files are named as in `files`
 * @property {number} [memory]   v86: megabytes
 * @property {string} [append]   v86: the kernel's command line
 * @property {Record<string, string>} files   paths by the name that the machine knows them by
 */

const START = 'bench: start';
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const V86 = join(ROOT, 'node_modules/v86/build');
const ASSETS = join(ROOT, 'dist/assets');
const TYPES = {
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
  '.html': 'text/html',
};

/** @type {Settings} */
const settings = JSON.parse(process.argv[2] ?? '{}');

/** @param {string} path @returns {string | undefined} */
function fileOf(path) {
  const [, folder = '', name = ''] = /^\/(file|assets|v86)\/([^/]+)$/.exec(path) ?? [];
  if (folder === 'file') return settings.files[name];
  return folder === '' ? undefined : join(folder === 'v86' ? V86 : ASSETS, basename(name));
}

const server = createServer((request, response) => {
  const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
  const file = fileOf(path);
  if (path === '/') return response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>bench</title>');
  if (file === undefined || !existsSync(file)) return response.writeHead(404).end();
  const type = TYPES[/** @type {keyof typeof TYPES} */ (extname(file))] ?? 'application/octet-stream';
  return createReadStream(file).pipe(response.setHeader('Content-Type', type));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const address = server.address();
const port = typeof address === 'object' && address !== null ? address.port : 0;

const profile = mkdtempSync(join(tmpdir(), 'vitrine-bench-'));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: chromiumPath(),
  args: CHROMIUM_ARGUMENTS,
  handleSIGTERM: false,
});

/** @param {number} code */
async function end(code) {
  await context.close().catch(() => {});
  rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  process.exit(code);
}
process.once('SIGTERM', () => void end(0));
process.stdin.on('end', () => void end(0)).resume();

/** @param {unknown} error */
function fail(error) {
  process.stderr.write(`${String(error)}\n`);
  void end(1);
}

const page = await context.newPage();
page.on('pageerror', fail);
page.on('crash', () => fail('the page crashed'));
await page.exposeFunction('serial', (/** @type {string} */ text) => process.stdout.write(Buffer.from(text, 'latin1')));
await page.goto(`http://127.0.0.1:${port}/`);
process.stdout.write(`${START}\n`);

/** @param {RegExp} pattern a file of the built page */
const asset = (pattern) => `/assets/${readdirSync(ASSETS).find((name) => pattern.test(name)) ?? ''}`;

/**
 * Runs in the page: the worker as the page has it.
 * @param {{ worker: string, core: string, argv: readonly string[], names: readonly string[] }} what
 */
async function startVitrine({ worker, core, argv, names }) {
  const page = /** @type {any} */ (globalThis);
  const fetchBytes = async (/** @type {string} */ url) => (await fetch(url)).arrayBuffer();
  const files = await Promise.all(names.map(async (name) => ({ name, bytes: await fetchBytes(`/file/${name}`) })));
  const machine = new page.Worker(worker, { type: 'module' });
  machine.onmessage = (/** @type {any} */ { data }) => {
    if (data.type === 'serialOutput') page.serial(String.fromCharCode(...data.bytes));
    else if (data.type === 'error') throw new Error(data.message);
  };
  machine.postMessage({ type: 'create', core: await fetchBytes(core), argv, files });
}

/**
 * Runs in the page. A byte after a pause is told at once; others are gathered, for a message for each would slow the machine down.
 * @param {{ memory: number, append: string | undefined, names: readonly string[] }} what
 */
async function startV86({ memory, append, names }) {
  const page = /** @type {any} */ (globalThis);
  const { V86: Machine } = await import(/** @type {string} */ ('/v86/libv86.mjs'));
  const image = (/** @type {string} */ name) => (names.includes(name) ? { url: `/file/${name}` } : undefined);
  const machine = new Machine({
    wasm_path: '/v86/v86.wasm',
    memory_size: memory * 2 ** 20,
    disable_speaker: true,
    disable_keyboard: true,
    disable_mouse: true,
    autostart: true,
    bios: image('bios'),
    vga_bios: image('vgaBios'),
    bzimage: image('kernel'),
    initrd: image('initrd'),
    cmdline: append,
  });
  let text = '';
  let told = 0;
  const tell = () => {
    if (text !== '') page.serial(text);
    text = '';
    told = performance.now();
  };
  machine.add_listener('serial0-output-byte', (/** @type {number} */ byte) => {
    if (text === '') setTimeout(tell, 2);
    text += String.fromCharCode(byte);
    if (performance.now() - told > 5) tell();
  });
}

const names = Object.keys(settings.files);
if (settings.machine === 'v86')
  await page.evaluate(startV86, { memory: settings.memory ?? 64, append: settings.append, names });
else
  await page.evaluate(startVitrine, {
    worker: asset(/^worker-.*\.js$/),
    core: asset(/^core-.*\.wasm$/),
    argv: settings.argv ?? [],
    names,
  });
