// The machine as a whole, with the real core: what the board, the loop and the loaders do together.
import { describe, expect, it } from 'vitest';
import { makeElf } from '../../devices/machine/load/test-images.ts';
import { ECHO, assembleBytes, kernel, makeMachine, rom, runToEnd, runToIdle, TestHost } from './test-machine.ts';

/** Ends the machine with status (AL << 1) | 1. */
const EXIT = 'out 0xf4, al\nhlt';
const PRINT = `
print: lodsb
  test al, al
  jz .end
  mov dx, 0x3f8
  out dx, al
  jmp print
.end: ret
`;
const DETERMINISTIC = ['-icount', 'shift=3,sleep=off', '-rtc', 'base=2026-01-31'];

describe('starting', () => {
  it('begins at the reset vector of a ROM', async () => {
    const { host, exit } = await runToEnd(
      '-bios',
      rom(`mov ax, cs\nmov ds, ax\nmov si, text\ncall print\nmov al, 3\n${EXIT}\n${PRINT}\ntext: db "from ROM", 10, 0`),
    );
    expect(host.serial).toBe('from ROM\n');
    expect(exit).toMatchObject({ kind: 'debug-exit', code: 7 });
  });

  it('enters a multiboot kernel with the magic number and its information', async () => {
    const { machine, host, exit } = await runToEnd(
      '-kernel',
      kernel(
        `cmp eax, 0x2BADB002\njne .bad\nmov esi, [ebx + 16]\ncall print\nmov eax, [ebx + 24]\nmov esi, [eax]\ncall print\nmov al, 1\n${EXIT}\n.bad: mov al, 2\n${EXIT}\n${PRINT}`,
      ),
      ['-append', 'one two', '-initrd', 'module x=1'],
      new TestHost({ module: new TextEncoder().encode(' three\0') }),
    );
    expect(host.serial).toBe('image one two three');
    expect(exit.code).toBe(3);
    expect(machine.description.image).toBe('multiboot kernel (flat)');
  });

  it('enters a PVH kernel with its start information', async () => {
    const source = `bits 32
      org 0x100000
      mov esp, 0x280000
      cmp dword [ebx], 0x336ec578
      jne .bad
      mov esi, [ebx + 24]
      call print
      mov esi, [ebx + 16]
      mov esi, [esi]
      call print
      mov eax, [ebx + 32]
      cmp dword [eax], 'RSD '
      jne .bad
      str dx
      test dx, dx
      jnz .bad
      mov al, 1
      ${EXIT}
    .bad: mov al, 2
      ${EXIT}
      ${PRINT}`;
    const image = makeElf({ code: assembleBytes(source), pvhEntry: 0x100000 });
    const { host, exit } = await runToEnd(
      '-kernel',
      image,
      ['-append', 'one', '-initrd', 'module'],
      new TestHost({ module: new TextEncoder().encode(' two\0') }),
    );
    expect(host.serial).toBe('one two');
    expect(exit.code).toBe(3);
  });

  it('leaves ACPI tables for a kernel that is started without firmware', async () => {
    const source = `mov esi, 0xf0000\nxor eax, eax\nmov ecx, 20\n.sum: add al, [esi]\ninc esi\nloop .sum\n${EXIT}`;
    expect((await runToEnd('-kernel', kernel(source))).exit.code).toBe(1);
  });

  it('stands at the first instruction until it is told to run', async () => {
    const { machine, host, ended } = await makeMachine('-bios', rom(`mov al, 0\n${EXIT}`), ['-S']);
    expect(machine.state).toBe('paused');
    await host.yieldTurn();
    expect(machine.status().instructions).toBe(0);
    machine.resume();
    expect((await ended).code).toBe(1);
  });
});

