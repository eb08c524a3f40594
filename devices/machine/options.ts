// THE flag table. The argument parser, `-help` and docs/cli.md read it today; the page's URL and form will.
// Flags and their values are spelt as QEMU spells them.
import * as v from 'valibot';
import { LOG_ITEMS, type LogItem } from '../log.ts';
import { ACCELERATORS, CHECK_ALL, CHECK_OFF, type Accelerator } from './accelerator.ts';
import { CPU_MODELS, cpuModel, DEFAULT_CPU, DEFAULT_MODEL, type CpuModel } from './cpu-model.ts';
import {
  addressRanges,
  charTarget,
  fileName,
  integer,
  keyValues,
  onOff,
  parseDate,
  ramSize,
  settings,
  type AddressRange,
  type CharTarget,
} from './option-values.ts';

export interface DebugExitOptions {
  readonly iobase: number;
  readonly iosize: number;
}

export interface RtcOptions {
  /** 'utc' and 'localtime' start at the host's present time; a date starts there, in UTC milliseconds since 1970. */
  base: 'utc' | 'localtime' | number;
  /** 'vm': the clock stands while the machine is paused. 'host': it follows the host's clock. */
  clock: 'vm' | 'host';
}

export interface IcountOptions {
  /** An instruction takes 2^shift virtual nanoseconds; 'auto' keeps virtual time near the host's. */
  shift: number | 'auto';
  /** Whether an idle guest waits in host time, or skips to its next timer. */
  sleep: boolean;
}

export interface MachineOptions {
  action: 'run' | 'help' | 'version' | 'log-help' | 'cpu-help';
  machine: 'pc';
  name: string;
  accel: Accelerator;
  /** CHECK_OFF, CHECK_ALL, or N: compiled code is compared with the interpreter, all or every Nth run of a region. */
  check: number;
  cpu: CpuModel;
  /** What RDRAND and RDSEED give follows from it; null: the host chooses, or 0 with -icount. */
  seed: number | null;
  ramBytes: number;
  kernel: string | null;
  initrd: string | null;
  append: string;
  bios: string | null;
  serial: CharTarget[];
  debugcon: CharTarget | null;
  isNographic: boolean;
  debugExit: DebugExitOptions | null;
  noReboot: boolean;
  noShutdown: boolean;
  startPaused: boolean;
  log: LogItem[];
  /** What `-d blocks` shows; empty: everything. */
  logFilter: AddressRange[];
  logFile: string | null;
  rtc: RtcOptions;
  icount: IcountOptions | null;
}

export function defaultOptions(): MachineOptions {
  return {
    action: 'run',
    machine: 'pc',
    name: 'vitrine',
    accel: 'jit',
    check: CHECK_OFF,
    cpu: DEFAULT_CPU,
    seed: null,
    ramBytes: 128 * 1024 * 1024,
    kernel: null,
    initrd: null,
    append: '',
    bios: null,
    serial: [],
    debugcon: null,
    isNographic: false,
    debugExit: null,
    noReboot: false,
    noShutdown: false,
    startPaused: false,
    log: [],
    logFilter: [],
    logFile: null,
    rtc: { base: 'utc', clock: 'vm' },
    icount: null,
  };
}

/** Items of `-d` that this build writes; the others of LOG_ITEMS wait for what they describe. */
export const LOG_ITEMS_OFFERED = [
  'int',
  'cpu_reset',
  'blocks',
  'ioport',
  'mmio',
  'unimp',
  'guest_errors',
] as const satisfies readonly LogItem[];

const SERIAL_PORTS = 4;
/** What can be asked of the debug port: 4 bytes at most, and not across the end of the port space. */
const MAX_PORT = 0xffff;

export type FlagGroup = 'Machine' | 'Boot' | 'Devices' | 'Run' | 'Debug' | 'Information';
export const FLAG_GROUPS: readonly FlagGroup[] = ['Machine', 'Boot', 'Devices', 'Run', 'Debug', 'Information'];

interface FlagText {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly group: FlagGroup;
  readonly help: string;
  readonly byDefault?: string;
  readonly examples?: readonly string[];
  /** Values to offer; others may do as well. */
  readonly choices?: readonly string[];
  /** May be given several times, each adding to the others. */
  readonly isRepeatable?: boolean;
}

export interface SwitchFlag extends FlagText {
  readonly syntax: null;
  set(options: MachineOptions): void;
}

export interface ValueFlag extends FlagText {
  /** The argument as help shows it. */
  readonly syntax: string;
  /** Sets the option, or answers what is wrong with the value, to complete "-flag VALUE ...". */
  set(options: MachineOptions, text: string): string | null;
}

