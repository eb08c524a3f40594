// How long the machine's worker leaves the page without an answer while a guest boots. Another worker asks, so that a busy page
// does not count, and the machine's worker answers beside its own messages. The figures are printed; docs/performance.md has them.
import { expect, guest, test } from './vitrine.ts';

const BOOT_TIMEOUT = 480_000;
/** Two busy cores hold a worker up for longer than its own work does: this ends only what a person would take for a crash. */
const LONGEST_MS = 2000;
const JANK_MS = 50;

interface Delay {
  /** Milliseconds since the first answer. */
  readonly at: number;
  readonly ms: number;
}

/** The asking worker: a question each 4 ms. */
const ASKER = `
  const channel = new BroadcastChannel('responsiveness');
  const asked = new Map();
  let first = 0, next = 0;
  let answers = 0;
  const delays = [];
  channel.onmessage = ({ data }) => {
    const now = performance.now();
    const from = asked.get(data.answer);
    if (from === undefined) return;
    asked.delete(data.answer);
    // Questions from before the machine's worker had been loaded.
    if (answers++ === 0) { first = now; asked.clear(); return; }
    if (now - from > 30) delays.push({ at: from - first, ms: now - from });
  };
  setInterval(() => { asked.set(next, performance.now()); channel.postMessage({ question: next++ }); }, 4);
  onmessage = () => postMessage({ answers, delays });
`;

const ANSWERER = `
  const responsiveness = new BroadcastChannel('responsiveness');
  responsiveness.onmessage = ({ data }) => {
    if (data.question !== undefined) responsiveness.postMessage({ answer: data.question });
  };
`;

/** Questions during one stall wait together: the first of them tells its length. */
function stalls(delays: readonly Delay[]): Delay[] {
  const found: Delay[] = [];
  for (const delay of delays.toSorted((a, b) => a.at - b.at)) {
    const last = found.at(-1);
    if (last === undefined || delay.at >= last.at + last.ms) found.push(delay);
  }
  return found;
}

// It would answer with a worker of its own.
test.use({ serviceWorkers: 'block', expectedErrors: [/Service Worker registration blocked/] });

// One boot at a time: two would wait for each other.
test.describe.configure({ mode: 'default' });

for (const id of ['linux-i386', 'linux-amd64']) {
  test(`the worker answers while ${id} boots`, async ({ vitrine, page }) => {
    test.setTimeout(BOOT_TIMEOUT + 60_000);
    await page.route(/\/worker-[^/]+\.js$/, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: ANSWERER + (await response.text()) });
    });
    // The page's policy allows workers of its own folder only.
    await page.route(/\/asker\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', body: ASKER }));
    await vitrine.open(id);
    await page.evaluate(() => Object.assign(window, { asker: new Worker('asker.js') }));
    await vitrine.waitForText(guest(id).prompt, BOOT_TIMEOUT);
    const { answers, delays } = await page.evaluate(
      () =>
        new Promise<{ answers: number; delays: Delay[] }>((resolve) => {
          const { asker } = window as unknown as { asker: Worker };
          asker.onmessage = ({ data }) => resolve(data as { answers: number; delays: Delay[] });
          asker.postMessage(null);
        }),
    );
    const long = stalls(delays).filter(({ ms }) => ms > JANK_MS);
    const list = long.map(({ at, ms }) => `${Math.round(ms)} ms at ${(at / 1000).toFixed(2)} s`).join(', ');
    const longest = Math.max(0, ...delays.map(({ ms }) => ms));
    console.log(
      `${id}: ${answers} answers, the longest took ${Math.round(longest)} ms; over ${JANK_MS} ms: ${list || 'none'}`,
    );
    expect(answers).toBeGreaterThan(100);
    expect(longest).toBeLessThan(LONGEST_MS);
  });
}
