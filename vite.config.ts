import { createReadStream, cpSync, existsSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));
const guests = join(root, 'build/guests');

/** Guest images are made, not committed: `guests/` of the site is build/guests/, copied by a build, served as it is while developing. */
const guestImages: Plugin = {
  name: 'guest-images',
  configureServer(server) {
    server.middlewares.use('/guests', (request, response, next) => {
      const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
      const file = join(guests, path);
      if (!existsSync(file) || !statSync(file).isFile()) return next();
      response.setHeader('Content-Length', statSync(file).size);
      createReadStream(file).pipe(response);
    });
  },
  closeBundle() {
    if (this.environment.mode === 'build' && existsSync(guests)) {
      cpSync(guests, join(root, 'dist/guests'), { recursive: true });
    }
  },
};

export default defineConfig({
  root: join(root, 'web'),
  // Relative, so that the site works from any folder of any static host.
  base: './',
  plugins: [guestImages],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  server: { fs: { allow: [root] } },
  build: { target: 'es2023', outDir: '../dist', emptyOutDir: true, assetsInlineLimit: 0, reportCompressedSize: false },
});
