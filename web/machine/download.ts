// Downloads with progress, a check by SHA-256, and a cache that is addressed by content: a file that has been fetched once is
// never fetched again, and a site that was rebuilt never gets an old one.
import { sizeInWords } from './guests.ts';

export interface FileRequest {
  /** What people call it. */
  readonly name: string;
  readonly url: URL;
  /** Known from the manifest; the server may not tell it, or tell the compressed one. */
  readonly size?: number;
  readonly sha256?: string;
}

export interface Progress {
  readonly received: number;
  readonly total: number | null;
  readonly isDone: boolean;
  readonly isFromCache: boolean;
}

export type OnProgress = (progress: Progress) => void;

/** One sentence that names the file and says what to do. */
export class DownloadError extends Error {
  override name = 'DownloadError';
}

const CACHE = 'vitrine-images';
/** Small files stay in memory, so that they are there without a network even where there is no cache. */
const KEPT_IN_MEMORY = 1_000_000;
const kept = new Map<string, ArrayBuffer>();

/** Answers a buffer that belongs to the caller. */
export async function download(
  request: FileRequest,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const key = request.sha256 ?? request.url.href;
  const known = kept.get(key) ?? (await readCache(request));
  if (known !== undefined) {
    onProgress({ received: known.byteLength, total: known.byteLength, isDone: true, isFromCache: true });
    keep(key, known);
    return known.slice(0);
  }
  const bytes = await fetchChecked(request, onProgress, signal);
  keep(key, bytes);
  await writeCache(request, bytes);
  onProgress({ received: bytes.byteLength, total: bytes.byteLength, isDone: true, isFromCache: false });
  return bytes.slice(0);
}

function keep(key: string, bytes: ArrayBuffer): void {
  if (bytes.byteLength <= KEPT_IN_MEMORY) kept.set(key, bytes);
}

async function fetchChecked(request: FileRequest, onProgress: OnProgress, signal: AbortSignal): Promise<ArrayBuffer> {
  const { name, size, sha256 } = request;
  for (const cache of ['default', 'reload'] as const) {
    const bytes = await fetchOnce(request, cache, onProgress, signal);
    const isWhole = size === undefined || bytes.byteLength === size;
    if (isWhole && (sha256 === undefined || (await hash(bytes)) === sha256)) return bytes;
    // A copy on the way may be older than the manifest: ask past it, once.
    if (cache === 'default') continue;
    if (bytes.byteLength < (size ?? 0))
      throw new DownloadError(
        `${name} is incomplete: ${sizeInWords(bytes.byteLength)} of ${sizeInWords(size ?? 0)} came. Try again.`,
      );
  }
  throw new DownloadError(
    `${name} is not the file that the list of guests names (its SHA-256 differs): the site is being changed, or was copied in part. Reload the page, or build the site again.`,
  );
}

async function fetchOnce(
  { name, url, size }: FileRequest,
  cache: RequestCache,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  let received = 0;
  try {
    // Not text/html: servers with a fall-back page for everything then say that the file is missing.
    const response = await fetch(url, {
      cache,
      signal,
      headers: { accept: 'application/wasm,application/octet-stream' },
    });
    if (!response.ok) throw missing(name, response.status);
    const total = size ?? lengthOf(response);
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    const reader = response.body?.getReader();
    if (reader === undefined) return await response.arrayBuffer();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      received += value.length;
      onProgress({ received, total, isDone: false, isFromCache: false });
    }
    return joined(chunks, received);
  } catch (error) {
    if (error instanceof DownloadError || signal.aborted) throw error;
    const how = received > 0 ? `broke off after ${sizeInWords(received)}` : 'got no answer';
    throw new DownloadError(`The download of ${name} ${how}: check the connection and try again.`);
  }
}

function missing(name: string, status: number): DownloadError {
  return status === 404
    ? new DownloadError(
        `${name} is not on this server (HTTP 404): the site was built without it, or copied in part. "npm run build" makes it whole.`,
      )
    : new DownloadError(`The server does not hand out ${name} (HTTP ${status}): try again later.`);
}

/** The length of what the reader will see; a compressed transfer tells another one. */
function lengthOf(response: Response): number | null {
  const length = response.headers.get('content-length');
  return length === null || response.headers.has('content-encoding') ? null : Number(length);
}

function joined(chunks: readonly Uint8Array[], length: number): ArrayBuffer {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole.buffer;
}

async function hash(bytes: ArrayBuffer): Promise<string> {
  const digest = window.isSecureContext
    ? new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    : await slowHash(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** crypto.subtle is for secure contexts; a page over plain HTTP in a local network is none. */
async function slowHash(bytes: ArrayBuffer): Promise<Uint8Array> {
  const { sha256 } = await import('@noble/hashes/sha2.js');
  return sha256(new Uint8Array(bytes));
}

/** The Cache API needs a secure context, too. Without it the browser's HTTP cache has to do. */
async function openCache(): Promise<Cache | undefined> {
  try {
    return window.isSecureContext ? await caches.open(CACHE) : undefined;
  } catch {
    return undefined;
  }
}

function cacheKey({ url, sha256 }: FileRequest): string {
  return `${url.href}?sha256=${sha256 ?? ''}`;
}

async function readCache(request: FileRequest): Promise<ArrayBuffer | undefined> {
  if (request.sha256 === undefined) return undefined;
  const cache = await openCache();
  const response = await cache?.match(cacheKey(request));
  if (response === undefined) return undefined;
  const bytes = await response.arrayBuffer();
  if ((await hash(bytes)) === request.sha256) return bytes;
  await cache?.delete(cacheKey(request));
  return undefined;
}

async function writeCache(request: FileRequest, bytes: ArrayBuffer): Promise<void> {
  if (request.sha256 === undefined) return;
  try {
    const cache = await openCache();
    await cache?.put(cacheKey(request), new Response(bytes));
  } catch {
    // The quota is used up: the file is fetched again next time.
  }
}

/** Drops what the manifest does not name any more. */
export async function tidyCache(current: ReadonlySet<string>): Promise<void> {
  const cache = await openCache();
  for (const { url } of (await cache?.keys()) ?? []) {
    const sha256 = new URL(url).searchParams.get('sha256') ?? '';
    if (!current.has(sha256)) await cache?.delete(url);
  }
}
