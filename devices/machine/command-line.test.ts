import { describe, expect, it } from 'vitest';
import { HostError } from '../device.ts';
import { helpMarkdown, helpText, parseArguments, splitArguments } from './command-line.ts';
import { nearest } from './nearest.ts';
import { FLAGS, logHelp } from './options.ts';

const KERNEL = ['-kernel', 'vmlinuz'];

/** The sentence that a command line is refused with. */
function refusal(...argv: string[]): string {
  try {
    parseArguments(argv);
  } catch (error) {
    if (error instanceof HostError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('parseArguments', () => {
  it('reads a usual command line', () => {
    const options = parseArguments(
      splitArguments(
        '-m 64 -kernel vmlinuz -initrd initrd.img -append "console=ttyS0 quiet" -serial stdio -serial file:b,c -no-reboot',
      ),
    );
    expect(options).toMatchObject({
      ramBytes: 64 * 1024 * 1024,
      kernel: 'vmlinuz',
      initrd: 'initrd.img',
      append: 'console=ttyS0 quiet',
      serial: [{ kind: 'stdio' }, { kind: 'file', path: 'b,c' }],
      noReboot: true,
      noShutdown: false,
    });
  });

  it.each([
    ['128', 128 * 1024 ** 2],
    ['128M', 128 * 1024 ** 2],
    ['128m', 128 * 1024 ** 2],
    ['1G', 1024 ** 3],
    ['1.5G', 1.5 * 1024 ** 3],
    ['size=2048K', 2048 * 1024],
    ['3G', 3 * 1024 ** 3],
  ])('-m %s', (text, bytes) => {
    expect(parseArguments([...KERNEL, '-m', text]).ramBytes).toBe(bytes);
  });

  it.each([
    [['-m', '4G'], '-m 4G is too much; at most 3G of RAM fit below the PCI hole.'],
    [['-m', '16K'], '-m 16K is too little; a PC needs at least 1M.'],
    [['-m', 'lots'], '-m lots is not a size; write megabytes or a number with a unit, such as 128, 128M or 1G.'],
    [['-m'], '-m needs a value: -m SIZE.'],
    [['-kernal', 'x'], 'There is no flag -kernal: did you mean -kernel?'],
    [['--apend', 'x'], 'There is no flag --apend: did you mean -append?'],
    [['-noreboot'], 'There is no flag -noreboot: did you mean -no-reboot?'],
    [['-smp', '2'], 'There is no flag -smp: -help lists all flags.'],
    [['vmlinuz'], '"vmlinuz" stands where a flag should: write -kernel vmlinuz if it is a kernel, or see -help.'],
    [['-accel', 'kvm'], '-accel kvm is not an accelerator of this build; there are interp and jit.'],
    [['-accel', 'jit,check=0'], '-accel jit,check=0 needs on, off or a number as its check.'],
    [['-machine', 'q35'], '-machine q35 is not a machine of this build; there is pc.'],
    [
      ['-cpu', 'host'],
      '-cpu host is not a CPU of this build; there are 486, pentium, 686, x86-64-v1, x86-64-v2, x86-64-v3, max.',
    ],
    [['-cpu', 'pentum'], '-cpu pentum is not a CPU of this build; perhaps pentium.'],
    [['-cpu', '686,-pea'], '-cpu 686,-pea has no feature "pea"; perhaps pae.'],
    [['-cpu', '686,+svm'], '-cpu 686,+svm asks for svm, which this CPU cannot do yet.'],
    [['-cpu', '686,pae'], '-cpu 686,pae has "pae", which is neither +FEATURE nor -FEATURE.'],
    [['-cpu', '686,+nx,-pae'], '-cpu 686,+nx,-pae asks for nx without pae, which it needs.'],
    [['-serial', 'tcp::1'], '-serial tcp::1 is not a place for characters; write stdio, null or file:PATH.'],
    [['-d', 'int,foo'], '-d int,foo has no item "foo"; "-d help" lists the items.'],
    [['-device', 'e1000'], '-device e1000 is not a device that can be added; there is isa-debug-exit.'],
    [
      ['-device', 'isa-debug-exit,port=1'],
      '-device isa-debug-exit,port=1 has no setting "port"; there is driver, iobase, iosize.',
    ],
    [
      ['-device', 'isa-debug-exit,iobase=0xffff'],
      '-device isa-debug-exit,iobase=0xffff does not fit below port 0x10000.',
    ],
    [['-icount', 'shift=99'], '-icount shift=99 needs a shift from 0 to 10, or auto.'],
    [['-icount', 'sleep=off'], '-icount sleep=off lacks the setting "shift".'],
    [
      ['-icount', 'auto,sleep=off'],
      '-icount auto,sleep=off contradicts itself: shift=auto follows the host, sleep=off does not wait for it.',
    ],
    [
      ['-rtc', 'base=yesterday'],
      '-rtc base=yesterday needs utc, localtime or a date such as 2026-01-31T12:00:00 as its base.',
    ],
    [['-kernel', ''], '-kernel needs the name of a file.'],
  ])('refuses %j', (argv, sentence) => {
    expect(refusal(...argv)).toBe(sentence);
  });

  it('refuses combinations that make no sense', () => {
    expect(refusal()).toContain('There is nothing to boot');
    expect(refusal('-initrd', 'x', '-bios', 'y')).toContain('-initrd needs -kernel');
    expect(refusal('-append', 'x', '-bios', 'y')).toContain('-append needs -kernel');
    expect(refusal(...KERNEL, '-serial', 'stdio', '-serial', 'stdio')).toContain('there is one terminal');
    const five = Array.from({ length: 5 }, () => ['-serial', 'null']).flat();
    expect(refusal(...KERNEL, ...five)).toContain('has 4 serial ports');
  });

  it('reads settings in any order and with defaults', () => {
    expect(parseArguments([...KERNEL, '-device', 'isa-debug-exit']).debugExit).toEqual({ iobase: 0x501, iosize: 2 });
    expect(parseArguments([...KERNEL, '-device', 'isa-debug-exit,iosize=0x04,iobase=0xf4']).debugExit).toEqual({
      iobase: 0xf4,
      iosize: 4,
    });
    expect(parseArguments([...KERNEL, '-icount', '3']).icount).toEqual({ shift: 3, sleep: true });
    expect(parseArguments([...KERNEL, '-icount', 'sleep=off,shift=0']).icount).toEqual({ shift: 0, sleep: false });
    expect(parseArguments([...KERNEL, '-icount', 'auto']).icount).toEqual({ shift: 'auto', sleep: true });
    expect(parseArguments([...KERNEL, '-rtc', 'clock=host']).rtc).toEqual({ base: 'utc', clock: 'host' });
    expect(parseArguments([...KERNEL, '-rtc', 'base=2026-01-31T12:00:00']).rtc.base).toBe(Date.UTC(2026, 0, 31, 12));
    for (const day of ['1970-01-01', '1999-12-31', '2000-02-29', '2024-02-29', '2026-03-01', '2100-02-28']) {
      expect(parseArguments([...KERNEL, '-rtc', day]).rtc.base).toBe(Date.parse(`${day}T00:00:00Z`));
    }
    expect(refusal(...KERNEL, '-rtc', '2100-02-29')).toContain('needs utc, localtime or a date');
    expect(parseArguments([...KERNEL, '-name', 'guest=a,,b']).name).toBe('a,b');
  });

  it('takes the CPU', () => {
    const { words, name } = parseArguments([...KERNEL, '-cpu', '686,-pae,cx8=off,+fpu']).cpu;
    const [edx = 0] = parseArguments([...KERNEL, '-cpu', '686']).cpu.words;
    expect([name, words[0]]).toEqual(['686', edx & ~(1 << 6) & ~(1 << 8)]);
    expect(parseArguments(KERNEL).cpu.name).toBe('x86-64-v3');
    expect(parseArguments(['-cpu', 'help']).action).toBe('cpu-help');
  });

  it('-dfilter takes ranges of addresses', () => {
    expect(parseArguments([...KERNEL, '-dfilter', '0x1000+0x20,8192-16,0x3000..0xffffffff80000000']).logFilter).toEqual(
      [
        { first: 0x1000n, last: 0x101fn },
        { first: 8177n, last: 8192n },
        { first: 0x3000n, last: 0xffffffff80000000n },
      ],
    );
    for (const wrong of ['1000', '0x10+0', '2..1', '1+2+3'])
      expect(refusal(...KERNEL, '-dfilter', wrong)).toBe(
        `-dfilter ${wrong} needs ranges of addresses, such as 0x1000+0x20, 0x2000-0x20 or 0x3000..0x301f.`,
      );
  });

  it('collects log items of several -d', () => {
    expect(parseArguments([...KERNEL, '-d', 'int,unimp', '-d', 'int,ioport']).log).toEqual(['int', 'unimp', 'ioport']);
    expect(parseArguments(['-d', 'help']).action).toBe('log-help');
    expect(logHelp()).toContain('unimp');
  });

  it('wants no image for -help and -version', () => {
    expect(parseArguments(['-help']).action).toBe('help');
    expect(parseArguments(['--version']).action).toBe('version');
    expect(parseArguments(['-h']).action).toBe('help');
  });
});

describe('nearest', () => {
  it('knows insertions, deletions, replacements and swaps, and gives up on other words', () => {
    const names = ['kernel', 'initrd', 'append', 'm', 'd'];
    expect(nearest('kernle', names)).toBe('kernel');
    expect(nearest('intrd', names)).toBe('initrd');
    expect(nearest('appendd', names)).toBe('append');
    expect(nearest('KERNEL', names)).toBe('kernel');
    expect(nearest('q', names)).toBeNull();
    expect(nearest('usb-tablet', names)).toBeNull();
  });
});

describe('splitArguments', () => {
  it('keeps quoted words together', () => {
    expect(splitArguments(`-append "a \\"b\\" c" -name 'x y'  -m\\ 1 -x=""`)).toEqual([
      '-append',
      'a "b" c',
      '-name',
      'x y',
      '-m 1',
      '-x=',
    ]);
  });
});

describe('the flag table', () => {
  it('describes every flag in help and in docs/cli.md', async () => {
    const help = helpText();
    for (const flag of FLAGS) expect(help).toContain(`  -${flag.name}`);
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    await expect(helpMarkdown()).toMatchFileSnapshot('../../docs/cli.md');
  });

  it('has examples that its own parser takes', () => {
    for (const flag of FLAGS) {
      for (const example of flag.examples ?? []) {
        const isBoot = example.includes('-kernel');
        expect(() => parseArguments([...(isBoot ? [] : KERNEL), ...splitArguments(example)])).not.toThrow();
      }
    }
  });
});
