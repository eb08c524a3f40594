import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HostError } from '../../device.ts';
import { GuestMemory } from '../../memory.ts';
import { defaultOptions } from '../options.ts';
import { memoryMap, type BootPlan } from './boot-plan.ts';
import { loadImage } from './image.ts';
import { concat, makeBzImage, makeElf, makeMultibootHeader, type BzImageFields } from './test-images.ts';

const MB = 1024 * 1024;
const RSDP = 0xf0000;

interface Boot {
  readonly kernel?: Uint8Array;
  readonly initrd?: string;
  readonly append?: string;
  readonly bios?: Uint8Array;
  readonly ramBytes?: number;
  readonly files?: Record<string, Uint8Array>;
  readonly hasLongMode?: boolean;
}

function boot({
  kernel,
  initrd,
  append = '',
  bios,
  ramBytes = 128 * MB,
  files = {},
  hasLongMode = false,
}: Boot): Promise<BootPlan> {
  const all: Record<string, Uint8Array | undefined> = { ...files, vmlinuz: kernel, 'rom.bin': bios };
  const options = {
    ...defaultOptions(),
    kernel: kernel === undefined ? null : 'vmlinuz',
    bios: bios === undefined ? null : 'rom.bin',
    initrd: initrd ?? null,
    append,
  };
  const readFile = async (name: string): Promise<Uint8Array> => {
    const bytes = all[name];
    if (bytes === undefined) throw new HostError(`${name} is not there.`);
    return bytes;
  };
  return loadImage(options, readFile, { ramBytes, rsdp: RSDP, hasLongMode });
}

/** Applies the plan to RAM that holds old bytes. */
async function place(request: Boot): Promise<{ plan: BootPlan; memory: GuestMemory }> {
  const plan = await boot(request);
  const memory = new GuestMemory(new Uint8Array(request.ramBytes ?? 128 * MB).fill(0xcc));
  for (const { address, bytes } of plan.placements) memory.writeBytes(address, bytes);
  return { plan, memory };
}

async function refusal(request: Boot): Promise<string> {
  const error: unknown = await boot(request).then(
    () => 'accepted',
    (reason: unknown) => reason,
  );
  if (error instanceof HostError) return error.message;
  throw new Error(`no HostError: ${String(error)}`);
}

function textAt(memory: GuestMemory, address: number): string {
  let text = '';
  for (let at = address; memory.read8(at) !== 0; at += 1) text += String.fromCharCode(memory.read8(at));
  return text;
}

const withHeader = (header: Uint8Array, size = 64): Uint8Array => concat(header, new Uint8Array(size).fill(0x90));

describe('memoryMap', () => {
  it('has RAM, the EBDA and the ROM area', () => {
    expect(memoryMap(64 * MB)).toEqual([
      { base: 0, length: 0x9fc00, type: 1 },
      { base: 0x9fc00, length: 0x400, type: 2 },
      { base: 0xf0000, length: 0x10000, type: 2 },
      { base: MB, length: 63 * MB, type: 1 },
    ]);
    expect(memoryMap(MB)).toHaveLength(3);
  });
});

