// Development check: writes our ACPI tables to a temporary folder and has Intel's compiler (Debian: acpica-tools) take them
// apart and put them together again. Run: npx tsx devices/acpi/iasl-check-node.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildAcpiTables } from './acpi-tables.ts';
import { sampleOptions } from './sample-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'vitrine-acpi-'));
const { tables, addresses } = buildAcpiTables(sampleOptions);
try {
  for (const [signature, address] of addresses) {
    const start = address - sampleOptions.tablesAddress;
    const length = new DataView(tables.buffer).getUint32(start + 4, true);
    const file = join(folder, `${signature.toLowerCase()}.aml`);
    writeFileSync(file, tables.subarray(start, start + length));
    console.log(execFileSync('iasl', ['-d', file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim());
    const source = file.replace('.aml', '.dsl');
    if (process.argv.includes('--print')) console.log(readFileSync(source, 'utf8'));
    if (signature !== 'DSDT') continue;
    console.log(execFileSync('iasl', ['-vs', source], { encoding: 'utf8' }).trim());
  }
} finally {
  rmSync(folder, { recursive: true });
}
