// What a reader must know of a log before trusting a number, in sentences.
// Law: one sentence per thing, with the count and the consequence; a whole log has none.

import { plural } from '../base/index.ts';
import type { Application, LogQuality } from './model.ts';

/** The notes of a log. */
export function qualityNotes(quality: LogQuality, application: Application): string[] {
  const notes: string[] = [];
  if (quality.skippedLines > 0) {
    const first = quality.skipped[0];
    notes.push(
      `${plural(quality.skippedLines, 'line')} could not be read and ${quality.skippedLines === 1 ? 'was' : 'were'} left out${first === undefined ? '' : ` (first: line ${first.line}, ${first.reason})`}.`,
    );
  }
  if (quality.truncated) notes.push('The log is cut: what came after the cut is not known.');
  if (quality.compacted) notes.push('The log was compacted by the History Server: finished jobs are missing, totals are lower bounds.');
  if (quality.gaps.length > 0) notes.push(`Part ${quality.gaps.join(', ')} of the rolling log is missing: totals are lower bounds.`);
  if (quality.missingStart) notes.push('The beginning of the log is missing: application, configuration and early jobs are unknown.');
  if (!application.completed)
    notes.push(
      'No application end was logged: the run is still going, was killed, or the end of the log was lost. Times end at the last event.',
    );
  if (quality.lostTaskEnds > 0) {
    notes.push(
      `The ends of ${plural(quality.lostTaskEnds, 'task')} of ended stages are missing (Spark drops events when its driver is busy): their time and numbers are not known.`,
    );
  }
  if (quality.implausibleTimes > 0)
    notes.push(
      `${plural(quality.implausibleTimes, 'time stamp')} lay years away from the rest of the log and ${quality.implausibleTimes === 1 ? 'was' : 'were'} not used for its length.`,
    );
  if (quality.stagesWithMissingTasks > 0) {
    notes.push(
      `${plural(quality.stagesWithMissingTasks, 'stage')} completed with fewer task ends than tasks: Spark dropped events or a part is missing, sums are lower bounds.`,
    );
  }
  if (quality.unknownEvents.size > 0)
    notes.push(
      `${plural(quality.unknownEvents.size, 'event type')} not known to this reader ${quality.unknownEvents.size === 1 ? 'was' : 'were'} left out: ${[...quality.unknownEvents.keys()].slice(0, 3).join(', ')}.`,
    );
  return notes;
}
