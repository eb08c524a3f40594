// VEX forms of rows that were written for SSE: one row says both (SDM vol. 2A 2.3, vol. 1 14.1).
import type { Operand, Row } from '../../devices/asm/row.ts';

/** Which VEX forms a row of SSE has besides its own: lengths, and the feature of each. */
const LENGTHS: Readonly<Record<string, readonly { readonly l: 0 | 1 | null; readonly feature: string }[]>> = {
  // Floating point: both lengths came with AVX.
  avx: [
    { l: 0, feature: 'AVX' },
    { l: 1, feature: 'AVX' },
  ],
  // Integers: 256 bits came with AVX2.
  avx2: [
    { l: 0, feature: 'AVX' },
    { l: 1, feature: 'AVX2' },
  ],
  // 128 bits only: VEX.L = 1 is #UD.
  'avx/128': [{ l: 0, feature: 'AVX' }],
  // Scalars: VEX.L is ignored.
  'avx/lig': [{ l: null, feature: 'AVX' }],
};
const FEATURES_OF_SSE = /^(SSE|SSE2|SSE3|SSSE3|SSE41|SSE42)$/;

const VVVV: Operand = { text: 'Hx', code: 'H', size: 'x' };

/**
 * With vvvv as first source where SSE has read its destination, or where the row asks for it (`nds`). A group member (shifts by an
 * immediate) has no other register to write, so there it is vvvv that becomes the destination.
 */
function vexRow(row: Row, l: 0 | 1 | null, feature: string): Row {
  const merges = row.access?.[0] === 'rw' || row.attributes.includes('nds');
  const [first, ...rest] = row.operands;
  const pair = typeof row.modrm === 'number' ? [VVVV, first] : [first, VVVV];
  const operands = merges && first ? [...pair, ...rest].filter((o) => o !== undefined) : row.operands;
  const access = row.access === null ? null : merges ? ['w', 'r', ...row.access.slice(1)] : row.access;
  const kept = row.attributes.filter((a) => !FEATURES_OF_SSE.test(a) && !(a in LENGTHS) && a !== 'w0' && a !== 'w1');
  const w = row.attributes.includes('w0') ? 0 : row.attributes.includes('w1') ? 1 : null;
  return {
    ...row,
    mnemonic: `V${row.mnemonic}`,
    prefix: row.prefix === '' ? 'NP' : row.prefix,
    operands,
    access,
    vex: { l, w },
    attributes: [...kept, feature],
  };
}

const hasLength = (row: Row): boolean =>
  row.operands.some((o) => 'VWUHM'.includes(o.code) && /^(x|xh|xq|xe|ps|pd)$/.test(o.size));

/** The row, and its VEX forms; a VEX row of any length with operands of that length becomes one row for each. */
export function expandVex(row: Row): Row[] {
  if (row.vex) {
    if (row.vex.l !== null || !hasLength(row)) return [row];
    return ([0, 1] as const).map((l) => Object.assign({}, row, { vex: { l, w: row.vex?.w ?? null } }));
  }
  const attribute = row.attributes.find((a) => a in LENGTHS);
  if (attribute === undefined) return [row];
  return [row, ...(LENGTHS[attribute] ?? []).map(({ l, feature }) => vexRow(row, l, feature))];
}
