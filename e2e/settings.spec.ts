// What survives a reload, and what the form says about values that are wrong.
import { expect, guest, test } from './vitrine.ts';

const { prompt } = guest('hello');

test('settings survive a reload', async ({ vitrine, page }) => {
  await vitrine.open();
  const hello = vitrine.panel.getByRole('radio', { name: /Hello/ });
  const linux = vitrine.choice('linux-i386');
  await linux.check();
  await vitrine.panel.getByLabel('Memory').fill('96');
  await vitrine.panel.getByLabel('Kernel command line').fill('console=ttyS0 quiet');
  await hello.check();
  await vitrine.panel.getByLabel('Memory').fill('16');
  await vitrine.button('Settings').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Dark').click();
  await dialog.getByRole('slider').fill('18');
  await dialog.getByLabel('Screen reader mode').check();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();

  // Without the address, which names the guest, too.
  await page.goto('.');
  await expect(hello).toBeChecked();
  await vitrine.waitForText(prompt);
  await vitrine.waitForStatus('RAM', '16 MB');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('.xterm-rows')).toHaveCSS('font-size', '18px');
  await expect(page.locator('.xterm-accessibility')).toBeAttached();
  await linux.check();
  await expect(vitrine.panel.getByLabel('Memory')).toHaveValue('96');
  await expect(vitrine.panel.getByLabel('Kernel command line')).toHaveValue('console=ttyS0 quiet');
  await vitrine.button('Back to what the guest comes with').click();
  await expect(vitrine.panel.getByLabel('Memory')).toHaveValue('64');
});

test('the page waits for the button if it is told to', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  await vitrine.button('Settings').click();
  await page.getByRole('dialog').getByLabel('Start the guest when the page opens').uncheck();
  await page.reload();
  await expect(vitrine.console.getByRole('heading', { name: 'Ready' })).toBeVisible();
  await vitrine.waitForStatus('State', 'Off');
  await vitrine.console.getByRole('button', { name: 'Start' }).click();
  await vitrine.waitForText(prompt);
});

test('a wrong value is told at its field, and by the machine', async ({ vitrine }) => {
  await vitrine.open('hello');
  await vitrine.panel.getByLabel('Memory').fill('lots');
  await expect(vitrine.panel.getByText(/^lots is not a size; write megabytes/)).toBeVisible();
  await expect(vitrine.panel.getByLabel('Memory')).toHaveAttribute('aria-invalid', 'true');
  await vitrine.start().click();
  await expect(vitrine.alert).toContainText('-m lots is not a size');
});

test('garbage in the store does no harm', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText('100 ticks');
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const open = indexedDB.open('keyval-store');
        open.onerror = () => reject(new Error('no store'));
        open.onsuccess = () => {
          const write = open.result.transaction('keyval', 'readwrite');
          write.objectStore('keyval').put({ fontSize: 'huge', theme: 7, guest: {}, flags: [1] }, 'settings');
          write.objectStore('keyval').put({ image: 'text', flag: '-rm' }, 'own-files');
          write.oncomplete = () => resolve();
        };
      }),
  );
  await page.reload();
  await vitrine.waitForText(prompt);
});

test('the accelerator is chosen in the form, and the status bar tells what it does', async ({ vitrine }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  await vitrine.waitForStatus('JIT', /^\d+ %$|^–$/);
  await vitrine.panel.getByText('More flags').click();
  const accelerator = vitrine.panel.getByLabel('-accel');
  await accelerator.fill('kvm');
  await expect(
    vitrine.panel.getByText('kvm is not an accelerator of this build; there are interp and jit.'),
  ).toBeVisible();
  await accelerator.fill('interp');
  await vitrine.start().click();
  await vitrine.waitForStatus('JIT', 'off');
  await vitrine.waitForText(prompt);
});
