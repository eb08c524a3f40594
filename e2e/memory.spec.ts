// 3 GB of guest RAM: with what the core needs beside it almost all that a WebAssembly memory can have.
import { expect, guest, test } from './vitrine.ts';

const LINUX = 'linux-amd64';
const BOOT_TIMEOUT = 480_000;

/** The kernel keeps some of it for itself. */
const LEAST_KB = 2.8 * 1024 * 1024;

test('64-bit Linux sees 3 GB', async ({ vitrine }) => {
  test.setTimeout(BOOT_TIMEOUT + 60_000);
  await vitrine.open('hello');
  await vitrine.choice(LINUX).check();
  await vitrine.panel.getByLabel('Memory').fill('3072');
  await vitrine.start().click();
  await vitrine.waitForStatus('RAM', /^3(\.0)? GB|^3072 MB/);
  await vitrine.waitForText(guest(LINUX).prompt, BOOT_TIMEOUT);
  await vitrine.typeLine('clear; head -1 /proc/meminfo');
  await vitrine.waitForText(/MemTotal: +\d+ kB/);
  const kilobytes = /MemTotal: +(\d+) kB/.exec(await vitrine.text())?.[1];
  expect(Number(kilobytes)).toBeGreaterThan(LEAST_KB);
});

test.describe('without enough memory', () => {
  // It would answer with a worker of its own.
  test.use({ serviceWorkers: 'block', expectedErrors: [/Service Worker registration blocked/] });

  test('memory that cannot be had is told, and a smaller machine starts', async ({ vitrine, page }) => {
    // The worker of a browser that gives no memory beyond 1 GB.
    await page.route(/\/worker-[^/]+\.js$/, async (route) => {
      const response = await route.fetch();
      const shortage = `{
        const { Memory } = WebAssembly;
        WebAssembly.Memory = function (limits) {
          if (limits.initial > 16384) throw new RangeError('could not allocate memory');
          return new Memory(limits);
        };
      }`;
      await route.fulfill({ response, body: shortage + (await response.text()) });
    });
    await vitrine.open('hello');
    await vitrine.panel.getByLabel('Memory').fill('3072');
    await vitrine.start().click();
    await expect(vitrine.alert).toContainText('The host could not give 3072 MB of memory: give a smaller -m.');
    await vitrine.panel.getByLabel('Memory').fill('16');
    await vitrine.start().click();
    await vitrine.waitForText(guest('hello').prompt);
    await expect(vitrine.alert).toHaveCount(0);
  });
});
