// The machine's buttons, its status, and how its end is told.
import { expect, guest, test, type Vitrine } from './vitrine.ts';

const { prompt } = guest('hello');

const ROM_SIZE = 0x10000;

/** A ROM whose first instructions are these, at the reset vector. */
function rom(...bytes: number[]): Uint8Array {
  const image = new Uint8Array(ROM_SIZE).fill(0xf4);
  image.set(bytes, ROM_SIZE - 16);
  return image;
}

// LIDT [0500]: RAM is zero there, so the IDT has no gates; INT3 then finds none, nor does #GP, nor #DF.
const TRIPLE_FAULT = rom(0x0f, 0x01, 0x1e, 0x00, 0x05, 0xcc);

async function setFlag(vitrine: Vitrine, label: string): Promise<void> {
  const field = vitrine.panel.getByRole('checkbox', { name: label, exact: true });
  if (!(await field.isVisible())) await vitrine.panel.getByText('More flags').click();
  await field.check();
}

test('pause stops time, run goes on, reset starts again', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText('100 ticks');
  await vitrine.button('Pause').click();
  await vitrine.waitForStatus('State', 'Paused');
  await expect(page).toHaveTitle(/paused/);
  const [instructions, time] = [await vitrine.status('Instructions'), await vitrine.status('Guest time')];
  await page.waitForTimeout(1500);
  expect(await vitrine.status('Instructions')).toBe(instructions);
  expect(await vitrine.status('Guest time')).toBe(time);

  await vitrine.button('Run').click();
  await vitrine.waitForStatus('State', /Idle|Running/);
  await vitrine.waitForText(prompt);

  await vitrine.button('Reset').click();
  await expect.poll(() => vitrine.text()).not.toContain('500 ticks');
  await vitrine.waitForText(prompt);
});

test('F8 pauses and runs when the page has the keyboard', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText('100 ticks');
  await page.getByRole('main').focus();
  await page.keyboard.press('F8');
  await vitrine.waitForStatus('State', 'Paused');
  await page.keyboard.press('F8');
  await vitrine.waitForStatus('State', /Idle|Running/);
});

test('a power-off is told in words, and the machine starts again', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  await vitrine.waitForText(prompt);
  await vitrine.typeLine('halt');
  await expect(page.locator('.banner')).toContainText('The guest powered off.');
  await expect(page.getByRole('status').filter({ hasText: 'The guest powered off.' })).toBeAttached();
  await vitrine.waitForStatus('State', 'Stopped');
  await expect(vitrine.button('Pause')).toBeDisabled();
  await vitrine.button('Start again').click();
  await expect(page.locator('.banner')).toHaveCount(0);
  await vitrine.waitForText(prompt);
});

test('a triple fault is an alert in words', async ({ vitrine }) => {
  await vitrine.open('hello');
  await vitrine.panel.getByRole('radio', { name: /Your own/ }).check();
  await setFlag(vitrine, '-no-reboot');
  await vitrine.drop([{ name: 'fault.rom', bytes: TRIPLE_FAULT }]);
  await expect(vitrine.alert).toContainText(/triple fault/i);
  await vitrine.waitForStatus('State', 'Stopped');
});

test('a halt for good is a message that can be put away', async ({ vitrine, page }) => {
  await vitrine.open('hello');
  // CLI, HLT.
  await vitrine.drop([{ name: 'halt.rom', bytes: rom(0xfa, 0xf4) }]);
  await expect(page.locator('.banner')).toContainText('halted with interrupts off');
  await vitrine.button('Put this message away').click();
  await expect(page.locator('.banner')).toHaveCount(0);
  await expect(vitrine.panel.getByText('Messages of the machine (1)')).toBeVisible();
});

test('counters show what the guest spoke to', async ({ vitrine }) => {
  await vitrine.open('hello');
  await vitrine.waitForText('100 ticks');
  await vitrine.panel.getByText('Under the glass').click();
  await expect(vitrine.panel.getByRole('row', { name: /uart|serial/i }).first()).toBeVisible();
});