export type Flag = SwitchFlag | ValueFlag;

type ValueText = FlagText & { readonly syntax: string };

/** A flag whose value a schema checks and converts. */
function value<Schema extends v.GenericSchema>(
  text: ValueText,
  schema: Schema,
  assign: (options: MachineOptions, value: v.InferOutput<Schema>) => void,
): ValueFlag {
  return { ...text, set: (options, argument) => checked(schema, argument, (output) => assign(options, output)) };
}

/** A flag whose value is a list of settings; `first` is the one whose name may be left out. */
function settingsFlag<Schema extends v.GenericSchema>(
  text: ValueText,
  first: string,
  schema: Schema,
  assign: (options: MachineOptions, value: v.InferOutput<Schema>) => void,
): ValueFlag {
  const set: ValueFlag['set'] = (options, argument) =>
    checked(schema, keyValues(argument, first), (output) => assign(options, output));
  return { ...text, set };
}

function checked<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  assign: (output: v.InferOutput<Schema>) => void,
): string | null {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (!result.success) return result.issues[0].message;
  assign(result.output);
  return null;
}

function toggle(text: FlagText, set: (options: MachineOptions) => void): SwitchFlag {
  return { ...text, syntax: null, set };
}

const date = v.pipe(
  v.string(),
  v.check(
    (text) => text === 'utc' || text === 'localtime' || parseDate(text) !== null,
    'needs utc, localtime or a date such as 2026-01-31T12:00:00 as its base',
  ),
  v.transform((text): RtcOptions['base'] =>
    text === 'utc' || text === 'localtime' ? text : (parseDate(text) ?? 'utc'),
  ),
);

const cpu = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): CpuModel | 'help' => {
    const model = dataset.value === 'help' ? 'help' : cpuModel(dataset.value);
    if (typeof model !== 'string' || model === 'help') return model;
    addIssue({ message: model });
    return NEVER;
  }),
);

const logItems = v.pipe(
  v.string(),
  v.transform((text) => text.split(',')),
  v.array(
    v.picklist([...LOG_ITEMS_OFFERED, 'help'], (issue) => `has no item ${issue.received}; "-d help" lists the items`),
  ),
);

const debugExitDevice = v.pipe(
  settings({
    driver: v.literal('isa-debug-exit', 'is not a device that can be added; there is isa-debug-exit'),
    iobase: v.optional(integer('iobase', 0, MAX_PORT), '0x501'),
    iosize: v.optional(integer('iosize', 1, 4), '2'),
  }),
  v.check((device) => device.iobase + device.iosize <= MAX_PORT + 1, 'does not fit below port 0x10000'),
);

const icountShift = v.pipe(
  v.string(),
  v.regex(/^([0-9]|10|auto)$/u, 'needs a shift from 0 to 10, or auto'),
  v.transform((text): IcountOptions['shift'] => (text === 'auto' ? text : Number(text))),
);

const check = v.pipe(
  v.string(),
  v.regex(/^(on|off|[1-9][0-9]{0,8})$/u, 'needs on, off or a number as its check'),
  v.transform((text) => (text === 'off' ? CHECK_OFF : text === 'on' ? CHECK_ALL : Number(text))),
);

