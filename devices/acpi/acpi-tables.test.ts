import { describe, expect, test } from 'vitest';
import { buildAcpiTables } from './acpi-tables.ts';
import {
  buffer,
  device,
  eisaId,
  integer,
  memoryWindow,
  memoryWindow64,
  name,
  packageOf,
  ports,
  resources,
  scope,
  string,
} from './aml.ts';
import { sampleOptions } from './sample-options.ts';

const { rsdp, tables, addresses } = buildAcpiTables(sampleOptions);

function at(signature: string): DataView {
  const start = (addresses.get(signature) ?? 0) - sampleOptions.tablesAddress;
  const length = new DataView(tables.buffer, start).getUint32(4, true);
  return new DataView(tables.buffer, start, length);
}
function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
}
const ascii = (view: DataView, offset: number, length: number): string =>
  String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + offset, length));
const hex = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');

describe('tables', () => {
  test('every checksum is right and every table where its pointer says', () => {
    for (const [signature, address] of addresses) {
      const view = at(signature);
      expect(ascii(view, 0, 4)).toBe(signature);
      expect(address % 64).toBe(0);
      if (signature !== 'FACS') expect(sum(new Uint8Array(view.buffer, view.byteOffset, view.byteLength))).toBe(0);
    }
  });

  test('RSDP (5.2.5.3) points to RSDT and XSDT, they to FADT, MADT and HPET', () => {
    expect(sum(rsdp.subarray(0, 20))).toBe(0);
    expect(sum(rsdp)).toBe(0);
    const view = new DataView(rsdp.buffer);
    expect(ascii(view, 0, 8)).toBe('RSD PTR ');
    expect(rsdp.length).toBe(36);
    expect(view.getUint32(16, true)).toBe(addresses.get('RSDT'));
    expect(view.getBigUint64(24, true)).toBe(BigInt(addresses.get('XSDT') ?? 0));
    const listed = ['FACP', 'APIC', 'HPET'].map((signature) => addresses.get(signature));
    expect([0, 1, 2].map((index) => at('RSDT').getUint32(36 + 4 * index, true))).toEqual(listed);
    expect([0, 1, 2].map((index) => Number(at('XSDT').getBigUint64(36 + 8 * index, true)))).toEqual(listed);
  });

  test('FADT (table 5-10): revision 3 is 244 bytes; the fields that kernels act on', () => {
    const fadt = at('FACP');
    expect([fadt.byteLength, fadt.getUint8(8)]).toEqual([244, 3]);
    expect(fadt.getUint32(36, true)).toBe(addresses.get('FACS'));
    expect(fadt.getUint32(40, true)).toBe(addresses.get('DSDT'));
    expect(Number(fadt.getBigUint64(140, true))).toBe(addresses.get('DSDT'));
    expect(fadt.getUint16(46, true)).toBe(9);
    expect([fadt.getUint32(48, true), fadt.getUint8(52), fadt.getUint8(53)]).toEqual([0xb2, 0xf1, 0xf0]);
    expect([56, 64, 76, 80].map((offset) => fadt.getUint32(offset, true))).toEqual([0x600, 0x604, 0x608, 0x60c]);
    expect([88, 89, 91, 92].map((offset) => fadt.getUint8(offset))).toEqual([4, 2, 4, 4]);
    expect(fadt.getUint8(108)).toBe(0x32);
    expect(fadt.getUint16(109, true)).toBe(0b111);
    expect(fadt.getUint32(112, true) & (1 << 10)).not.toBe(0);
    expect(hex([...new Uint8Array(fadt.buffer, fadt.byteOffset + 116, 13)])).toBe(
      '01 08 00 01 f9 0c 00 00 00 00 00 00 06',
    );
    const xBlocks = [148, 172, 208, 220].map((offset) => [
      fadt.getUint8(offset),
      fadt.getUint8(offset + 1),
      Number(fadt.getBigUint64(offset + 4, true)),
    ]);
    expect(xBlocks).toEqual([
      [1, 32, 0x600],
      [1, 16, 0x604],
      [1, 32, 0x608],
      [1, 32, 0x60c],
    ]);
  });

  test('MADT (5.2.12): one processor, the I/O APIC, IRQ0 on input 2, SCI and PCI level-triggered high', () => {
    const madt = at('APIC');
    expect([madt.getUint32(36, true), madt.getUint32(40, true)]).toEqual([0xfee00000, 1]);
    const entries: string[] = [];
    for (let offset = 44; offset < madt.byteLength; offset += madt.getUint8(offset + 1)) {
      entries.push(hex([...new Uint8Array(madt.buffer, madt.byteOffset + offset, madt.getUint8(offset + 1))]));
    }
    expect(entries).toEqual([
      '00 08 00 00 01 00 00 00',
      '01 0c 00 00 00 00 c0 fe 00 00 00 00',
      '02 0a 00 00 02 00 00 00 00 00',
      '02 0a 00 09 09 00 00 00 0d 00',
      '02 0a 00 0a 0a 00 00 00 0d 00',
      '02 0a 00 0b 0b 00 00 00 0d 00',
      '04 06 ff 00 00 01',
    ]);
  });

  test('HPET (specification 3.2.4) names the same capabilities as the chip', () => {
    const hpet = at('HPET');
    expect(hpet.byteLength).toBe(56);
    expect(hpet.getUint32(36, true)).toBe(0x8086a201);
    expect([hpet.getUint8(40), Number(hpet.getBigUint64(44, true))]).toEqual([0, 0xfed00000]);
  });

  test('a machine without HPET, mouse or keyboard does not list them', () => {
    const bare = buildAcpiTables({ ...sampleOptions, hpetAddress: null, hasMouse: false, hasKeyboard: false });
    const text = String.fromCharCode(...bare.tables);
    expect(bare.addresses.has('HPET')).toBe(false);
    for (const absent of ['HPET', 'KBD_', 'MOU_']) expect(text).not.toContain(absent);
  });

  test('misplaced tables are a host error', () => {
    expect(() => buildAcpiTables({ ...sampleOptions, rsdpAddress: 0xf0001 })).toThrow('16-byte boundary');
  });
});

