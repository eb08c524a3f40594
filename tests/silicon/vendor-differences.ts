/**
 * Where the CPU that recorded a case does what another vendor's does not, and Vitrine follows the other (it identifies
 * itself as an Intel CPU). Such cases are not replayed. As narrow as the difference is.
 */
import type { ReplayCase } from './replay-case.ts';

export interface VendorDifference {
  readonly id: string;
  readonly what: string;
  readonly reason: string;
  readonly applies: (c: ReplayCase) => boolean;
}

export const VENDOR_DIFFERENCES: readonly VendorDifference[] = [
  {
    id: 'prefetch-register',
    what: '0F 0D with a register operand',
    reason: 'a reserved NOP on Intel CPUs (SDM vol. 2D appendix A), #UD on AMD ones (APM vol. 3, PREFETCH)',
    applies: (c) => c.vendor === 'amd' && c.vector === 6 && /^Reservednop_.*0F0D$/.test(c.form),
  },
];

export function vendorDifference(c: ReplayCase): VendorDifference | undefined {
  return VENDOR_DIFFERENCES.find((d) => d.applies(c));
}