describe('ending', () => {
  const poweroff = kernel('mov dx, 0x604\nmov ax, 0x2000\nout dx, ax\nhlt');

  it('by soft off', async () => {
    const { exit, machine } = await runToEnd('-kernel', poweroff);
    expect(exit).toEqual({ kind: 'poweroff', code: 0, words: 'The guest powered off.' });
    expect(machine.state).toBe('stopped');
  });

  it('not by soft off with -no-shutdown', async () => {
    const { machine, host } = await makeMachine('-kernel', poweroff, ['-no-shutdown']);
    machine.resume();
    while (machine.state !== 'paused') await host.yieldTurn();
    expect(host.messages).toEqual(['The guest powered off; the machine is kept, as -no-shutdown says.']);
  });

  it.each([
    ['port 0xCF9', 'mov dx, 0xcf9\nmov al, 6\nout dx, al'],
    ['port 0x92', 'in al, 0x92\nand al, 0xfe\nout 0x92, al\nor al, 1\nout 0x92, al'],
    ['the keyboard controller', 'mov al, 0xfe\nout 0x64, al'],
  ])('by a reset through %s with -no-reboot, and else starts again', async (_, reset) => {
    const image = kernel(`mov dx, 0x3f8\nmov al, '+'\nout dx, al\n${reset}\nhlt`);
    expect((await runToEnd('-kernel', image, ['-no-reboot'])).exit).toMatchObject({ kind: 'reset', code: 0 });
    const run = await makeMachine('-kernel', image);
    run.host.onOutput = () => {
      if (run.host.serial.length >= 3) run.machine.pause();
    };
    run.machine.resume();
    while (run.machine.state !== 'paused') await run.host.yieldTurn();
    expect(run.host.serial.slice(0, 3)).toBe('+++');
  });

  it('by a triple fault with -no-reboot, in words', async () => {
    const { exit } = await runToEnd('-kernel', kernel('lidt [table]\nud2\ntable: dw 0\ndd 0'), ['-no-reboot']);
    expect(exit.kind).toBe('triple-fault');
    expect(exit.code).toBe(1);
    expect(exit.words).toMatch(
      /^Triple fault: #GP \(error 0x33\) at 0010:002000[0-9a-f]{2}; .* The IDT at 0x0 has a limit of 0x0: too small for vector 13\.$/u,
    );
  });

  it('not by a triple fault that restarts: the words are said once', async () => {
    const run = await makeMachine(
      '-kernel',
      kernel(`mov dx, 0x3f8\nmov al, '+'\nout dx, al\nlidt [table]\nud2\ntable: dw 0\ndd 0`),
    );
    run.host.onOutput = () => {
      if (run.host.serial.length >= 3) run.machine.pause();
    };
    run.machine.resume();
    while (run.machine.state !== 'paused') await run.host.yieldTurn();
    expect(run.host.messages).toHaveLength(1);
    expect(run.host.messages[0]).toContain('The machine restarts.');
  });

  it('and starting again by the reset button', async () => {
    const { machine, host } = await runToEnd(
      '-kernel',
      kernel(`mov dx, 0x3f8\nmov al, '+'\nout dx, al\nmov al, 0\n${EXIT}`),
    );
    machine.reset();
    while (machine.state !== 'stopped') await host.yieldTurn();
    expect(host.serial).toBe('++');
  });
});

/** Both PICs at 0x20, an IDT with one handler for every vector, PIT at 1 kHz, interrupts on. */
const TIMER = `
  mov edi, 0x300000
  mov ecx, 256
.gates: mov eax, handler
  mov word [edi], ax
  mov word [edi + 2], 0x10
  mov word [edi + 4], 0x8e00
  shr eax, 16
  mov word [edi + 6], ax
  add edi, 8
  loop .gates
  lidt [idt]
  mov al, 0x11
  out 0x20, al
  mov al, 0x20
  out 0x21, al
  mov al, 4
  out 0x21, al
  mov al, 1
  out 0x21, al
  mov al, 0xfe
  out 0x21, al
  mov al, 0x34
  out 0x43, al
  mov al, 0xa9
  out 0x40, al
  mov al, 0x04
  out 0x40, al
  xor ebp, ebp
  sti
`;
const TIMER_DATA = `
handler: inc ebp
  mov al, 0x20
  out 0x20, al
  iret
idt: dw 256 * 8 - 1
  dd 0x300000
`;

