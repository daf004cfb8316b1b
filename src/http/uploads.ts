// Files that clients send: each in a folder of its own below a temporary folder that nobody else may look into.
// Laws: a name from outside never decides a path; sizes and number are bounded; what is not used any more is deleted, all of it at the end.

import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { HttpError } from './problem.ts';

export interface Upload {
  readonly id: string;
  /** As given, made harmless. */
  readonly name: string;
  readonly bytes: number;
  readonly path: string;
  /** SHA-256 of the content: the same file sent again is the same. */
  readonly digest: string;
  readonly untilMs: number;
}

/** An upload that nobody used is deleted after so long. */
const KEPT_MS = 15 * 60_000;
const MAX_UPLOADS = 64;
/** All of them together, in units of one upload's limit. */
const SHARE_OF_ALL = 4;

/** The last part of a name, with letters that no file system and no reader stumbles over. */
export function safeName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  const clean = last
    .replace(/[^\w.+@-]/g, '_')
    .replace(/^\.+/, '')
    .slice(-120);
  return clean === '' ? 'upload' : clean;
}

export class Uploads {
  private readonly maxBytes: number;
  private readonly all = new Map<string, Upload & { busy: number }>();
  private folder: string | undefined;
  private coming = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** Bytes that lie here. */
  get bytes(): number {
    let sum = 0;
    for (const upload of this.all.values()) sum += upload.bytes;
    return sum;
  }

  get root(): string | undefined {
    return this.folder;
  }

  list(): readonly Upload[] {
    return [...this.all.values()];
  }

  path(id: string): string | undefined {
    return this.all.get(id)?.path;
  }

  /** Takes a stream to disk. Throws 413 above the limit, 503 when there is no room. */
  async take(body: ReadableStream<Uint8Array> | null, declared: number | undefined, name: string, nowMs: number): Promise<Upload> {
    await this.sweep(nowMs);
    const tooLarge = () =>
      new HttpError(
        413,
        'too-large',
        `An upload may have ${this.maxBytes} bytes.`,
        'Put the log into a watched folder, or raise --max-upload.',
        // What is still coming is not read.
        { connection: 'close' },
      );
    if (declared !== undefined && declared > this.maxBytes) throw tooLarge();
    if (body === null) throw new HttpError(400, 'wrong-usage', 'The request has no body.', 'Send the file itself as the body.');
    if (this.all.size + this.coming >= MAX_UPLOADS || this.bytes > this.maxBytes * SHARE_OF_ALL)
      throw new HttpError(503, 'environment', 'There is no room for another upload.', 'Try again in some minutes.');
    this.coming++;
    const id = randomBytes(9).toString('base64url');
    let folder: string | undefined;
    try {
      this.folder ??= await realpath(await mkdtemp(join(tmpdir(), 'firesteel-uploads-')));
      folder = join(this.folder, id);
      await mkdir(folder, { mode: 0o700 });
      const path = join(folder, safeName(name));
      let bytes = 0;
      const hash = createHash('sha256');
      const count = new Transform({
        transform: (chunk: Buffer, _encoding, done) => {
          bytes += chunk.length;
          if (bytes > this.maxBytes) done(tooLarge());
          else {
            hash.update(chunk);
            done(null, chunk);
          }
        },
      });
      await pipeline(Readable.fromWeb(body), count, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
      const upload = { id, name: safeName(name), bytes, path, digest: hash.digest('hex'), untilMs: nowMs + KEPT_MS, busy: 0 };
      this.all.set(id, upload);
      return upload;
    } catch (error) {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      this.coming--;
    }
  }

  /** Keeps an upload while work uses it. */
  hold(id: string): () => void {
    const upload = this.all.get(id);
    if (upload === undefined) return () => undefined;
    upload.busy++;
    return () => {
      upload.busy--;
    };
  }

  async remove(id: string): Promise<boolean> {
    if (!this.all.delete(id)) return false;
    if (this.folder !== undefined) await rm(join(this.folder, id), { recursive: true, force: true });
    return true;
  }

  /** Deletes what is too old. */
  async sweep(nowMs: number): Promise<void> {
    for (const upload of [...this.all.values()]) if (upload.untilMs < nowMs && upload.busy === 0) await this.remove(upload.id);
  }

  async close(): Promise<void> {
    this.all.clear();
    if (this.folder !== undefined) await rm(this.folder, { recursive: true, force: true });
  }
}
