// What of a run and its code could not be joined, in whole sentences.
// Law: said once, with counts; what the log cannot have (a read without a call site) is no defect of the join.

import { plural } from '../base/index.ts';
import type { FactStore } from '../facts/index.ts';
import type { Program } from '../pyspark/index.ts';
import type { Actions } from './actions.ts';
import type { ScanMap } from './scans.ts';

export function notesOf(store: FactStore, program: Program, actions: Actions, scanMap: ScanMap): string[] {
  const notes: string[] = program.notAnalysed.filter((one) => one.lines === undefined).map((one) => `${one.path}: ${one.why}`);
  notes.push(...program.notes);
  const planned = store.run.sql.filter((one) => one.plan !== undefined && (one.rootId === undefined || one.rootId === one.id));
  const open = planned.filter((one) => one.jobIds.length > 0 && actions.actionOf(one.id) === undefined);
  if (program.sources.length > 0 && program.actions.length === 0)
    notes.push('The code given has no action that Firesteel sees: nothing of it could be joined with the run.');
  else if (open.length > 0 && planned.length > 0)
    notes.push(
      `${open.length === planned.length ? 'None' : plural(planned.length - open.length, 'query', 'queries')} of ${plural(planned.length, 'query', 'queries')} could be joined with a line of the code.`,
    );
  const unread = program.reads.filter((read) => scanMap.scansOf(read).length === 0 && !read.streaming).length;
  if (program.reads.length > 0 && unread === program.reads.length && planned.length > 0)
    notes.push('No read of the code fits a scan of the run: is this the code of another version of the job?');
  return notes;
}
