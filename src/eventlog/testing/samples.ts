// For tests: logs to hold the reader against, and a way to read a text without files.
// Law: others' logs lie in ../shared beside the clone and are never copied into it; without them these tests skip and say so.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RunBuilder } from '../build.ts';
import { openLog } from '../layouts/index.ts';
import { LineCutter } from '../lines.ts';
import type { SparkRun } from '../model.ts';
import { LogPartial } from '../partial.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
export const SHARED = resolve(ROOT, '..', 'shared');
export const SHARED_LOGS = join(SHARED, 'eventlogs');
export const hasShared = existsSync(join(SHARED_LOGS, 'index.json'));

/** Name and path of every shared sample log. */
export function sharedLogs(): { name: string; path: string }[] {
  if (!hasShared) return [];
  const index = JSON.parse(readFileSync(join(SHARED_LOGS, 'index.json'), 'utf8')) as { name: string; log: string }[];
  return index.map(({ name, log }) => ({ name, path: join(SHARED_LOGS, log) })).filter(({ path }) => existsSync(path));
}

/** The decoded text of a log, all parts in order. */
export async function textOf(path: string): Promise<Buffer> {
  const log = await openLog(path);
  const chunks: Buffer[] = [];
  for (const part of log.parts) for await (const chunk of part.decode()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Reads text as one plain log. `chunk`: size of the pieces in which it arrives. */
export function readText(text: Buffer | string, options: { chunk?: number; fullParse?: boolean; maxLine?: number } = {}): SparkRun {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const partial = new LogPartial({ fullParse: options.fullParse ?? false });
  const cutter = new LineCutter(partial, options.maxLine === undefined ? {} : { maxLine: options.maxLine });
  const size = options.chunk ?? (bytes.length || 1);
  // A fresh copy per chunk, overwritten afterwards: nothing may be kept of a chunk.
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = Buffer.from(bytes.subarray(at, at + size));
    cutter.push(chunk);
    chunk.fill(0);
  }
  const tail = cutter.takeTail();
  if (tail.length > 0) partial.line(tail, 0, tail.length);
  const builder = new RunBuilder();
  builder.add(partial.pack());
  return builder.finish({
    name: 'text',
    layout: 'single',
    codec: 'plain',
    storedBytes: bytes.length,
    parts: 1,
    compacted: false,
    gaps: [],
    inProgress: undefined,
    truncated: false,
    notes: [],
  });
}
