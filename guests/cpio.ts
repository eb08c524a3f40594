// The "newc" cpio archive that Linux unpacks as its initramfs (kernel documentation: driver-api/early-userspace/buffer-format).
// Header: the magic 070701 and thirteen fields of eight hexadecimal digits; header with name, and data, are padded to four bytes.

export interface Entry {
  /** Without a leading slash; parents come before children. */
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'link' | 'device';
  /** Permission bits; 0o755 where it is not given. */
  readonly mode?: number;
  /** Contents of a file, target of a link. */
  readonly data?: Uint8Array | string;
  /** Major and minor number of a character device. */
  readonly device?: readonly [number, number];
}

const TYPE_BITS = { directory: 0o040000, file: 0o100000, link: 0o120000, device: 0o020000 } as const;

/** Everything belongs to root and is dated 1970, so that the same input gives the same archive. */
export function writeCpio(entries: readonly Entry[]): Uint8Array {
  const parts = entries.flatMap((entry, index) => writeEntry(entry, index + 1));
  parts.push(...writeMember('TRAILER!!!', [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], new Uint8Array(0)));
  return concatenate(parts);
}

function writeEntry(entry: Entry, inode: number): Uint8Array[] {
  const data =
    typeof entry.data === 'string' ? new TextEncoder().encode(entry.data) : (entry.data ?? new Uint8Array(0));
  const mode = TYPE_BITS[entry.kind] | (entry.mode ?? 0o755);
  const links = entry.kind === 'directory' ? 2 : 1;
  const [major, minor] = entry.device ?? [0, 0];
  return writeMember(entry.path, [inode, mode, 0, 0, links, 0, data.length, 0, 0, major, minor], data);
}

/** `fields`: ino mode uid gid nlink mtime filesize devmajor devminor rdevmajor rdevminor; namesize and check follow. */
function writeMember(name: string, fields: readonly number[], data: Uint8Array): Uint8Array[] {
  const encodedName = new TextEncoder().encode(`${name}\0`);
  const digits = [...fields, encodedName.length, 0].map((field) => field.toString(16).toUpperCase().padStart(8, '0'));
  const header = new TextEncoder().encode(`070701${digits.join('')}`);
  return [padded(concatenate([header, encodedName])), padded(data)];
}

function padded(bytes: Uint8Array): Uint8Array {
  const result = new Uint8Array((bytes.length + 3) & ~3);
  result.set(bytes);
  return result;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