export const FLAGS: readonly Flag[] = [
  settingsFlag(
    {
      name: 'machine',
      aliases: ['M'],
      group: 'Machine',
      syntax: 'TYPE',
      help: 'the machine to build; pc is the only one',
      byDefault: 'pc',
    },
    'type',
    settings({ type: v.literal('pc', 'is not a machine of this build; there is pc') }),
    (options) => (options.machine = 'pc'),
  ),
  settingsFlag(
    {
      name: 'accel',
      group: 'Machine',
      syntax: 'interp|jit[,check=on|off|N]',
      help:
        'how guest code is executed: interp interprets it, jit compiles what is hot to WebAssembly; with check=on the interpreter ' +
        'does again all that compiled code does, and a difference stops the machine; with check=N it does every Nth time',
      byDefault: 'jit',
      choices: ACCELERATORS,
      examples: ['-accel jit,check=100'],
    },
    'accel',
    settings({
      accel: v.picklist(ACCELERATORS, 'is not an accelerator of this build; there are interp and jit'),
      check: v.optional(check, 'off'),
    }),
    (options, { accel, check: every }) => Object.assign(options, { accel, check: every }),
  ),
  value(
    {
      name: 'cpu',
      group: 'Machine',
      syntax: 'MODEL[,+FEATURE][,-FEATURE]',
      help:
        `the CPU: ${CPU_MODELS.map(({ name }) => name).join(', ')}; CPUID and the instructions that exist follow it; ` +
        '+FEATURE adds one with all that it needs, -FEATURE takes one away with all that needs it; "-cpu help" lists them',
      byDefault: DEFAULT_MODEL,
      choices: CPU_MODELS.map(({ name }) => name),
      examples: ['-cpu pentium', '-cpu 686,-pae'],
    },
    cpu,
    (options, model) => {
      if (model === 'help') options.action = 'cpu-help';
      else options.cpu = model;
    },
  ),
  value(
    {
      name: 'm',
      group: 'Machine',
      syntax: 'SIZE',
      help: 'RAM, in megabytes or with a unit (K, M, G), 1M to 3G',
      byDefault: '128M',
      examples: ['-m 128', '-m 1G'],
    },
    ramSize,
    (options, bytes) => (options.ramBytes = bytes),
  ),
  settingsFlag(
    {
      name: 'name',
      group: 'Machine',
      syntax: 'NAME',
      help: 'what the machine is called in titles and messages',
      byDefault: 'vitrine',
    },
    'guest',
    settings({ guest: v.pipe(v.string(), v.nonEmpty('needs a name')) }),
    (options, { guest }) => (options.name = guest),
  ),
  value(
    {
      name: 'seed',
      group: 'Machine',
      syntax: 'NUMBER',
      help: 'what the random numbers of RDRAND and RDSEED follow from',
      byDefault: '0 with -icount, else one that nobody can guess',
      examples: ['-seed 1234'],
    },
    integer('a seed', 0, Number.MAX_SAFE_INTEGER),
    (options, seed) => (options.seed = seed),
  ),
  settingsFlag(
    {
      name: 'rtc',
      group: 'Machine',
      syntax: 'base=utc|localtime|DATE,clock=vm|host',
      help: 'the real-time clock: where it starts, and whether it stands while the machine is paused (vm) or follows the host (host)',
      byDefault: 'base=utc,clock=vm',
      examples: ['-rtc base=2026-01-31T12:00:00'],
    },
    'base',
    settings({
      base: v.optional(date),
      clock: v.optional(v.picklist(['vm', 'host'], 'needs vm or host as its clock')),
    }),
    (options, rtc) => (options.rtc = { base: rtc.base ?? options.rtc.base, clock: rtc.clock ?? options.rtc.clock }),
  ),

  value(
    {
      name: 'kernel',
      group: 'Boot',
      syntax: 'FILE',
      help: 'boot this kernel directly: a Linux bzImage, a multiboot kernel or a PVH ELF file',
    },
    fileName,
    (options, name) => (options.kernel = name),
  ),
  value(
    {
      name: 'initrd',
      group: 'Boot',
      syntax: 'FILE',
      help: 'the initial RAM disk; for a multiboot or PVH kernel "FILE ARGUMENTS,FILE ARGUMENTS,..." are its modules',
      examples: ['-initrd initrd.img', '-initrd "module.bin text=1,data.bin"'],
    },
    fileName,
    (options, name) => (options.initrd = name),
  ),
  value(
    {
      name: 'append',
      group: 'Boot',
      syntax: 'TEXT',
      help: "the kernel's command line",
      examples: ['-append "console=ttyS0"'],
    },
    v.string(),
    (options, text) => (options.append = text),
  ),
  value(
    {
      name: 'bios',
      group: 'Boot',
      syntax: 'FILE',
      help: 'a ROM of 64 KB to 4 MB; it ends at 4 GB, and its last 128 KB are at the top of the first megabyte too',
    },
    fileName,
    (options, name) => (options.bios = name),
  ),

  value(
    {
      name: 'serial',
      group: 'Devices',
      syntax: 'stdio|null|file:PATH',
      help: 'connects the next serial port (COM1 to COM4, in the order of the flags)',
      byDefault: 'stdio',
      examples: ['-serial stdio -serial file:com2.txt'],
      isRepeatable: true,
    },
    charTarget,
    (options, target) => options.serial.push(target),
  ),
  value(
    {
      name: 'debugcon',
      group: 'Devices',
      syntax: 'stdio|null|file:PATH',
      help: 'connects the debug console, port 0xE9',
    },
    charTarget,
    (options, target) => (options.debugcon = target),
  ),
  settingsFlag(
    {
      name: 'device',
      group: 'Devices',
      syntax: 'isa-debug-exit[,iobase=PORT][,iosize=BYTES]',
      help: 'adds a device; a write of N to isa-debug-exit ends the machine with exit status (N << 1) | 1',
      byDefault: 'iobase=0x501,iosize=2 where it is added',
      examples: ['-device isa-debug-exit,iobase=0xf4,iosize=0x04'],
      isRepeatable: true,
    },
    'driver',
    debugExitDevice,
    (options, { iobase, iosize }) => (options.debugExit = { iobase, iosize }),
  ),
  toggle(
    {
      name: 'nographic',
      group: 'Devices',
      help: 'no screen, COM1 on the terminal; nothing changes, because this build has no screen yet',
    },
    (options) => (options.isNographic = true),
  ),

  toggle(
    {
      name: 'no-reboot',
      group: 'Run',
      help: 'end instead of restarting when the guest resets; a triple fault then ends with status 1',
    },
    (options) => (options.noReboot = true),
  ),
  toggle(
    { name: 'no-shutdown', group: 'Run', help: 'pause instead of ending when the guest powers off' },
    (options) => (options.noShutdown = true),
  ),
  toggle({ name: 'S', group: 'Run', help: 'do not start the CPU' }, (options) => (options.startPaused = true)),
  settingsFlag(
    {
      name: 'icount',
      group: 'Run',
      syntax: 'shift=N|auto[,sleep=on|off]',
      help:
        "virtual time counts instructions: each takes 2^N nanoseconds, so the same inputs give the same run; auto keeps near the host's time; " +
        'with sleep=off an idle guest skips to its next timer',
      byDefault: 'virtual time follows the host; sleep=on',
      examples: ['-icount shift=3,sleep=off'],
    },
    'shift',
    v.pipe(
      settings({ shift: icountShift, sleep: v.optional(onOff, 'on') }),
      v.check(
        (icount) => icount.shift !== 'auto' || icount.sleep,
        'contradicts itself: shift=auto follows the host, sleep=off does not wait for it',
      ),
    ),
    (options, icount) => (options.icount = icount),
  ),

  value(
    {
      name: 'd',
      group: 'Debug',
      syntax: 'ITEM[,ITEM...]',
      help: 'write a log of these items to standard error; "-d help" lists them',
      examples: ['-d int,cpu_reset', '-d unimp'],
      isRepeatable: true,
    },
    logItems,
    (options, items) => {
      if (items.includes('help')) options.action = 'log-help';
      for (const item of items) if (item !== 'help' && !options.log.includes(item)) options.log.push(item);
    },
  ),
  value(
    {
      name: 'dfilter',
      group: 'Debug',
      syntax: 'RANGE[,RANGE...]',
      help: 'what is logged of guest code (-d blocks) is only what lies in these linear addresses: START+SIZE, START-SIZE or FIRST..LAST',
      byDefault: 'all addresses',
      examples: ['-dfilter 0x100000+0x1000,0xc0000000..0xc0ffffff'],
    },
    addressRanges,
    (options, ranges) => (options.logFilter = ranges),
  ),
  value(
    { name: 'D', group: 'Debug', syntax: 'FILE', help: 'write the log of -d to this file' },
    fileName,
    (options, name) => (options.logFile = name),
  ),

  toggle(
    { name: 'help', aliases: ['h'], group: 'Information', help: 'this text' },
    (options) => (options.action = 'help'),
  ),
  toggle(
    { name: 'version', group: 'Information', help: 'the version of this build' },
    (options) => (options.action = 'version'),
  ),
];