describe('time', () => {
  it('passes while the guest sleeps, and the host is not kept busy', async () => {
    const run = await runToEnd(
      '-kernel',
      kernel(`${TIMER}\n.wait: hlt\ncmp ebp, 50\njb .wait\nmov al, 0\n${EXIT}\n${TIMER_DATA}`),
    );
    // OUT rises when the counter is programmed, and then every 1193/1193182 s.
    expect(run.machine.status().virtualTimeNs).toBeGreaterThan(48.9e6);
    expect(run.host.waits.length).toBeGreaterThanOrEqual(49);
    expect(run.machine.status().instructions).toBeLessThan(10_000);
    expect(run.host.turns).toBeLessThan(10);
  });

  it('stands while a guest without timers sleeps, until a key is pressed', async () => {
    const image = kernel(
      `mov dx, 0x3f9\nmov al, 1\nout dx, al\nmov dx, 0x3fc\nmov al, 8\nout dx, al\n${TIMER.replace('mov al, 0xfe\n  out 0x21', 'mov al, 0xef\n  out 0x21').replace('mov al, 0x34', 'mov al, 0x30')}\n.wait: hlt\nmov dx, 0x3f8\nin al, dx\n${EXIT}\n${TIMER_DATA}`,
    );
    const run = await makeMachine('-kernel', image);
    await runToIdle(run);
    expect(run.machine.state).toBe('halted');
    const { instructions } = run.machine.status();
    await run.host.yieldTurn();
    expect(run.machine.status().instructions).toBe(instructions);
    run.machine.input('serial0', Uint8Array.of(5));
    expect((await run.ended).code).toBe(11);
  });

  it('says when nothing can wake the CPU any more', async () => {
    const run = await makeMachine('-kernel', kernel('cli\nhlt'));
    await runToIdle(run);
    expect(run.host.messages).toEqual([
      'The CPU halted with interrupts off at 0010:00200027: nothing but a reset can wake it.',
    ]);
  });

  it('the same inputs give the same run, however the host cuts it into turns', async () => {
    const image = kernel(
      `${TIMER}\n.work: mov eax, [0x380000]\nimul eax, eax, 1103515245\nadd eax, 12345\nmov [0x380000], eax\nadd ebx, eax\ncmp ebp, 40\njb .work\nmov al, bl\n${EXIT}\n${TIMER_DATA}`,
    );
    const hashes = [];
    for (const lookNs of [1000, 100_000, 4_000_000]) {
      const host = new TestHost();
      host.lookNs = lookNs;
      const run = await runToEnd('-kernel', image, DETERMINISTIC, host);
      hashes.push({
        code: run.exit.code,
        hash: run.machine.stateHash(),
        instructions: run.machine.status().instructions,
      });
    }
    expect(hashes[1]).toEqual(hashes[0]);
    expect(hashes[2]).toEqual(hashes[0]);
    // And the hash sees what differs.
    const other = await runToEnd('-kernel', image, ['-icount', 'shift=4,sleep=off', '-rtc', 'base=2026-01-31']);
    expect(other.machine.stateHash()).not.toBe(hashes[0]?.hash);
  });

  it('the real-time clock starts where -rtc says and stands in a pause, or does not', async () => {
    const image = kernel(
      'call seconds\n.same: call seconds\nmov dl, al\nin al, 0xe9\njmp .same\nseconds: mov al, 0\nout 0x70, al\nin al, 0x71\nret',
    );
    for (const [clock, passed] of [
      ['vm', 0],
      ['host', 40],
    ] as const) {
      const host = new TestHost();
      const { machine } = await makeMachine(
        '-kernel',
        image,
        ['-S', '-rtc', `base=2026-01-31T12:00:05,clock=${clock}`],
        host,
      );
      host.unixMs += 40_000;
      machine.resume();
      machine.pause();
      const seconds = (machine.core.registers().general[2] ?? 0) & 0xff;
      expect((seconds >> 4) * 10 + (seconds & 15)).toBe(5 + passed);
    }
  });
});

