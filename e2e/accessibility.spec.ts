// axe in the page's main states, by day and by night, on a desk and on a phone.
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, guest, test, type Vitrine } from './vitrine.ts';

const { prompt } = guest('hello');

interface State {
  readonly name: string;
  readonly enter: (vitrine: Vitrine, page: Page) => Promise<void>;
}

const STATES: readonly State[] = [
  {
    name: 'running',
    enter: async (vitrine) => {
      await vitrine.open('hello');
      await vitrine.waitForText(prompt);
    },
  },
  {
    name: 'loading',
    enter: async (vitrine, page) => {
      await page.route('**/hello.rom', () => new Promise(() => {}));
      await vitrine.open('hello');
      await expect(page.getByRole('progressbar', { name: 'hello/hello.rom' })).toBeVisible();
    },
  },
  {
    name: 'ready',
    enter: async (vitrine, page) => {
      await page.route('**/hello.rom', () => new Promise(() => {}));
      await vitrine.open('hello');
      await vitrine.button('Cancel').click();
      await expect(vitrine.console.getByRole('heading', { name: 'Ready' })).toBeVisible();
    },
  },
  {
    name: 'paused',
    enter: async (vitrine) => {
      await vitrine.open('hello');
      await vitrine.waitForText(prompt);
      await vitrine.button('Pause').click();
      await vitrine.waitForStatus('State', 'Paused');
    },
  },
  {
    name: 'stopped',
    enter: async (vitrine, page) => {
      await vitrine.open('hello');
      await vitrine.waitForText(prompt);
      await vitrine.typeLine('halt');
      await expect(page.locator('.banner')).toBeVisible();
    },
  },
  {
    name: 'refused',
    enter: async (vitrine) => {
      await vitrine.open('hello');
      await vitrine.drop([{ name: 'note.txt', bytes: Buffer.from('no kernel') }]);
      await expect(vitrine.alert).toBeVisible();
    },
  },
  {
    name: 'panel with everything open',
    enter: async (vitrine) => {
      await vitrine.open('hello');
      await vitrine.waitForText(prompt);
      if (!(await vitrine.panel.isVisible())) await vitrine.button('Guests').click();
      for (const part of ['Licence and files', 'More flags', 'The same in a terminal', 'Under the glass'])
        await vitrine.panel.getByText(part).click();
      await vitrine.panel.getByLabel('Memory').fill('lots');
      await expect(vitrine.panel.getByRole('row').first()).toBeVisible();
    },
  },
  {
    name: 'settings',
    enter: async (vitrine, page) => {
      await vitrine.open('hello');
      await vitrine.waitForText('100 ticks');
      await vitrine.button('Settings').click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  {
    name: 'screen reader mode',
    enter: async (vitrine, page) => {
      await vitrine.open('hello');
      await vitrine.button('Settings').click();
      await page.getByRole('dialog').getByLabel('Screen reader mode').check();
      await page.keyboard.press('Escape');
      await vitrine.waitForText(prompt);
      await expect(page.locator('.xterm-accessibility')).toBeAttached();
    },
  },
];

const WINDOWS = [
  { window: 'desk', use: { viewport: { width: 1280, height: 800 } } },
  { window: 'phone', use: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } },
] as const;

async function expectNothingFound(page: Page): Promise<void> {
  const { violations, passes, incomplete } = await new AxeBuilder({ page }).analyze();
  const told = (results: typeof violations) =>
    results.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  expect(told(violations)).toEqual([]);
  // What is partly scrolled out of sight cannot be measured; nothing else may stay open.
  expect(told(incomplete).filter((text) => /gradient|image|pseudo/.test(text))).toEqual([]);
  expect(passes.find(({ id }) => id === 'color-contrast')?.nodes.length).toBeGreaterThan(5);
}

for (const { window, use } of WINDOWS) {
  test.describe(window, () => {
    // A colour that is still changing would be measured.
    test.use({ ...use, contextOptions: { reducedMotion: 'reduce' } });
    for (const { name, enter } of STATES) {
      test(`axe finds nothing by day and by night: ${name}`, async ({ vitrine, page }) => {
        await enter(vitrine, page);
        // axe cannot measure against gradients: without them their worst colour is left (see the styles).
        await page.addStyleTag({ content: '* { background-image: none !important } .case::after { display: none }' });
        const colours: string[] = [];
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          colours.push(await page.evaluate(() => getComputedStyle(document.body).color));
          await test.step(colorScheme, () => expectNothingFound(page));
        }
        expect(colours[0]).not.toBe(colours[1]);
      });
    }
  });
}

test('motion stops where it is not wanted', async ({ vitrine, page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await vitrine.open('hello');
  await vitrine.waitForText('100 ticks');
  const moving = await page.evaluate(
    () =>
      [...document.querySelectorAll('*')].filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return transitionDuration !== '0s' || animationName !== 'none';
      }).length,
  );
  expect(moving).toBe(0);
});