describe('bzImage', () => {
  it('is loaded at 1 MB with its zero page, command line and initrd', async () => {
    const disk = new Uint8Array(5000).fill(0x42);
    const { plan, memory } = await place({
      kernel: makeBzImage(),
      initrd: 'disk',
      append: 'console=ttyS0 ü',
      files: { disk },
    });
    expect(plan.description).toBe('Linux 6.1.0-test (bzImage)');
    expect(plan.entry).toMatchObject({
      eip: MB,
      registers: { esi: 0x10000, ebp: 0, edi: 0, ebx: 0 },
      codeSelector: 0x10,
      dataSelector: 0x18,
    });
    expect(memory.read32(MB)).toBe(0x90909090);
    const zeroPage = plan.entry?.registers.esi ?? 0;
    expect(memory.read32(zeroPage + 0x202)).toBe(0x53726448);
    expect(memory.read8(zeroPage + 0x210)).toBe(0xff);
    expect(textAt(memory, memory.read32(zeroPage + 0x228))).toBe('console=ttyS0 \u00c3\u00bc');
    const address = memory.read32(zeroPage + 0x218);
    expect(address).toBe(128 * MB - 8192);
    expect(memory.read32(zeroPage + 0x21c)).toBe(5000);
    expect(memory.read32(address)).toBe(0x42424242);
    expect(memory.read32(zeroPage + 0x70)).toBe(RSDP);
    expect(memory.read8(zeroPage + 0x1e8)).toBe(4);
    expect(memory.read32(zeroPage + 0x2d0 + 3 * 20)).toBe(MB);
    expect(memory.read32(zeroPage + 0x2d0 + 3 * 20 + 8)).toBe(127 * MB);
    // Nothing of the old RAM shows through between the fields.
    expect(memory.read32(zeroPage)).toBe((0xfc00 << 16) >>> 0);
  });

  it('puts the flat descriptors where the entry says', async () => {
    const { plan, memory } = await place({ kernel: makeBzImage() });
    const gdt = plan.entry?.gdtBase ?? 0;
    expect(plan.entry?.gdtLimit).toBe(31);
    expect([memory.read32(gdt + 0x10), memory.read32(gdt + 0x14)]).toEqual([0x0000ffff, 0x00cf9b00]);
    expect([memory.read32(gdt + 0x18), memory.read32(gdt + 0x1c)]).toEqual([0x0000ffff, 0x00cf9300]);
  });

  it('keeps the initrd below initrd_addr_max', async () => {
    const { memory } = await place({
      kernel: makeBzImage({ initrdAddrMax: 0x3ffffff }),
      initrd: 'disk',
      files: { disk: new Uint8Array(4096) },
    });
    expect(memory.read32(0x10218)).toBe(0x4000000 - 4096);
  });

  it('enters a 64-bit kernel at its 32-bit entry point, if the CPU has long mode', async () => {
    const plan = await boot({ kernel: makeBzImage({ xloadflags: 1 }), hasLongMode: true });
    expect(plan.entry).toMatchObject({ eip: MB, codeSelector: 0x10 });
  });

  it('tells of 3 GB of RAM, and puts the initrd below initrd_addr_max and the PCI hole', async () => {
    const kernel = makeBzImage({ initrdAddrMax: 0xffffffff });
    const plan = await boot({
      kernel,
      initrd: 'disk',
      ramBytes: 3072 * MB,
      files: { disk: new Uint8Array(4096).fill(1) },
    });
    expect(plan.placements.at(-1)?.address).toBe(0xc0000000 - 4096);
    const zeroPage = plan.placements.find(({ address }) => address === 0x10000)?.bytes ?? new Uint8Array();
    const view = new DataView(zeroPage.buffer, zeroPage.byteOffset);
    expect(view.getBigUint64(0x2d0 + 3 * 20, true)).toBe(0x100000n);
    expect(view.getBigUint64(0x2d0 + 3 * 20 + 8, true)).toBe(0xbff00000n);
    expect(view.getUint32(0x218, true)).toBe(0xbffff000);
    expect(view.getUint32(0x1e0, true)).toBe(0xbff00000 / 1024);
  });

  it('honours code32_start of a kernel that is not relocatable', async () => {
    const plan = await boot({ kernel: makeBzImage({ relocatable: 0, version: 0x0204 }) });
    expect(plan.entry?.eip).toBe(MB);
  });

  it.each<[Partial<BzImageFields>, string]>([
    [
      { xloadflags: 1 },
      "vmlinuz is a 64-bit Linux kernel and this CPU has no long mode: choose another -cpu, or a 32-bit kernel such as Debian's linux-image-686.",
    ],
    [{ loadflags: 0 }, 'vmlinuz is a zImage, which is loaded below 640 KB: build a bzImage instead.'],
    [
      { version: 0x0201 },
      'vmlinuz is a Linux kernel with boot protocol 2.01, older than 2.02: use a kernel of the 2.4 series or newer.',
    ],
    [{ syssize: 8192 }, 'vmlinuz is truncated: 6.0 KB of 10.0 KB are there; fetch it again.'],
    [{ initSize: 0x8000000 }, 'vmlinuz needs 144 MB of RAM to start: give at least -m 144.'],
  ])('refuses %j', async (changes, sentence) => {
    expect(await refusal({ kernel: makeBzImage(changes) })).toBe(sentence);
  });

  it('refuses what does not fit', async () => {
    expect(await refusal({ kernel: makeBzImage({ cmdlineSize: 10 }), append: 'x'.repeat(11) })).toBe(
      '-append is 11 bytes long, but this kernel takes at most 10: shorten it.',
    );
    expect(await refusal({ kernel: makeBzImage(), append: 'x'.repeat(3000) })).toContain('at most 2047');
    expect(await refusal({ kernel: makeBzImage(), initrd: 'disk', files: { disk: new Uint8Array() } })).toContain(
      'disk is empty',
    );
    const disk = new Uint8Array(20 * MB);
    expect(await refusal({ kernel: makeBzImage(), initrd: 'disk', ramBytes: 32 * MB, files: { disk } })).toBe(
      'vmlinuz and disk (20.0 MB) do not fit into 32.0 MB of RAM: give at least -m 38.',
    );
    await expect(
      boot({ kernel: makeBzImage(), initrd: 'disk', ramBytes: 38 * MB, files: { disk } }),
    ).resolves.toBeDefined();
    expect(
      await refusal({ kernel: makeBzImage({ initrdAddrMax: 0x1ffffff }), initrd: 'disk', files: { disk } }),
    ).toContain('takes it below 32.0 MB only');
  });

  it('names the file that is cut off anywhere', async () => {
    const whole = makeBzImage();
    for (const length of [0x206, 0x240, 600, 1024, 2048, 4096, whole.length - 16]) {
      expect(await refusal({ kernel: whole.subarray(0, length) })).toContain('vmlinuz is truncated');
    }
    await expect(boot({ kernel: concat(whole, new Uint8Array(1000)) })).resolves.toBeDefined();
  });
});

