// The console with the smallest guest: typing, pasting, copying, and whose the keyboard is.
import { expect, guest, test } from './vitrine.ts';

const { prompt } = guest('hello');

test('boots the hello guest and answers what is typed', async ({ vitrine }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  await vitrine.typeLine('cpuid');
  await vitrine.waitForText(/hello> cpuid\s[^]*\S[^]*hello> /);
  await vitrine.waitForStatus('State', 'Idle');
});

test.describe('the clipboard', () => {
  test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

  test('Ctrl+Shift+V pastes text, but no control characters', async ({ vitrine, page }) => {
    await vitrine.open('hello');
    await vitrine.waitForText(prompt);
    // Ctrl-U and the end of a bracketed paste would change what is typed.
    await page.evaluate(() => navigator.clipboard.writeText('ti\u0015\u001bcks\n'));
    await vitrine.keys.focus();
    await page.keyboard.press('Control+Shift+V');
    await vitrine.waitForText(/hello> ticks\s+\d+ ticks/);
  });

  test('Ctrl+Shift+C copies the selection, the button all text', async ({ vitrine, page }) => {
    await vitrine.open('hello');
    await vitrine.waitForText(prompt);
    const word = await page.locator('.xterm-rows').getByText('Commands:').boundingBox();
    await page.mouse.dblclick((word?.x ?? 0) + 20, (word?.y ?? 0) + 8);
    await page.keyboard.press('Control+Shift+C');
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe('Commands:');
    await vitrine.typeLine('');
    await vitrine.button('Copy text').click();
    await expect(vitrine.button('Copied')).toBeVisible();
    const text = await page.evaluate(() => navigator.clipboard.readText());
    expect(text).toContain('Hello from a 64 KB ROM');
    expect(text).toContain(prompt.trim());
  });
});

test('Ctrl+Alt+G moves the keyboard between guest and page', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  await vitrine.keys.focus();
  await expect(vitrine.button('Keyboard: guest')).toBeVisible();
  await page.keyboard.press('Control+Alt+g');
  await expect(vitrine.button('Keyboard: page')).toBeVisible();
  await page.keyboard.type('lost');
  await page.keyboard.press('Control+Alt+g');
  await page.keyboard.type('kept');
  await vitrine.waitForText('hello> kept');
  expect(await vitrine.text()).not.toContain('lost');
});

test('Tab goes to the guest, and moves on once the page has the keyboard', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  await vitrine.keys.focus();
  await page.keyboard.press('Tab');
  await expect(vitrine.keys).toBeFocused();
  await page.keyboard.press('Control+Alt+g');
  const skip = page.getByRole('link', { name: 'Skip to the machine' });
  await skip.focus();
  await page.keyboard.press('Tab');
  await expect(vitrine.button('Settings')).toBeFocused();
  await skip.focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(vitrine.button('Pause')).toBeFocused();
  // The way there has started nothing anew.
  expect(await vitrine.text()).toContain(prompt.trim());
  expect(new URL(page.url()).hash).toBe('#guest=hello');
});

test('the terminal grows with the window', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  const rows = () => page.locator('.xterm-rows > div').count();
  const before = await rows();
  await page.setViewportSize({ width: 1280, height: 1100 });
  await expect.poll(rows).toBeGreaterThan(before);
  await vitrine.typeLine('ticks');
  await vitrine.waitForText(/\d+ ticks, [\d.]+ seconds\s+hello> /);
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

  test('the key row types what a phone cannot', async ({ vitrine, page }) => {
    await vitrine.open('hello');
    await vitrine.waitForText(prompt);
    await page.locator('.xterm-screen').tap();
    await page.keyboard.type('tickX');
    await page.keyboard.press('Backspace');
    await page.keyboard.type('s');
    const control = vitrine.button('Control, for the next key');
    await control.tap();
    await expect(control).toHaveAttribute('aria-pressed', 'true');
    // Ctrl-M is Enter.
    await page.keyboard.type('m');
    await expect(control).toHaveAttribute('aria-pressed', 'false');
    await vitrine.waitForText(/hello> ticks\s+\d+ ticks/);
    for (const name of ['Escape', 'Tab', 'Left', 'Down', 'Up', 'Right', 'Paste'])
      await expect(vitrine.button(name)).toBeInViewport();
  });

  test('the guests are a sheet that Escape and its button close', async ({ vitrine, page }) => {
    await vitrine.open('hello');
    await expect(vitrine.panel).toBeHidden();
    await vitrine.button('Guests').tap();
    await expect(vitrine.panel).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(vitrine.panel).toBeHidden();
    await vitrine.button('Guests').tap();
    await vitrine.button('Close the panel').tap();
    await expect(vitrine.panel).toBeHidden();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow, 'nothing is wider than the phone').toBeLessThanOrEqual(0);
  });
});
