// Explain: micro-ops in words, as the module of its entry writes them into the core's memory.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, it } from 'vitest';
import { createCore, type Core } from '../../tests/silicon/core.ts';
import { MEMORY_ROM } from '../shared/memory-map.ts';
import { MODE_32, MODE_FLAT, STATE_SCRATCH_UOP } from '../shared/state.ts';

type Call = (...args: number[]) => number;
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
const CODE = 0x8000;

let core: Core;
let entry: Record<'explain' | 'text', Call>;

beforeAll(() => {
  mkdirSync('build', { recursive: true });
  const file = 'build/explain-entry.wasm';
  const asc = ['node_modules/assemblyscript/bin/asc.js', 'assembly/tests/explain-entry.ts', '--runtime', 'stub', '-O1'];
  const options = ['--importMemory', '--noAssert', '--memoryBase', String(MEMORY_ROM), '--outFile', file];
  const result = spawnSync(process.execPath, [...asc, ...options], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(result.stderr);
  core = createCore(0x100000);
  const imports = {
    env: new Proxy({ memory: core.memory }, { get: (known, name) => Reflect.get(known, name) ?? (() => 0) }),
  };
  entry = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), imports).exports as typeof entry;
});

function explain(bytes: readonly number[]): string {
  const at = core.ram + CODE;
  core.bytes.fill(0x90, at, at + 16).set(bytes, at);
  expect(core.exports.decodeLength(core.cpu, MODE_32 | MODE_FLAT, at, 16)).toBe(bytes.length);
  const length = entry.explain(core.cpu + STATE_SCRATCH_UOP);
  const text = entry.text();
  return new TextDecoder().decode(core.bytes.slice(text, text + length)).trim();
}

it.each([
  ['ADD EAX,[EBX+8]', [0x03, 0x43, 0x08], 'x = EAX; y = [DS:EBX+8]; r = x + y; OF SF ZF AF CF PF by r; EAX = r;'],
  ['CMP AH,BL', [0x38, 0xdc], 'x = AH; y = BL; r = x - y; OF SF ZF AF CF PF by r;'],
  ['INC word [ESI]', [0x66, 0xff, 0x06], 'x = [DS:ESI]; y = x + 1; OF SF ZF AF PF by y; [DS:ESI] = y;'],
  [
    'ADC DX,[EBP+EDI*4-16]',
    [0x66, 0x13, 0x54, 0xbd, 0xf0],
    'x = DX; y = [SS:EBP+EDI*4-0x10]; r = x + y; s = CF; t = r + s; OF SF ZF AF CF PF by t; DX = t;',
  ],
  ['SUB EAX,-1', [0x83, 0xe8, 0xff], 'x = EAX; y = x - 0xffffffff; OF SF ZF AF CF PF by y; EAX = y;'],
  ['NEG ECX', [0xf7, 0xd9], 'x = ECX; y = 0 - x; OF SF ZF AF CF PF by y; ECX = y;'],
])('%s', (_, bytes, text) => {
  expect(explain(bytes)).toBe(text);
});
