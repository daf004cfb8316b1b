// Operations on real Spark, for tests: a folder with jobs and a project, and what starts an operation there.
// Law: each test file has a folder, and a ledger, of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSpark } from '../../spark/index.ts';
import type { Context } from '../define.ts';
import { operations } from '../index.ts';

/** The line tests run on: `npm run test:spark35` sets it to 3.5. */
export const line = process.env.FIRESTEEL_TEST_SPARK ?? '4.1';
const spark = await findSpark({ embedded: line }).catch((error: unknown) => error as Error);
/** For the name of a suite: empty, or why it is skipped. */
export const why = spark instanceof Error ? ` (skipped: ${spark.message} Next step: bin/firesteel spark install ${line})` : '';
/** For a machine that is busy with others, ms. */
export const LIMIT = 600_000;

/** A folder with these files and a project of these models. */
export function bench(files: Readonly<Record<string, string>>, models: Readonly<Record<string, object>>) {
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-operations-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const prices = { currency: 'EUR', version: 'test', perHour: 3600 };
  writeFileSync(join(folder, 'firesteel.json'), JSON.stringify({ models, prices, spark: { version: line } }));
  /** What was told while operations ran. */
  const notes: string[] = [];
  const context: Context = {
    cwd: folder,
    signal: new AbortController().signal,
    progress: () => undefined,
    note: (text) => void notes.push(text),
  };
  return {
    folder,
    notes,
    async start<R>(name: string, input: object) {
      const operation = await operations.find((entry) => entry.name === name)?.load();
      if (operation === undefined) throw new Error(`no operation ${name}`);
      const done = await operation.start(input, context);
      return { ...done, result: done.result as R };
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
