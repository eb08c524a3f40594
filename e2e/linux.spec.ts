// 64-bit Linux, to a shell that answers, as a visitor sees it. VITRINE_SCREENSHOT=1 also writes docs/images/page.png.
import { fileURLToPath } from 'node:url';
import { expect, guests, test } from './vitrine.ts';

/** The guest that starts by itself. */
const [first] = guests();
const prompt = first?.prompt ?? '';
const SCREENSHOT = fileURLToPath(new URL('../docs/images/page.png', import.meta.url));

const BOOT_TIMEOUT = 480_000;

/** A page that emulates in its own thread stands still for seconds; two busy cores cost it far less. */
const LONGEST_GAP_MS = 2000;

test('the page opens, Linux boots, the shell answers, and power-off is told', async ({ vitrine, page }) => {
  test.setTimeout(BOOT_TIMEOUT + 120_000);
  await page.setViewportSize({ width: 1280, height: 800 });
  await vitrine.open();
  expect(first?.id).toBe('linux-amd64');
  await expect(vitrine.choice('linux-amd64')).toBeChecked();
  await page.evaluate(() => {
    const gaps = { longest: 0, frames: 0 };
    let last = performance.now();
    const frame = (now: number): void => {
      gaps.longest = Math.max(gaps.longest, now - last);
      gaps.frames += 1;
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    Object.assign(window, { gaps });
  });
  // While the kernel unpacks itself: a loop that is compiled soon.
  await vitrine.waitForStatus('JIT', /^([5-9]\d|100) %$/);
  await vitrine.waitForStatus('Speed', /^\d+(\.\d)?\s+MIPS$/);
  await vitrine.waitForText(prompt, BOOT_TIMEOUT);
  const gaps = await page.evaluate(() => (window as unknown as { gaps: { longest: number; frames: number } }).gaps);
  console.log(`while booting: ${gaps.frames} frames, longest gap ${Math.round(gaps.longest)} ms`);
  expect(gaps.frames).toBeGreaterThan(20);
  expect(gaps.longest).toBeLessThan(LONGEST_GAP_MS);
  expect(page.workers(), 'the machine has a thread of its own').toHaveLength(1);

  await vitrine.typeLine('echo $((6*7)); uname -m');
  await vitrine.waitForText(/uname -m\s+42\s+x86_64\s/);
  await vitrine.waitForStatus('State', 'Idle');
  if (process.env.VITRINE_SCREENSHOT !== undefined) {
    await vitrine.typeLine('clear; uname -srm; lscpu | head -19');
    await vitrine.waitForText(/L1i cache: /);
    // The figures of an idle machine.
    await vitrine.waitForStatus('Host CPU', /^\d %$/);
    await page.screenshot({ path: SCREENSHOT });
  }
  await vitrine.typeLine('poweroff');
  await expect(page.locator('.banner')).toContainText('The guest powered off.');
});