describe('multiboot', () => {
  it('loads an ELF kernel with modules and says where they are', async () => {
    const kernel = makeElf({ code: withHeader(makeMultibootHeader(3)), memorySize: 9000, entry: 0x100010 });
    const files = { a: new Uint8Array(5000).fill(1), c: new Uint8Array(10).fill(2) };
    const { plan, memory } = await place({ kernel, initrd: 'a b=1,,2,c', append: 'x y', files });
    expect(plan.entry).toMatchObject({ eip: 0x100010, registers: { eax: 0x2badb002 } });
    expect(memory.read32(0x100000)).toBe(0x1badb002);
    expect(memory.read8(0x100000 + 8999)).toBe(0);
    const info = plan.entry?.registers.ebx ?? 0;
    expect(memory.read32(info) & 0x24d).toBe(0x24d);
    expect(memory.read32(info + 4)).toBe(639);
    expect(memory.read32(info + 8)).toBe(127 * 1024);
    expect(textAt(memory, memory.read32(info + 16))).toBe('vmlinuz x y');
    expect(memory.read32(info + 20)).toBe(2);
    const list = memory.read32(info + 24);
    const first = memory.read32(list);
    expect(first).toBe(0x103000);
    expect(memory.read32(list + 4)).toBe(first + 5000);
    expect(textAt(memory, memory.read32(list + 8))).toBe('a b=1,2');
    expect(memory.read8(memory.read32(list + 16))).toBe(2);
    expect(textAt(memory, memory.read32(list + 24))).toBe('c');
    const map = memory.read32(info + 48);
    expect(memory.read32(info + 44)).toBe(4 * 24);
    expect([memory.read32(map), memory.read32(map + 4), memory.read32(map + 12), memory.read32(map + 20)]).toEqual([
      20, 0, 0x9fc00, 1,
    ]);
  });

  it('loads a flat kernel by its address fields', async () => {
    const header = makeMultibootHeader(0x10003, [0x200010, 0x200000, 0x200080, 0x201000, 0x200040]);
    const kernel = concat(new Uint8Array(0x20).fill(0xee), header, new Uint8Array(0x200).fill(0x77));
    const { plan, memory } = await place({ kernel });
    expect(plan.description).toBe('multiboot kernel (flat)');
    expect(plan.entry?.eip).toBe(0x200040);
    // The file's byte 0x20 is the header at 0x200010, so loading starts at byte 0x10.
    expect(memory.read32(0x200000)).toBe(0xeeeeeeee);
    expect(memory.read32(0x200010)).toBe(0x1badb002);
    expect(memory.read8(0x20007f)).toBe(0x77);
    expect(memory.read8(0x200080)).toBe(0);
    expect(memory.read8(0x200fff)).toBe(0);
    expect(memory.read8(0x201000)).toBe(0xcc);
  });

  it.each([
    ['features nobody knows', makeMultibootHeader(0x8), 'vmlinuz demands multiboot features 0x8'],
    ['no addresses and no ELF', makeMultibootHeader(3), 'is neither an ELF file nor says where to load it'],
    ['a header cut off', makeMultibootHeader(0x10003), 'ends within its multiboot header'],
    [
      'addresses before the file',
      makeMultibootHeader(0x10003, [0x200010, 0x200000, 0, 0, 0x200000]),
      'do not fit its place in the file',
    ],
    [
      'an end before the start',
      makeMultibootHeader(0x10003, [0x200000, 0x200000, 0x100000, 0, 0x200000]),
      'lies before its load_addr',
    ],
    [
      'more than the file has',
      makeMultibootHeader(0x10003, [0x200000, 0x200000, 0x300000, 0, 0x200000]),
      'vmlinuz is truncated',
    ],
    ['more than RAM', makeMultibootHeader(0x10003, [0x9000000, 0x9000000, 0, 0, 0x9000000]), 'give at least -m 145'],
    ['the ROM area', makeMultibootHeader(0x10003, [0x9fff0, 0x9fff0, 0, 0, 0x9fff0]), 'video memory and ROMs'],
    [
      'its own boot information',
      makeMultibootHeader(0x10003, [0x10000, 0x10000, 0, 0, 0x10000]),
      'where its boot information is put',
    ],
  ])('refuses %s', async (_, header, sentence) => {
    expect(
      await refusal({
        kernel:
          header.length === 12 && sentence.includes('within')
            ? header
            : withHeader(header, header.length === 12 ? 4 : 64),
      }),
    ).toContain(sentence);
  });

  it('warns of a video mode that it does not set', async () => {
    const plan = await boot({ kernel: makeElf({ code: withHeader(makeMultibootHeader(4)) }) });
    expect(plan.warnings).toEqual(['vmlinuz asks for a video mode, but this machine has no screen.']);
  });

  it('says which module is missing or does not fit', async () => {
    const kernel = makeElf({ code: withHeader(makeMultibootHeader(0)) });
    expect(await refusal({ kernel, initrd: 'a,,' })).toBe('a, is not there.');
    expect(await refusal({ kernel, initrd: 'a, ,b', files: { a: new Uint8Array(1) } })).toContain('has an empty entry');
    expect(await refusal({ kernel, initrd: 'a', ramBytes: 2 * MB, files: { a: new Uint8Array(MB) } })).toContain(
      'give at least -m 3',
    );
  });
});