describe('streams', () => {
  const echo = kernel(ECHO);

  it('input comes in order and without loss, however much at once', async () => {
    const text = Array.from({ length: 5000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
    const run = await makeMachine('-kernel', echo);
    const all = new Promise<void>((resolve) => {
      run.host.onOutput = () => {
        if (run.host.serial === '>') run.machine.input('serial0', new TextEncoder().encode(text));
        if (run.host.serial.length > text.length) resolve();
      };
    });
    run.machine.resume();
    await all;
    run.machine.pause();
    expect(run.host.serial).toBe(`>${text}`);
    expect(run.machine.pendingInput).toBe(0);
    expect(run.machine.input('serial3', Uint8Array.of(1))).toBe(false);
  });

  it('every serial port and the debug console go where the flags say', async () => {
    const source = [0x3f8, 0x2f8, 0x3e8, 0x2e8, 0xe9]
      .map((port, index) => `mov dx, ${port}\nmov al, '${index + 1}'\nout dx, al`)
      .join('\n');
    const { host, machine } = await runToEnd('-kernel', kernel(`${source}\nmov al, 0\n${EXIT}`), [
      '-serial',
      'null',
      '-serial',
      'file:b',
      '-serial',
      'stdio',
      '-debugcon',
      'file:d',
    ]);
    expect(Object.fromEntries(host.output)).toEqual({ serial1: '2', serial2: '3', debugcon: '5' });
    expect(machine.description.streams).toEqual(['serial2']);
  });
});

describe('what is missing', () => {
  it('is counted by name and listed at the end', async () => {
    const source = `mov ecx, 3\n.again: mov dx, 0x1234\nin al, dx\nloop .again\nmov eax, [0xd0000000]\nmov al, 0\n${EXIT}`;
    const { host, machine } = await runToEnd('-kernel', kernel(source), ['-d', 'unimp']);
    const names = machine.counters().unimplemented.map(({ name }) => name);
    expect(names).toContain('port 0x1234 (port): 3 reads, 0 writes');
    expect(names).toContain('memory 0xd0000000 (memory): 1 reads, 0 writes');
    expect(host.log).toContain('unimp: 2 things were missing, most frequent first:');
    expect(host.log.join('\n')).toContain('unimp:          3  port 0x1234 (port): 3 reads, 0 writes');
  });

  it('is nothing where option ROMs could be', async () => {
    const { machine, exit } = await runToEnd('-kernel', kernel(`mov al, [0xc0000]\nmov byte [0xc0000], 1\n${EXIT}`));
    expect(exit.code & 0xff).toBe(0xff);
    expect(machine.counters().unimplemented).toEqual([]);
  });
});

describe('memory', () => {
  it('ROM is copied to RAM in its own place by PAM, as firmware does', async () => {
    const source = `
      mov eax, 0x80000058
      mov dx, 0xcf8
      out dx, eax
      mov ax, 0xf000
      mov ds, ax
      mov word [0x8000], 0x5555     ; a ROM does not change
      mov bl, [0x8000]
      mov dx, 0xcfd
      mov al, 0x20                  ; writes to RAM, reads from ROM
      out dx, al
      mov cx, 0x8000
      xor si, si
    .copy: mov ax, [si]
      mov [si], ax
      add si, 2
      loop .copy
      mov al, 0x30                  ; both RAM
      out dx, al
      mov word [0x8000], 0x1234
      mov al, [0x8000]
      cmp al, 0x34
      jne .bad
      mov al, 0x10                  ; RAM, but not for writing
      out dx, al
      mov byte [0x8000], 0
      cmp byte [0x8000], 0x34
      jne .bad
      cmp bl, 0x90
      jne .bad
      mov al, 1
      ${EXIT}
    .bad: mov al, 2
      ${EXIT}
    `;
    expect((await runToEnd('-bios', rom(source), ['-no-reboot'])).exit.code).toBe(3);
  });

  it('A20 is opened and closed by port 0x92 and by the keyboard controller', async () => {
    const test = (name: string): string => `
      mov byte [0x80000], 1
      mov byte [0x180000], 2
      mov al, [0x80000]
      mov [${name}], al
    `;
    const source = `
      ${test('results')}
      in al, 0x92
      and al, 0xfd
      out 0x92, al
      ${test('results + 1')}
      in al, 0x92
      or al, 2
      out 0x92, al
      ${test('results + 2')}
      mov al, 0xd1
      out 0x64, al
      mov al, 0xcd
      out 0x60, al
      ${test('results + 3')}
      mov al, 0xd1
      out 0x64, al
      mov al, 0xcf
      out 0x60, al
      cmp dword [results], 0x02010201
      setne al
      ${EXIT}
      results: dd 0
    `;
    expect((await runToEnd('-kernel', kernel(source))).exit.code).toBe(1);
  });
});

it('-d int tells every interrupt and exception', async () => {
  const { host } = await runToEnd(
    '-kernel',
    kernel(`${TIMER}\nint 0x40\nhlt\ncmp ebp, 2\njb $-4\nmov al, 0\n${EXIT}\n${TIMER_DATA}`),
    ['-d', 'int'],
  );
  expect(host.log[0]).toMatch(/^int: INT vector 0x40 at 0010:/u);
  expect(host.log[1]).toMatch(/^int: interrupt vector 0x20 at 0010:/u);
});
