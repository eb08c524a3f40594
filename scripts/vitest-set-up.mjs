// Vitest's global set-up: `npx vitest run FILE` builds what is stale first. VITRINE_BUILD=skip leaves that out.
import { ensureCli } from './build-cli.mjs';

export default async function setUp() {
  if (process.env.VITRINE_BUILD === 'skip') return;
  try {
    await ensureCli();
  } catch (error) {
    // Tests of a chip or of a tool run all the same; those of the core or the command line then test the last good build.
    // `npm test` and CI build before Vitest starts and end there.
    console.error(`vitrine: WARNING: the build failed, the last good one is tested. ${String(error)}`);
  }
}
