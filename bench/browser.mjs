// node bench/browser.mjs GUEST COMMAND ARGUMENT ...: opens the built page (npm run build) in any browser, which the command starts with
// the page's address behind it, and says when the guest's prompt is there and whether its shell answers. The browser needs no
// driver: the page stands in a frame of one that looks at it and reports. docs/browsers.md has the commands.
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const LIMIT = 300_000;
const TYPES = new Map([
  ['.html', 'text/html'],
  ['.js', 'text/javascript'],
  ['.css', 'text/css'],
  ['.wasm', 'application/wasm'],
  ['.json', 'application/json'],
  ['.svg', 'image/svg+xml'],
]);

const [guest = '', command = '', ...args] = process.argv.slice(2);
/** @type {{ guests: { id: string, prompt: string }[] }} */
const manifest = JSON.parse(readFileSync(join(DIST, 'guests/manifest.json'), 'utf8'));
const prompt = manifest.guests.find(({ id }) => id === guest)?.prompt ?? '';

/** Runs in the browser. @param {string} guest @param {string} prompt */
function look(guest, prompt) {
  const page = /** @type {any} */ (globalThis);
  const start = performance.now();
  const frame = page.document.createElement('iframe');
  frame.style = 'width: 100vw; height: 95vh';
  frame.src = `site/#guest=${guest}`;
  page.document.body.append(frame);
  let typed = false;
  const tell = (/** @type {object} */ what) => {
    const seconds = Number(((performance.now() - start) / 1000).toFixed(1));
    void fetch('report', { method: 'POST', body: JSON.stringify({ seconds, ...what }) });
  };
  page.onerror = (/** @type {unknown} */ message) => tell({ error: String(message) });
  frame.onload = () => {
    frame.contentWindow.onerror = page.onerror;
    frame.contentWindow.onunhandledrejection = (/** @type {any} */ event) => tell({ error: String(event.reason) });
  };
  const type = (/** @type {string} */ text) => {
    const keys = frame.contentDocument.querySelector('.xterm-helper-textarea');
    keys.dispatchEvent(new page.InputEvent('input', { data: text, inputType: 'insertText', bubbles: true }));
    keys.dispatchEvent(new page.KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', keyCode: 13, bubbles: true }));
  };
  const timer = setInterval(() => {
    const view = frame.contentDocument;
    const text = (view?.querySelector('.xterm-rows')?.innerText ?? '').replaceAll('\u00a0', ' ');
    const alert = view?.querySelector('[role=alert]')?.innerText;
    if (alert) tell({ error: alert });
    if (!typed && text.includes(prompt.trimEnd())) {
      typed = true;
      tell({ prompt: true, agent: page.navigator.userAgent });
      type('echo $((6*7)) $(uname -m)');
    } else if (typed && /^42 \S+/m.test(text)) {
      clearInterval(timer);
      tell({ answer: /^42 .*$/m.exec(text)?.[0], end: true });
    }
  }, 100);
}

const harness = `<!doctype html><title>Vitrine</title><body><script type="module">(${look.toString()})(${JSON.stringify(guest)}, ${JSON.stringify(prompt)})</script>`;

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname === '/') return response.setHeader('Content-Type', 'text/html').end(harness);
  if (pathname === '/report') {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => report(JSON.parse(body)));
    return response.end();
  }
  const path = normalize(decodeURIComponent(pathname)).replace(/^\/site/, '');
  const file = join(DIST, path.endsWith('/') ? `${path}index.html` : path);
  if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404).end();
  const type = TYPES.get(extname(file)) ?? 'application/octet-stream';
  return createReadStream(file).pipe(response.setHeader('Content-Type', type));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const address = server.address();
const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/`;

const browser = spawn(command, [...args, url], { stdio: ['ignore', 'ignore', 'inherit'], detached: true });

/** @param {number} code */
function end(code) {
  try {
    // The whole group, for browsers have many processes.
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  process.exit(code);
}

/** @param {{ end?: boolean }} what */
function report(what) {
  console.log(JSON.stringify(what));
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