/** What `-serial` connects once defaults are applied: COM1 on the terminal unless said otherwise. */
export function serialTargets(options: MachineOptions): readonly CharTarget[] {
  return options.serial.length === 0 ? [{ kind: 'stdio' }] : options.serial;
}

/** What no single flag can see. Answers a sentence, or null. */
export function checkTogether(options: MachineOptions): string | null {
  if (options.action !== 'run') return null;
  if (options.serial.length > SERIAL_PORTS)
    return `-serial is given ${options.serial.length} times, but a PC has ${SERIAL_PORTS} serial ports.`;
  if (options.kernel === null && options.initrd !== null)
    return '-initrd needs -kernel: a disk image cannot be booted with it.';
  if (options.kernel === null && options.append !== '')
    return '-append needs -kernel: there is no kernel to hand the command line to.';
  if (options.kernel === null && options.bios === null)
    return 'There is nothing to boot: give -kernel FILE (with -initrd and -append) or -bios FILE.';
  const onTerminal = serialTargets(options).filter((target) => target.kind === 'stdio').length;
  if (onTerminal > 1)
    return `-serial stdio is given ${onTerminal} times, but there is one terminal: send the others to file:PATH or null.`;
  return null;
}

export function logHelp(): string {
  return LOG_ITEMS_OFFERED.map((item) => `${item.padEnd(14)}${LOG_ITEMS[item]}\n`).join('');
}
