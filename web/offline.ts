// The page without a network: its service worker keeps a copy of what the page is made of (public/service-worker.js).
// While developing there is none, because sources change under the same name.
import { loadRecognition } from './client.ts';

/** What this page has loaded of its build: scripts, the worker's too, the core, fonts. */
function loadedAssets(): string[] {
  const folder = new URL('assets/', document.baseURI).href;
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  return [...new Set(loaded)].filter((url) => url.startsWith(folder));
}

/** To be called once a machine has started, so that everything it takes has been loaded. */
export async function keepForOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  serviceWorker.addEventListener('message', () => {
    // For tests, and for the curious.
    document.documentElement.dataset.offline = 'ready';
  });
  // The part that is loaded on demand, too.
  await loadRecognition();
  await serviceWorker.register(new URL('service-worker.js', document.baseURI));
  const { active } = await serviceWorker.ready;
  active?.postMessage({ keep: loadedAssets() });
}
