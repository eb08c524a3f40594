// npx tsx bench/browser.ts GUEST COMMAND ARGUMENT ...: opens the built page (npm run build) in any browser, which the command starts with
// the page's address behind it, and says when the guest's prompt is there and whether its shell answers. The browser needs no
// driver: the page stands in a frame of one that looks at it and reports. docs/browsers.md has the commands.
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findGuest } from '../guests/manifest.ts';
import { childrenOf, userTime } from './measure.ts';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const PAGE = fileURLToPath(new URL('browser-page.mjs', import.meta.url));
const LIMIT = 300_000;
const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.mjs', 'text/javascript'],
  ['.css', 'text/css'],
  ['.wasm', 'application/wasm'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
]);

const [guest = '', command = '', ...args] = process.argv.slice(2);
const prompt = findGuest(guest)?.prompt ?? '';

const harness = `<!doctype html><title>Vitrine</title><body><script type="module">
import { look } from './browser-page.mjs';
look(${JSON.stringify(guest)}, ${JSON.stringify(prompt)});
</script>`;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/') return response.setHeader('Content-Type', 'text/html').end(harness);
  if (pathname === '/report') {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk));
    request.on('end', () => report(JSON.parse(body) as { end?: boolean }));
    return response.end();
  }
  const path = normalize(decodeURIComponent(pathname)).replace(/^\/site/, '');
  const isOurs = pathname === '/browser-page.mjs';
  const file = isOurs ? PAGE : join(DIST, path.endsWith('/') ? `${path}index.html` : path);
  if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
  const type = TYPES.get(extname(file)) ?? 'application/octet-stream';
  return createReadStream(file).pipe(response.setHeader('Content-Type', type));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const address = server.address();
const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;

const browser = spawn(command, [...args, url], { stdio: ['ignore', 'ignore', 'inherit'], detached: true });

/** A process and all below it: a browser's are not all in its group. */
function treeOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(treeOf)];
}

function end(code: number): never {
  try {
    for (const pid of treeOf(browser.pid ?? 0)) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  process.exit(code);
}

function report(what: { readonly end?: boolean }): void {
  console.log(JSON.stringify({ ...what, userSeconds: (userTime(browser.pid ?? 0) ?? 0) / 1000 }));
  if (what.end) end(0);
}

process.on('SIGTERM', () => end(1));
browser.on('error', (error) => {
  console.log(error.message);
  end(1);
});
setTimeout(() => {
  console.log(`nothing more within ${LIMIT / 1000} s`);
  end(1);
}, LIMIT);
