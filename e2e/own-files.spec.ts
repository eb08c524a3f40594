// Kernels and ROMs that the user brings, and what is said about files that are none.
import { expect, guest, guestFile, test, type Vitrine } from './vitrine.ts';

const { prompt } = guest('hello');
const ROM = { name: 'my-own.rom', bytes: guestFile('hello/hello.rom') };

test('a dropped ROM starts, survives a reload, and leaves no trace in the address', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  await vitrine.drop([ROM]);
  await expect(page.locator('.plate')).toContainText('my-own.rom');
  await vitrine.waitForText(prompt);
  expect(new URL(page.url()).hash).toBe('');
  await page.reload();
  await expect(page.locator('.plate')).toContainText('my-own.rom');
  await vitrine.waitForText(prompt);
});

/** Opens the page, which waits for the list of guests until the answer is called. */
async function openWithoutGuests(vitrine: Vitrine): Promise<() => void> {
  let answer = (): void => {};
  const isAsked = new Promise<void>((resolve) => {
    void vitrine.page.route('**/guests/manifest.json', async (route) => {
      resolve();
      await new Promise<void>((go) => (answer = go));
      await route.continue();
    });
  });
  await vitrine.open('hello');
  await isAsked;
  return () => answer();
}

test('what is dropped while the page still loads starts in place of the guest', async ({ vitrine, page }) => {
  const answer = await openWithoutGuests(vitrine);
  await vitrine.drop([ROM]);
  answer();
  await expect(page.locator('.plate')).toContainText('my-own.rom');
  await vitrine.waitForText(prompt);
});

test('files that are dropped one after the other while the page still loads all count', async ({ vitrine, page }) => {
  const [kernel, initrd] = guest('linux-i386').files.map(({ path }) => guestFile(path));
  if (kernel === undefined || initrd === undefined) throw new Error('linux-i386 has a kernel and an initrd');
  const answer = await openWithoutGuests(vitrine);
  await vitrine.drop([{ name: 'kernel', bytes: kernel }]);
  await vitrine.drop([{ name: 'disk', bytes: initrd }]);
  answer();
  await expect(page.locator('.plate')).toContainText('bzImage');
  await vitrine.panel.getByText('The same in a terminal').click();
  await expect(vitrine.panel.getByLabel('Command line', { exact: true })).toContainText('-kernel kernel -initrd disk');
});

test('a chosen ROM starts with the flags of the form', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.panel.getByRole('radio', { name: /Your own/ }).check();
  await expect(vitrine.start()).toBeDisabled();
  await vitrine.panel.getByLabel('Kernel or ROM…').setInputFiles({ ...ROM, mimeType: '', buffer: ROM.bytes });
  await vitrine.panel.getByLabel('Memory').fill('8');
  await vitrine.start().click();
  await vitrine.waitForStatus('RAM', '8 MB');
  await vitrine.waitForText(prompt);
  await expect(page.locator('.plate')).toContainText('ROM of 64 KB');
});

const WRONG = [
  { what: 'a picture', name: 'picture.png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { what: 'an empty file', name: 'empty.bin', bytes: [] },
  { what: 'a zip archive', name: 'kernel.zip', bytes: [0x50, 0x4b, 3, 4, ...Array.from({ length: 100 }, () => 7)] },
];

for (const { what, name, bytes } of WRONG) {
  test(`${what} is refused in words that name it`, async ({ vitrine }) => {
    await vitrine.open('hello');
    await vitrine.drop([{ name, bytes: Uint8Array.from(bytes) }]);
    await expect(vitrine.alert).toContainText(name);
    // What is wrong, and what to do.
    await expect(vitrine.alert.getByRole('paragraph')).toHaveText(/^\S+ .+: .+\.$/);
    await vitrine.waitForStatus('State', 'Not started');
    // A way on.
    await vitrine.button('Start Hello').click();
    await vitrine.waitForText(prompt);
    await expect(vitrine.alert).toHaveCount(0);
  });
}

test('a truncated kernel is refused in words', async ({ vitrine }) => {
  const [kernel] = guest('linux-i386').files;
  await vitrine.open('hello');
  await vitrine.drop([{ name: 'vmlinuz-cut', bytes: guestFile(kernel?.path ?? '').subarray(0, 300_000) }]);
  await expect(vitrine.alert).toContainText('vmlinuz-cut is truncated');
});

test('a dropped kernel and its initial RAM disk find their places', async ({ vitrine, page }) => {
  const [kernel, initrd] = guest('linux-i386').files.map(({ path }) => guestFile(path));
  if (kernel === undefined || initrd === undefined) throw new Error('linux-i386 has a kernel and an initrd');
  await vitrine.open('hello');
  await vitrine.drop([
    { name: 'disk', bytes: initrd },
    { name: 'kernel', bytes: kernel },
  ]);
  await expect(page.locator('.plate')).toContainText('bzImage');
  await vitrine.panel.getByText('The same in a terminal').click();
  await expect(vitrine.panel.getByLabel('Command line', { exact: true })).toHaveText(
    'vitrine -kernel kernel -initrd disk -m 128 -append console=ttyS0',
  );
  await vitrine.waitForText(/^\[ +\d+\.\d+\] /m, 240_000);
});
