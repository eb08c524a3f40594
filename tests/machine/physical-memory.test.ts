// The ends of the physical address space as a guest sees them: the last of 3 GB of RAM, the PCI hole, and a 64-bit BAR above
// 4 GB that is found, sized, placed and used through PAE paging (SDM vol. 3A 4.4).
import { describe, expect, it } from 'vitest';
import type { Region } from '../../devices/device.ts';
import { ConfigSpace } from '../../devices/pci/config-space.ts';
import { devfn } from '../../devices/pci/pci-bus.ts';
import { kernel, makeMachine, runToEnd } from './test-machine.ts';

const EXIT = 'out 0xf4, al\nhlt';

/** Registers of the test device: what is written to the first, inverted, is read from the second. */
class WideDevice {
  static readonly SIZE = 0x1000;
  readonly accesses: string[] = [];
  readonly config = new ConfigSpace({ vendor: 0x1234, device: 0x64b, revision: 0, classCode: 0xff0000 });
  #value = 0;

  constructor() {
    this.config.addBar({
      index: 0,
      space: 'mmio',
      size: WideDevice.SIZE,
      is64Bit: true,
      regionAt: (base) => this.#region(base),
    });
  }

  #region(base: number): Region {
    return {
      space: 'mmio',
      name: 'wide',
      base,
      size: WideDevice.SIZE,
      width: 4,
      read: (offset) => (offset === 4 ? ~this.#value >>> 0 : this.#value),
      write: (offset, width, value) => {
        this.accesses.push(`${(base + offset).toString(16)}/${width}=${value.toString(16)}`);
        this.#value = value;
      },
    };
  }
}

const SLOT = 5;

/** PCI configuration by mechanism 1, in macros of our assembler's subset: EAX <- register, register <- value. */
const readConfig = (register: number): string =>
  `mov eax, ${0x80000000 + (SLOT << 11) + register}\nmov dx, 0xcf8\nout dx, eax\nmov dx, 0xcfc\nin eax, dx`;
const writeConfig = (register: number, value: number): string =>
  `mov eax, ${0x80000000 + (SLOT << 11) + register}\nmov dx, 0xcf8\nout dx, eax\nmov dx, 0xcfc\nmov eax, ${value}\nout dx, eax`;
const check = (what: number, register: number, value: number): string =>
  `${readConfig(register)}\ncmp eax, ${value}\nmov bl, ${what}\njne failed`;

const PAGE_SIZE_BIT = 0x83; // present, writable, 2 MB
const HIGH = 0x8; // the BAR goes to 32 GB

const WIDE_GUEST = `
  ${check(1, 0x10, 4)}
  ${writeConfig(0x10, 0xffffffff)}
  ${writeConfig(0x14, 0xffffffff)}
  ${check(2, 0x10, 0xfffff004)}
  ${check(3, 0x14, 0xffffffff)}
  ${writeConfig(0x10, 0x00001000)}
  ${writeConfig(0x14, HIGH)}
  ${writeConfig(0x04, 2)}
  ; page directory at 0x301000: 0-2 MB and 2-4 MB are themselves, 4-6 MB is at 32 GB
  mov dword [0x300000], 0x301001
  mov dword [0x301000], ${PAGE_SIZE_BIT}
  mov dword [0x301008], ${0x200000 + PAGE_SIZE_BIT}
  mov dword [0x301010], ${PAGE_SIZE_BIT}
  mov dword [0x301014], ${HIGH}
  mov eax, cr4
  or eax, 0x20
  mov cr4, eax
  mov eax, 0x300000
  mov cr3, eax
  mov eax, cr0
  or eax, 0x80000000
  mov cr0, eax
  jmp paged
paged:
  mov bl, 4
  mov dword [0x401000], 0x12345678
  cmp dword [0x401004], 0xedcba987
  jne failed
  mov bl, 5
  mov byte [0x401003], 0x7f
  ; unaligned: the bus takes it in pieces, high bytes from the second register
  cmp dword [0x400ffc], 0xffffffff
  jne failed
  mov bl, 6
  ; 4 KB further nobody answers
  cmp dword [0x402000], 0xffffffff
  jne failed
  mov bl, 0
failed:
  mov al, bl
  ${EXIT}
`;

describe('64-bit BARs', () => {
  it('are sized in both registers and used above 4 GB', async () => {
    const device = new WideDevice();
    const { machine, ended } = await makeMachine('-kernel', kernel(WIDE_GUEST));
    machine.pci.add(devfn(SLOT, 0), device.config);
    machine.resume();
    expect((await ended).code).toBe(1);
    expect(device.accesses).toEqual(['800001000/4=12345678', '800001003/1=7f']);
    expect(machine.counters().io).toContainEqual({ name: 'wide', count: expect.any(Number) });
  });
});

describe('3 GB of RAM', () => {
  it('is there to its last byte, the PCI hole follows, and Multiboot tells of all of it', async () => {
    const { exit } = await runToEnd(
      '-kernel',
      kernel(`
        mov ecx, [ebx + 8]
        mov bl, 1
        cmp ecx, ${3 * 1024 * 1024 - 1024}
        jne failed
        mov bl, 2
        mov dword [0xbffffffc], 0xcafe1234
        mov dword [0x7ffffffe], 0x55aa55aa
        cmp dword [0xbffffffc], 0xcafe1234
        jne failed
        cmp word [0x80000000], 0x55aa
        jne failed
        mov bl, 3
        mov dword [0xc0000000], 0
        cmp dword [0xc0000000], 0xffffffff
        jne failed
        mov bl, 0
        failed:
        mov al, bl
        ${EXIT}`),
      ['-m', '3072'],
    );
    expect(exit.code).toBe(1);
  });
});
