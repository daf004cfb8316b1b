// The HTML page of a run: made when it is asked for the first time, by the operation that makes it, and kept.
// Law: however many ask for it at once, it is made once.

import { messageOf, redacted } from '../../base/index.ts';
import { HttpError } from '../problem.ts';
import type { Deps } from '../route.ts';
import { Stopped } from '../threads/crew.ts';
import type { OperationDone } from '../threads/protocol.ts';
import type { Store } from './store.ts';
import type { StoredRun } from './types.ts';

const making = new WeakMap<Store, Map<string, Promise<Buffer | undefined>>>();

/** The run of that id. Throws 404. */
export function runOf(store: Store, id: string): StoredRun {
  const run = store.run(id);
  if (run === undefined) throw new HttpError(404, 'not-found', `There is no run "${id.slice(0, 80)}".`, 'GET /api/v1/runs lists all.');
  return run;
}

/** The page; undefined when none can be made: its log is gone, or lies in one place with others. */
export async function pageOf(deps: Deps, run: StoredRun): Promise<Buffer | undefined> {
  const ready = await deps.store.page(run.id);
  if (ready !== undefined) return ready;
  const path = deps.store.pageSource(run.id);
  const audit = await deps.operations.find((entry) => entry.name === 'audit')?.load();
  if (path === undefined || audit?.formats.includes('html') !== true) return undefined;
  const all = making.get(deps.store) ?? new Map<string, Promise<Buffer | undefined>>();
  making.set(deps.store, all);
  const key = `${run.id} ${run.auditedMs}`;
  const known = all.get(key) ?? make(deps, run, path).finally(() => all.delete(key));
  all.set(key, known);
  return known;
}

async function make({ crew, store, settings, stopping, note }: Deps, run: StoredRun, path: string): Promise<Buffer | undefined> {
  try {
    const work = { kind: 'operation', name: 'audit', input: { logs: [path] }, format: 'html', cwd: settings.cwd } as const;
    const done = (await crew.run(work, 'quick', { signal: stopping })) as OperationDone;
    await store.addPage(run, done.text);
    return Buffer.from(done.text);
  } catch (error) {
    if (error instanceof Stopped) throw error;
    note(`the page of a run could not be made: ${redacted(messageOf(error))}`);
    return undefined;
  }
}
