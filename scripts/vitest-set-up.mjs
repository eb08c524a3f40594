// Vitest's global set-up: `npx vitest run FILE` works in any state of the checkout.
import { ensureCli } from './build-cli.mjs';

export default ensureCli;
