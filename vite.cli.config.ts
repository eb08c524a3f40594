import { defineConfig, type Plugin } from 'vite';

/** Sources name the core as `../../build/core.wasm`; in the package it lies beside the bundle. */
const coreBesideBundle: Plugin = {
  name: 'core-beside-bundle',
  transform(code) {
    const moved = code.replaceAll(
      /new URL\(\s*(['"])(?:\.\.\/)+build\/core\.wasm\1,\s*import\.meta\.url,?\s*\)/g,
      "new URL('./core.wasm', import.meta.url)",
    );
    return moved === code ? undefined : { code: moved, map: null };
  },
};

export default defineConfig({
  plugins: [coreBesideBundle],
  ssr: { noExternal: true },
  build: {
    ssr: 'devices/cli/main.ts',
    target: 'node20',
    sourcemap: true,
    rolldownOptions: {
      output: { format: 'es', entryFileNames: 'vitrine.mjs', codeSplitting: false, banner: '#!/usr/bin/env node' },
    },
  },
});
