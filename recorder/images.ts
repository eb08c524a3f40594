/** What the guest's memory holds before every case, apart from the case's own patches. */
import { DATA, regionsOf, type Bits } from './layout.ts';
import type { Random } from './random.ts';
import { valueBytes } from './values.ts';

/** INT3 everywhere in the code pages, so that a case ends wherever it goes; edge values in one block, repeated. */
export function regionImages(r: Random, bits: Bits): Uint8Array[] {
  const block = new Uint8Array(0x400);
  for (let at = 0; at < block.length; at += 16) block.set(valueBytes(r, 16), at);
  return regionsOf(bits).map((region) => {
    const image = new Uint8Array(region.size);
    if (region.access === 'rx') return image.fill(0xcc);
    for (let at = 0; at < image.length; at += block.length) image.set(block, at);
    // so that the pages are told apart
    if (region.address !== DATA)
      for (let at = 0; at < image.length; at += 0x100)
        image[at] = Math.floor(region.address / 0x1000) ^ (region.address / 0x1_0000_0000);
    return image;
  });
}
