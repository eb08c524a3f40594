// The page as a site: what it weighs, where it runs, and what it says when files do not come.
import { gzipSync } from 'node:zlib';
import { expect, guest, guestFile, guests, test } from './vitrine.ts';

const { prompt } = guest('hello');

const MAX_JAVASCRIPT = 170_000;
const MAX_WASM = 300_000;

test('the first load stays within its budget', async ({ vitrine, page }) => {
  const sizes = new Map<string, Promise<number>>();
  page.context().on('response', (response) => {
    const path = new URL(response.url()).pathname;
    // The service worker fetches copies of its own once a machine has started.
    if (!/\.(js|wasm)$/.test(path) || response.request().serviceWorker() !== null) return;
    sizes.set(
      path,
      response.body().then((body) => gzipSync(body).length),
    );
  });
  await vitrine.open('hello');
  await vitrine.waitForText('Hello from a 64 KB ROM');
  const sum = async (pattern: RegExp): Promise<number> => {
    const parts = [...sizes].filter(([path]) => pattern.test(path)).map(([, size]) => size);
    return (await Promise.all(parts)).reduce((total, size) => total + size, 0);
  };
  // The three that must be there, or nothing has been measured.
  for (const part of [/\/index-[^/]+\.js$/, /\/worker-[^/]+\.js$/, /\/core-[^/]+\.wasm$/])
    expect(await sum(part), String(part)).toBeGreaterThan(10_000);
  const [javascript, wasm] = [await sum(/\.js$/), await sum(/\.wasm$/)];
  console.log(`first load: ${javascript} bytes of JavaScript, ${wasm} of wasm (gzip)`);
  expect(javascript).toBeLessThanOrEqual(MAX_JAVASCRIPT);
  expect(wasm).toBeLessThanOrEqual(MAX_WASM);
});

test('needs no special headers and runs in a sub-folder', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText('100 ticks');
  expect(new URL(page.url()).pathname).toBe('/some/folder/');
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
});

test('the address names the guest', async ({ vitrine, page }) => {
  await vitrine.open();
  await expect(vitrine.choice(guests()[0]?.id ?? '')).toBeChecked();
  await page.goto('.#guest=hello');
  await vitrine.waitForText(prompt);
  await expect(vitrine.panel.getByRole('radio', { name: /Hello/ })).toBeChecked();
});

test('a guest that is not there is told, and the others are named', async ({ vitrine }) => {
  await vitrine.open('templeos');
  const ids = guests()
    .map(({ id }) => id)
    .join(', ');
  await expect(vitrine.alert).toContainText(`This site has no guest "templeos"; it has ${ids}.`);
});

test('downloads show their progress and can be cancelled', async ({ vitrine, page }) => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/vmlinuz', async (route) => {
    await held;
    await route.continue();
  });
  await vitrine.open('linux-i386');
  const bar = page.getByRole('progressbar', { name: 'linux-i386/vmlinuz' });
  await expect(bar).toBeVisible();
  await expect(vitrine.console).toContainText('0 bytes of 5.7 MB');
  await expect(page.getByRole('progressbar', { name: 'linux-i386/initrd.img' })).toHaveJSProperty('value', 1);
  await vitrine.button('Cancel').click();
  await expect(vitrine.console.getByRole('button', { name: 'Start' })).toBeVisible();
  release();
  await vitrine.console.getByRole('button', { name: 'Start' }).click();
  await expect(page.locator('.plate')).toContainText('bzImage');
});

test('an image is fetched once', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText('100 ticks');
  const again: string[] = [];
  page.on('request', (request) => again.push(request.url()));
  await page.reload();
  await vitrine.waitForText('100 ticks');
  expect(again.some((url) => url.endsWith('manifest.json'))).toBe(true);
  expect(again.filter((url) => url.endsWith('.rom'))).toEqual([]);
});

test.describe('without what it needs', () => {
  test.use({ expectedErrors: [/Failed to load resource/] });

  test('a file that is missing on the server is named', async ({ vitrine, page }) => {
    await page.route('**/vmlinuz', (route) => route.fulfill({ status: 404, body: 'no' }));
    await vitrine.open('linux-i386');
    await expect(vitrine.alert).toContainText('linux-i386/vmlinuz is not on this server (HTTP 404)');
    await expect(vitrine.button('Try again')).toBeVisible();
    await page.unroute('**/vmlinuz');
    await vitrine.button('Try again').click();
    await expect(page.locator('.plate')).toContainText('bzImage');
    await expect(vitrine.alert).toHaveCount(0);
  });

  test('without a network the hello guest still runs', async ({ vitrine, page, context }) => {
    await vitrine.open('hello');
    await vitrine.waitForText('100 ticks');
    await expect(page.locator('html')).toHaveAttribute('data-offline', 'ready');
    await context.setOffline(true);
    await vitrine.choice('linux-i386').check();
    await vitrine.start().click();
    await expect(vitrine.alert).toContainText(/The download of linux-i386\/\S+ got no answer: check the connection/);
    await vitrine.button('Start Hello').click();
    await vitrine.waitForText(prompt);
    // The page itself, too.
    await page.reload();
    await vitrine.waitForText(prompt);
    await vitrine.drop([{ name: 'own.rom', bytes: guestFile('hello/hello.rom') }]);
    await expect(page.locator('.plate')).toContainText('own.rom');
    await vitrine.waitForText(prompt);
  });

  test('a site without guests says so and takes files of one’s own', async ({ vitrine, page }) => {
    await page.route('**/manifest.json', (route) => route.fulfill({ status: 404, body: 'no' }));
    await vitrine.open();
    await expect(vitrine.alert).toContainText('This site has no guests: "npm run build:guests" makes them');
    await vitrine.drop([{ name: 'hello.rom', bytes: guestFile('hello/hello.rom') }]);
    await vitrine.waitForText(prompt);
  });

  test('a site without Linux starts hello and says how to get Linux', async ({ vitrine, page }) => {
    await page.route('**/manifest.json', async (route) => {
      const response = await route.fetch();
      const manifest = (await response.json()) as { guests: { id: string }[] };
      await route.fulfill({ json: { ...manifest, guests: manifest.guests.filter(({ id }) => id === 'hello') } });
    });
    await vitrine.open();
    await vitrine.waitForText(prompt);
    await expect(vitrine.panel).toContainText('npm run build:guests');
  });
});

test('a file that was changed on its way is refused', async ({ vitrine, page }) => {
  const changed = Buffer.from(guestFile('hello/hello.rom'));
  changed.writeUInt8(0xff, 0);
  await page.route('**/hello.rom', (route) => route.fulfill({ body: changed }));
  await vitrine.open('hello');
  await expect(vitrine.alert).toContainText('hello/hello.rom is not the file that the list of guests names');
});

test('a file that is cut short is refused', async ({ vitrine, page }) => {
  await page.route('**/hello.rom', (route) =>
    route.fulfill({ body: guestFile('hello/hello.rom').subarray(0, 40_000) }),
  );
  await vitrine.open('hello');
  await expect(vitrine.alert).toContainText('hello/hello.rom is incomplete: 40 KB of 66 KB came');
});
