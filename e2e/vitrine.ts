// What every browser test starts from: a page that has neither errors in its console nor requests to anywhere else, and words for
// what people do with it.
import { readFileSync } from 'node:fs';
import { test as base, expect, type Locator, type Page } from '@playwright/test';

export { expect };

/** For one click or key; boots wait with `waitForText`. */
const ACTION_TIMEOUT = 60_000;

const GUESTS = new URL('../build/guests/', import.meta.url);

interface ManifestGuest {
  readonly id: string;
  readonly title: string;
  readonly prompt: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** In the order of the page: the first starts by itself. */
export function guests(): ManifestGuest[] {
  return (JSON.parse(readFileSync(new URL('manifest.json', GUESTS), 'utf8')) as { guests: ManifestGuest[] }).guests;
}

/** As the recipe wrote it. A guest that was not made fails the tests that need it. */
export function guest(id: string): ManifestGuest {
  const found = guests().find((one) => one.id === id);
  if (found === undefined) throw new Error(`build/guests/ has no ${id}: npm run build:guests makes it`);
  return found;
}

export function guestFile(path: string): Buffer {
  return readFileSync(new URL(path, GUESTS));
}

export class Vitrine {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens the page at a guest, or at the one that it chooses itself. */
  async open(id?: string): Promise<void> {
    await this.page.goto(id === undefined ? '.' : `.#guest=${id}`);
  }

  get console(): Locator {
    return this.page.getByRole('region', { name: 'Console' });
  }

  get keys(): Locator {
    return this.page.getByRole('textbox', { name: 'Console of the guest' });
  }

  get panel(): Locator {
    return this.page.getByRole('complementary', { name: 'Guests and flags' });
  }

  get alert(): Locator {
    return this.page.getByRole('alert');
  }

  /** The choice of a guest. */
  choice(id: string): Locator {
    return this.panel.getByRole('radio', { name: guest(id).title });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  start(): Locator {
    return this.panel.getByRole('button', { name: /^Start/ });
  }

  /** What the screen shows now. */
  async text(): Promise<string> {
    const rows = await this.page.locator('.xterm-rows').innerText();
    return rows.replaceAll('\u00a0', ' ');
  }

  async waitForText(text: string | RegExp, timeout = 120_000): Promise<void> {
    const screen = expect.poll(() => this.text(), { timeout, message: `the screen shows ${text}` });
    await (typeof text === 'string' ? screen.toContain(text) : screen.toMatch(text));
  }

  async typeLine(line: string): Promise<void> {
    await this.keys.focus();
    await this.page.keyboard.type(`${line}\n`);
  }

  /** A figure of the status bar. */
  async status(name: string): Promise<string> {
    const cell = this.page.locator('.cell').filter({ has: this.page.getByText(name, { exact: true }) });
    return (await cell.locator('dd').innerText()).trim();
  }

  async waitForStatus(name: string, value: string | RegExp): Promise<void> {
    const figure = expect.poll(() => this.status(name), { message: `${name} becomes ${value}` });
    await (typeof value === 'string' ? figure.toBe(value) : figure.toMatch(value));
  }

  /** Drops files onto the page, as from a file manager. */
  async drop(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<void> {
    const encoded = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString('base64') }));
    const transfer = await this.page.evaluateHandle((list) => {
      const data = new DataTransfer();
      for (const { name, base64 } of list)
        data.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name));
      return data;
    }, encoded);
    await this.page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
    await this.page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  }
}

interface Fixtures {
  vitrine: Vitrine;
  /** Console errors that the test provokes. */
  expectedErrors: RegExp[];
}

export const test = base.extend<Fixtures>({
  expectedErrors: [[], { option: true }],
  vitrine: async ({ page, baseURL, expectedErrors }, use) => {
    const errors: string[] = [];
    const strangers: string[] = [];
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
    });
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith(baseURL ?? '')) strangers.push(url);
    });
    page.setDefaultTimeout(ACTION_TIMEOUT);
    await use(new Vitrine(page));
    const unexpected = errors.filter((text) => !expectedErrors.some((pattern) => pattern.test(text)));
    expect(unexpected, 'the console stays free of errors').toEqual([]);
    // The base URL is a sub-folder: this also says that no request leaves it.
    expect(strangers, 'every request goes to the folder of the page').toEqual([]);
  },
});
