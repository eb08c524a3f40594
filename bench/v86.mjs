// One machine of v86 (npm) in a process of its own, its first serial line on standard output: node bench/v86.mjs '{"wasm":...}'.
import { readFileSync, writeSync } from 'node:fs';
import { V86 } from 'v86';

/**
 * @typedef {object} Settings
 * @property {string} wasm
 * @property {boolean} jit
 * @property {number} memory   megabytes
 * @property {string} bios
 * @property {string} [vgaBios]
 * @property {string} [kernel]
 * @property {string} [initrd]
 * @property {string} [append]
 */

/** @type {Settings} */
const settings = JSON.parse(process.argv[2] ?? '{}');

/** @param {string | undefined} path */
function image(path) {
  return path === undefined ? undefined : { buffer: new Uint8Array(readFileSync(path)).buffer };
}

const machine = new V86({
  wasm_path: settings.wasm,
  memory_size: settings.memory << 20,
  disable_jit: !settings.jit,
  disable_speaker: true,
  disable_keyboard: true,
  disable_mouse: true,
  autostart: true,
  bios: image(settings.bios),
  vga_bios: image(settings.vgaBios),
  bzimage: image(settings.kernel),
  initrd: image(settings.initrd),
  cmdline: settings.append,
});
machine.add_listener('serial0-output-byte', (byte) => writeSync(1, Uint8Array.of(byte)));
