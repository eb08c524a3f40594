// Finds an instruction's opcode behind its prefixes (SDM vol. 2A 2.1 and 2.3), to tell rows that share a micro-op apart.

export interface Opcode {
  /** The mandatory prefix if there is one: '66', 'F3', 'F2' or ''. */
  readonly prefix: string;
  /** '', '0F', '0F38' or '0F3A'. */
  readonly escape: string;
  readonly opcode: number;
  readonly isLocked: boolean;
  readonly modrm: number;
}

const OPERAND_SIZE = 0x66;
const LOCK = 0xf0;
const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, OPERAND_SIZE, 0x67, 0xf0, 0xf2, 0xf3]);
const VEX_MAPS = ['', '0F', '0F38', '0F3A'];
const VEX_PREFIXES = ['', '66', 'F3', 'F2'];

export function findOpcode(bytes: readonly number[], long: boolean): Opcode {
  const byte = (index: number): number => bytes[index] ?? 0;
  let at = 0;
  let prefix = '';
  let isLocked = false;
  for (; PREFIXES.has(byte(at)) || (long && (byte(at) & 0xf0) === 0x40); at++) {
    if (byte(at) === 0xf3 || byte(at) === 0xf2) prefix = byte(at).toString(16).toUpperCase();
    else if (byte(at) === OPERAND_SIZE && prefix === '') prefix = '66';
    else if (byte(at) === LOCK) isLocked = true;
  }
  const isVex = (byte(at) === 0xc5 || byte(at) === 0xc4) && (long || byte(at + 1) >= 0xc0);
  if (isVex) {
    const isShort = byte(at) === 0xc5;
    const last = at + (isShort ? 1 : 2);
    return {
      prefix: VEX_PREFIXES[byte(last) & 3] ?? '',
      escape: isShort ? '0F' : (VEX_MAPS[byte(at + 1) & 0x1f] ?? ''),
      isLocked,
      opcode: byte(last + 1),
      modrm: byte(last + 2),
    };
  }
  const second = byte(at + 1);
  const escape = byte(at) !== 0x0f ? '' : second === 0x38 ? '0F38' : second === 0x3a ? '0F3A' : '0F';
  at += escape.length / 2;
  return { prefix, escape, isLocked, opcode: byte(at), modrm: byte(at + 1) };
}

function isBetween(value: number, range: string): boolean {
  const [low = '', high = ''] = range.split('-');
  return value >= Number.parseInt(low, 16) && value <= Number.parseInt(high, 16);
}

/** Is this how a row of generated/listing-tables.ts is encoded: `F3 0F B8-B8 /2`? */
export function isEncoded(encoding: string, { prefix, escape, opcode, modrm }: Opcode): boolean {
  const [wantedPrefix = '', wantedEscape = '', opcodes = '', wantedModrm = ''] = encoding.split(' ');
  if (escape !== wantedEscape || !isBetween(opcode, opcodes)) return false;
  if (wantedModrm.startsWith('/') && ((modrm >> 3) & 7) !== Number(wantedModrm.slice(1))) return false;
  if (wantedModrm.includes('-') && !isBetween(modrm, wantedModrm)) return false;
  if (wantedPrefix === 'NP') return prefix === '';
  if (wantedPrefix === 'NFx') return prefix === '' || prefix === '66';
  return wantedPrefix === '' || prefix === wantedPrefix;
}
