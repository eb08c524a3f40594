// The machines that say what a privileged test guest prints: Bochs and QEMU when expectations are recorded, Vitrine when they are checked.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Milliseconds: QEMU does not come to the end of guests that need what it does not model.
const LIMIT = 60_000;

/** Runs an action with a folder of its own that is gone afterwards. */
function withFolder<T>(action: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'vitrine-privileged-'));
  try {
    return action(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(command: string, args: readonly string[], folder: string): void {
  const env = { ...process.env, TERM: 'xterm' };
  const result = spawnSync(command, args, { cwd: folder, env, stdio: 'ignore', timeout: LIMIT, killSignal: 'SIGKILL' });
  if (result.error && (result.error as NodeJS.ErrnoException).code === 'ENOENT')
    throw new Error(`${command} is not installed`);
}

function serialText(folder: string): string {
  const path = join(folder, 'serial.txt');
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
}

/** Guests of 64-bit mode need other machines than those of 32 bits. */
export type Bits = 32 | 64;

export function runQemu(rom: Uint8Array, bits: Bits): string {
  return withFolder((folder) => {
    writeFileSync(join(folder, 'rom.bin'), rom);
    const args = '-accel tcg -cpu max -m 16 -bios rom.bin -serial file:serial.txt -display none -monitor none';
    start(
      bits === 64 ? 'qemu-system-x86_64' : 'qemu-system-i386',
      [...args.split(' '), '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'],
      folder,
    );
    return serialText(folder);
  });
}

/** A model with SMEP, SMAP and process-context identifiers for 64-bit guests. */
const BOCHS_CPU = { 32: 'bx_generic', 64: 'broadwell_ult' } as const;
const bochsrc = (bits: Bits) => `
plugin_ctrl: unmapped=1, biosdev=0, speaker=0, parallel=0, serial=1, gameport=0
config_interface: textconfig
display_library: term
megs: 16
romimage: file=rom.bin, address=0xffff0000
vgaromimage: file=/usr/share/vgabios/vgabios.bin
cpu: model=${BOCHS_CPU[bits]}, count=1, ips=50000000, reset_on_triple_fault=1, ignore_bad_msrs=0
com1: enabled=1, mode=file, dev=serial.txt
panic: action=fatal
error: action=ignore
info: action=ignore
log: log.txt
clock: sync=none, time0=1000000000
boot: floppy
`;

/** Bochs draws its screen in a terminal, so script(1) gives it one. */
export function runBochs(rom: Uint8Array, bits: Bits): string {
  return withFolder((folder) => {
    writeFileSync(join(folder, 'rom.bin'), rom);
    writeFileSync(join(folder, 'bochsrc'), bochsrc(bits));
    // Debian's Bochs waits in its debugger before the first instruction, and after each triple fault.
    writeFileSync(join(folder, 'commands'), `${'continue\n'.repeat(20)}quit\n`);
    start('script', ['-qec', 'bochs -q -f bochsrc -rc commands', '/dev/null'], folder);
    return serialText(folder);
  });
}
