// npm test: sets itself up, runs Vitest (unit, CPU, device, boot) and Playwright (browser), and ends with one line of totals.
import { readFileSync, rmSync } from 'node:fs';
import { ensureCli } from './build-cli.mjs';
import { buildSite } from './build-site.mjs';
import { makeGuests } from './make-guests.mjs';
import { ensureDependencies, packageFile, ROOT, runMain, runNode, SetUpError } from './set-up.mjs';
import { BROWSER_PACKAGES, COMPILER_PACKAGES, ensureSystemPackages } from './system-packages.mjs';

const VITEST_REPORT = 'build/reports/vitest.json';
const PLAYWRIGHT_REPORT = 'build/reports/playwright.json';

/**
 * @typedef {object} Totals
 * @property {number} passed
 * @property {number} failed   skipped tests are counted here: what did not run has not passed
 */

/**
 * Runs one runner and reads its report; a runner that fails outside of any test counts as one failed test.
 * @param {string} name
 * @param {string} report
 * @param {() => number} start
 * @param {(report: any) => Totals} count
 * @returns {Totals}
 */
function runRunner(name, report, start, count) {
  rmSync(`${ROOT}/${report}`, { force: true });
  const began = performance.now();
  const status = start();
  const totals = { passed: 0, failed: 0 };
  try {
    Object.assign(totals, count(JSON.parse(readFileSync(`${ROOT}/${report}`, 'utf8'))));
  } catch (error) {
    console.error(`vitrine: ${name} left no readable report: ${String(error)}`);
  }
  if (status !== 0 && totals.failed === 0) totals.failed = 1;
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${name}: ${totals.passed} passed, ${totals.failed} failed in ${seconds} s`);
  return totals;
}

function runVitest() {
  return runRunner(
    'Vitest',
    VITEST_REPORT,
    () =>
      runNode([
        packageFile('vitest/vitest.mjs'),
        'run',
        '--reporter=dot',
        '--reporter=json',
        `--outputFile.json=${VITEST_REPORT}`,
      ]),
    (report) => ({
      passed: report.numPassedTests,
      failed:
        report.numTotalTests -
        report.numPassedTests +
        // A file that could not be loaded has failed without a test of its own.
        report.testResults.filter(
          (/** @type {any} */ file) => file.status === 'failed' && file.assertionResults.length === 0,
        ).length,
    }),
  );
}

function runPlaywright() {
  return runRunner(
    'Playwright',
    PLAYWRIGHT_REPORT,
    () =>
      runNode([packageFile('@playwright/test/cli.js'), 'test', '--reporter=line,json'], {
        ...process.env,
        PLAYWRIGHT_JSON_OUTPUT_NAME: PLAYWRIGHT_REPORT,
      }),
    ({ stats }) => ({ passed: stats.expected, failed: stats.unexpected + stats.flaky + stats.skipped }),
  );
}

/** @returns {Promise<Totals[]>} */
async function runAll() {
  const [only, ...rest] = process.argv.slice(2);
  if (rest.length > 0 || !(only === undefined || only === '--unit' || only === '--e2e')) {
    throw new SetUpError('npm test takes --unit or --e2e; for one test see CONTRIBUTING.md.');
  }
  const wantsUnit = only !== '--e2e';
  const wantsBrowser = only !== '--unit';
  ensureDependencies();
  ensureSystemPackages([...(wantsUnit ? COMPILER_PACKAGES : []), ...(wantsBrowser ? BROWSER_PACKAGES : [])]);
  await ensureCli();
  if (!(await makeGuests())) throw new SetUpError('the tests need every guest; the lines above say what is missing.');
  if (wantsBrowser) await buildSite();
  return [...(wantsUnit ? [runVitest()] : []), ...(wantsBrowser ? [runPlaywright()] : [])];
}

/** @type {Totals[]} */
let totals = [];
await runMain(async () => {
  totals = await runAll();
});
const passed = totals.reduce((sum, part) => sum + part.passed, 0);
// A set-up that failed has run nothing: that is a failure, too.
const failed = totals.length === 0 ? 1 : totals.reduce((sum, part) => sum + part.failed, 0);
if (failed > 0 || totals.some((part) => part.passed === 0)) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);