describe('PVH', () => {
  it('enters at the address of the Xen note', async () => {
    const files = { disk: new Uint8Array(100).fill(7) };
    const { plan, memory } = await place({
      kernel: makeElf({ pvhEntry: 0x100020 }),
      initrd: 'disk',
      append: 'quiet',
      files,
    });
    expect(plan.entry?.eip).toBe(0x100020);
    const info = plan.entry?.registers.ebx ?? 0;
    expect([memory.read32(info), memory.read32(info + 4), memory.read32(info + 12)]).toEqual([0x336ec578, 1, 1]);
    const modules = memory.read32(info + 16);
    expect(memory.read8(memory.read32(modules))).toBe(7);
    expect(memory.read32(modules + 8)).toBe(100);
    expect(textAt(memory, memory.read32(info + 24))).toBe('quiet');
    expect(memory.read32(info + 32)).toBe(RSDP);
    expect(memory.read32(info + 48)).toBe(4);
    expect(memory.read32(memory.read32(info + 40) + 3 * 24)).toBe(MB);
  });
});

describe('what is no kernel', () => {
  const at = (offset: number, text: string): Uint8Array => {
    const bytes = new Uint8Array(40_000);
    bytes.set(
      Array.from(text, (char) => char.charCodeAt(0)),
      offset,
    );
    return bytes;
  };
  it.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(), 'vmlinuz is empty: fetch or build the kernel again.'],
    ['short', new Uint8Array(10).fill(1), 'vmlinuz has only 10 bytes'],
    ['zeroes', new Uint8Array(100_000), 'vmlinuz holds nothing but zeroes (97.7 KB)'],
    ['arm64', at(0x38, 'ARMd'), 'vmlinuz is a Linux kernel for arm64 (an Image)'],
    ['gzip', at(0, '\x1f\x8b\x08'), 'vmlinuz is gzip-compressed: unpack it first.'],
    ['xz', at(0, '\xfd7zXZ'), 'vmlinuz is xz-compressed'],
    ['zstd', at(0, '\x28\xb5\x2f\xfd'), 'vmlinuz is zstd-compressed'],
    ['HTML', at(0, '<!DOCTYPE html>'), 'is an HTML page'],
    ['cpio', at(0, '070701'), 'give it with -initrd'],
    ['package', at(0, '!<arch>\n'), 'is an archive'],
    ['qcow2', at(0, 'QFI\xfb'), 'qcow2 disk image'],
    ['ISO', at(0x8001, 'CD001'), 'ISO image'],
    ['EFI program', at(0, 'MZ'), 'EFI program'],
    ['disk', at(510, '\x55\xaa'), 'boot sector'],
    [
      'ELF for x86-64',
      makeElf({ elfClass: 2, machine: 62 }),
      'vmlinuz is an ELF for x86-64, which this CPU cannot run yet: use a 32-bit build.',
    ],
    ['ELF for arm64', makeElf({ elfClass: 2, machine: 183 }), 'vmlinuz is an ELF for arm64'],
    ['relocatable ELF', makeElf({ type: 1 }), 'no executable'],
    ['plain ELF', makeElf(), 'without a multiboot header or a PVH entry note'],
    ['text', at(0, 'hello, world'), 'is no kernel that can be recognised'],
    ['ELF cut off', makeElf({ pvhEntry: 0x100000 }).subarray(0, 100), 'vmlinuz is truncated'],
  ])('names %s', async (_, kernel, sentence) => {
    expect(await refusal({ kernel })).toContain(sentence);
  });

  it('never does anything but load or refuse in a sentence, whatever the bytes', async () => {
    const seeds = [
      makeBzImage(),
      makeElf({ pvhEntry: 0x100020 }),
      makeElf({ code: withHeader(makeMultibootHeader(3)) }),
      withHeader(makeMultibootHeader(0x10003, [0x200000, 0x200000, 0, 0, 0x200000])),
    ];
    const change = fc.tuple(
      fc.nat(3),
      fc.array(fc.tuple(fc.nat(1200), fc.nat(255)), { maxLength: 20 }),
      fc.option(fc.nat(9000)),
    );
    await fc.assert(
      fc.asyncProperty(change, async ([seed, edits, cut]) => {
        const bytes = (seeds[seed] ?? new Uint8Array()).slice(0, cut ?? undefined);
        for (const [offset, value] of edits) if (offset < bytes.length) bytes[offset] = value;
        const outcome = await boot({ kernel: bytes, ramBytes: 32 * MB }).then(
          (plan) => (plan.entry === null ? 'no entry' : 'loaded.'),
          (error: unknown) => (error instanceof HostError ? error.message : `threw ${String(error)}`),
        );
        expect(outcome).toMatch(/^(loaded|(vmlinuz|-append) .*)\.$/su);
      }),
      { numRuns: 500 },
    );
  });
});

describe('ROM', () => {
  it('takes 64 KB to 4 MB', async () => {
    const plan = await boot({ bios: new Uint8Array(128 * 1024) });
    expect(plan.rom).toHaveLength(128 * 1024);
    expect(plan.entry).toBeNull();
    await expect(boot({ bios: new Uint8Array(4 * MB) })).resolves.toBeDefined();
  });

  it('refuses other sizes', async () => {
    expect(await refusal({ bios: new Uint8Array() })).toBe('rom.bin is empty: give a ROM image of 64 KB to 4 MB.');
    expect(await refusal({ bios: new Uint8Array(65535) })).toContain('lacks 1 bytes of padding');
    expect(await refusal({ bios: new Uint8Array(4 * MB + 65536) })).toContain('at most 4 MB');
  });

  it('stays visible beside a kernel', async () => {
    const plan = await boot({ bios: new Uint8Array(65536), kernel: makeBzImage() });
    expect(plan.rom).toHaveLength(65536);
    expect(plan.entry).not.toBeNull();
  });
});
