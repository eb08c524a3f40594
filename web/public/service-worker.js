// Keeps the page itself, so that it opens without a network. Guest images are kept by the page (machine/download.ts).
//
// The document and the list of guests are asked for from the server first: a new build is never hidden by an old one. What the build gave a hashed
// name never changes, so the copy serves. The page says which of these files it needs (offline.ts), and the others are dropped.

const CACHE = 'vitrine-page';
const scope = new URL(self.registration.scope);

self.addEventListener('install', () => {
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil(self.clients.claim());
});

const MANIFEST = new URL('guests/manifest.json', scope).href;

/** What changes under its name: the page's document and the list of guests. The rest of the folder is the server's business. */
function changingName(request) {
  if (request.url === MANIFEST) return MANIFEST;
  const isPage = request.mode === 'navigate' && new URL(request.url).pathname === scope.pathname;
  return isPage ? scope.href : null;
}

async function openChanging(request, name) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(name, response.clone());
    return response;
  } catch (error) {
    const copy = await cache.match(name);
    if (copy === undefined) throw error;
    return copy;
  }
}

async function openAsset(request) {
  const cache = await caches.open(CACHE);
  const copy = await cache.match(request.url);
  if (copy !== undefined) return copy;
  const response = await fetch(request);
  if (response.ok) await cache.put(request.url, response.clone());
  return response;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  const name = changingName(request);
  if (name !== null) event.respondWith(openChanging(request, name));
  else if (request.url.startsWith(`${scope.href}assets/`)) event.respondWith(openAsset(request));
});

async function keep(urls) {
  const cache = await caches.open(CACHE);
  const wanted = new Set([scope.href, MANIFEST, ...urls]);
  for (const { url } of await cache.keys()) if (!wanted.has(url)) await cache.delete(url);
  for (const url of wanted) {
    if ((await cache.match(url)) !== undefined) continue;
    const response = await fetch(url);
    if (response.ok) await cache.put(url, response);
  }
}

self.addEventListener('message', (event) => {
  event.waitUntil(keep(event.data.keep).then(() => event.source.postMessage({ kept: true })));
});
