// The facts of one log as a table for people; programs take the JSON.
// Law: it prints numbers and judges nothing; its shape is that of `firesteel/facts@1`.

import { formatBytes, formatMillis, plural } from '../base/index.ts';
import type { factsJson } from '../facts/index.ts';
import { Canvas } from './canvas.ts';
import type { TerminalOptions } from './terminal.ts';
import { clean, cutMiddle } from './text.ts';
import { formatTime } from './words.ts';

export type FactsJson = ReturnType<typeof factsJson>;

/** Rows shown without --all; JSON has every stage. */
const MAX_ROWS = 40;

export function renderFactsTerminal(facts: FactsJson, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  const { application: app, log } = facts;
  const wall =
    app.startMs === null || (app.endMs ?? app.lastEventMs) === null ? undefined : ((app.endMs ?? app.lastEventMs) as number) - app.startMs;
  page.ends(clean(app.name, 200) || 'unnamed application', clean(app.id, 80), { leftStyle: c.bold, rightStyle: c.dim });
  const head = [
    app.sparkVersion === null ? '' : `Spark ${clean(app.sparkVersion, 40)}`,
    formatTime(app.startMs ?? undefined) ?? '',
    wall === undefined ? '' : `ran ${formatMillis(wall)}`,
    app.completed ? '' : 'no end in the log',
  ];
  page.para(head.filter((text) => text !== '').join(' · '));
  page.para(
    `log: ${log.layout}, ${log.codec}, ${formatBytes(log.bytes)} of text in ${plural(log.lines, 'line')}${log.skippedLines > 0 ? `, ${plural(log.skippedLines, 'line')} skipped` : ''}${log.truncated ? ', cut' : ''}${log.compacted ? ', compacted' : ''}`,
    { style: c.dim },
  );
  const failedJobs = facts.jobs.filter((job) => job.status === 'failed').length;
  page.para(
    [
      `${plural(facts.jobs.length, 'job')}${failedJobs > 0 ? ` (${failedJobs} failed)` : ''}`,
      plural(facts.stages.length, 'stage attempt'),
      plural(facts.executors.length, 'executor'),
      plural(facts.sqlExecutions.length, 'SQL query', 'SQL queries'),
      ...(facts.streams.length > 0 ? [plural(facts.streams.length, 'stream')] : []),
    ].join(' · '),
    { style: c.dim },
  );
  const ran = facts.stages.filter((stage) => stage.status !== 'skipped' && stage.status !== 'pending');
  if (ran.length > 0) {
    page.heading('Stages');
    const roomy = page.width >= 100;
    const row = (
      id: string,
      tasks: string,
      took: string,
      busy: string,
      input: string,
      read: string,
      written: string,
      spill: string,
      name: string,
      dim: boolean,
    ) => {
      const style = dim ? c.dim : undefined;
      const right = (text: string, width: number) => ({ text, width, align: 'right' as const, style });
      page.row([
        { text: id, width: 6, style },
        right(tasks, 7),
        right(took, 9),
        ...(roomy ? [right(busy, 9), right(input, 9)] : []),
        ...(page.width >= 60 ? [right(read, 9), right(written, 9)] : []),
        ...(roomy ? [right(spill, 9)] : []),
        {
          text: cutMiddle(page.say(name), Math.max(8, page.width - (roomy ? 83 : page.width >= 60 ? 50 : 28)), page.ellipsis),
          style: dim ? c.dim : undefined,
        },
      ]);
    };
    row('stage', 'tasks', 'took', 'task time', 'input', 'shuffle r', 'shuffle w', 'spill', 'name', true);
    const bytes = (value: number) => (value > 0 ? formatBytes(value) : '');
    for (const stage of options.all ? ran : ran.slice(0, MAX_ROWS)) {
      const took = stage.submittedMs === null || stage.completedMs === null ? '' : formatMillis(stage.completedMs - stage.submittedMs);
      const state = stage.status === 'complete' ? '' : `${stage.status}: `;
      row(
        `${stage.id}${stage.attempt > 0 ? `.${stage.attempt}` : ''}`,
        String(stage.tasks),
        took,
        formatMillis(stage.runTimeMs),
        bytes(stage.inputBytes),
        bytes(stage.shuffleReadBytes),
        bytes(stage.shuffleWriteBytes),
        bytes(stage.diskSpilledBytes),
        state + clean(stage.name, 200),
        false,
      );
    }
    if (!options.all && ran.length > MAX_ROWS)
      page.para(`${plural(ran.length - MAX_ROWS, 'more stage')}: --all shows them, --format json has everything`, { style: c.dim });
  }
  for (const note of log.notes) {
    page.blank();
    page.para(clean(note, 300), { hang: 2, style: c.yellow });
  }
  return page.toString();
}