// Expected bytes are those of the specification's grammar; iasl reads them back (acpi/iasl-check-node.ts).
describe('AML', () => {
  test('integers take the shortest form (20.2.3)', () => {
    expect([0, 1, 2, 0x100, 0x10000].map((value) => hex(integer(value)))).toEqual([
      '00',
      '01',
      '0a 02',
      '0b 00 01',
      '0c 00 00 01 00',
    ]);
  });

  test('names, strings, packages, devices', () => {
    expect(hex(name('_S5', packageOf(integer(0), integer(5))))).toBe('08 5f 53 35 5f 12 05 02 00 0a 05');
    expect(hex(string('ab'))).toBe('0d 61 62 00');
    expect(hex(scope('\\_SB'))).toBe('10 06 5c 5f 53 42 5f');
    expect(hex(device('\\_SB.PCI0'))).toBe('5b 82 0b 5c 2e 5f 53 42 5f 50 43 49 30');
  });

  test('package lengths of one, two and three bytes (20.2.4)', () => {
    expect(buffer(Array.from({ length: 0x3b }, () => 0)).slice(0, 2)).toEqual([0x11, 0x3e]);
    expect(buffer(Array.from({ length: 0x3d }, () => 0)).slice(0, 3)).toEqual([0x11, 0x41, 0x04]);
    const long = buffer(Array.from({ length: 0x1000 }, () => 0));
    expect(long.slice(0, 4)).toEqual([0x11, 0x86, 0x00, 0x01]);
    expect(long.length).toBe(0x1006 + 1);
  });

  test('EISA identifiers: PNP0A03 is 41 D0 0A 03 (19.5.36)', () => {
    expect(hex(eisaId('PNP0A03'))).toBe('0c 41 d0 0a 03');
  });

  test('resource descriptors (6.4)', () => {
    expect(hex(resources(ports(0x60, 1)))).toBe('11 0d 0a 0a 47 01 60 00 60 00 01 01 79 00');
    expect(hex(memoryWindow(0xa0000, 0xbffff, true))).toBe(
      '87 17 00 00 0c 03 00 00 00 00 00 00 0a 00 ff ff 0b 00 00 00 00 00 00 00 02 00',
    );
    expect(hex(memoryWindow64(0x100000000, 0xfffffffff))).toBe(
      '8a 2b 00 00 0c 01 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 ff ff ff ff 0f 00 00 00 ' +
        '00 00 00 00 00 00 00 00 00 00 00 00 0f 00 00 00',
    );
  });
});
