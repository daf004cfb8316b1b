// Operation `run`: one run of a job on real Spark, recorded before it starts, its log audited when it has ended.
// Law: the job's own failure is the gate's failure (exit 1), never an error of Firesteel.

import { open } from 'node:fs/promises';
import { z } from 'zod';
import type { RunResult } from '../report/index.ts';
import { execute } from './execute.ts';
import { jobFields, jobOf } from './job.ts';
import { defineOperation } from './operation.ts';
import { withWorkshop } from './workshop.ts';

const TAIL_BYTES = 16 * 1024;
const TAIL_LINES = 15;

/** The last lines of a file; none when it is not there. */
async function tailOf(path: string): Promise<string[]> {
  const file = await open(path, 'r').catch(() => undefined);
  if (file === undefined) return [];
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    return (from > 0 ? lines.slice(1) : lines).filter((line) => line.trim() !== '').slice(-TAIL_LINES);
  } finally {
    await file.close();
  }
}

export const operation = defineOperation({
  description:
    'Runs a PySpark job on real Spark, unchanged, and keeps its record: times, cost, exit, exception, configuration, code, event log. ' +
    'Stages and queries carry the line of your code that started them, and the log is audited at once. ' +
    'JOB is a script, or a model that firesteel.json names. Exit code 1 when the job fails.',
  formats: ['terminal', 'json', 'markdown'],
  examples: [
    { command: 'run jobs/daily.py -- --input data --output {output}', about: "a script, with the job's own arguments behind --" },
    { command: 'run daily --conf spark.sql.shuffle.partitions=64', about: 'a model of firesteel.json' },
    { command: 'run jobs/daily.py --master spark://host:7077 --properties prod.conf', about: 'on a cluster' },
  ],
  input: z.object({
    job: z
      .string()
      .min(1)
      .meta({ description: 'a PySpark script, or the name of a model in firesteel.json', cli: { positional: 'JOB' } }),
    output: z
      .string()
      .optional()
      .meta({
        description: "where {output} points: a folder for this run is made below it; default: in the run's own folder",
        cli: { value: 'PLACE' },
      }),
    all: z.boolean().default(false).meta({ description: 'also list what is present and not worth doing' }),
    ...jobFields,
  }),
  async handler(input, context): Promise<RunResult> {
    return withWorkshop(input, context, async ({ project, install, ledger }) => {
      const job = await jobOf(input.job, input, project, context.cwd);
      const { start, outcome, report, cost } = await execute(
        job,
        { project, install, ledger, input: input.input, outputRoot: input.output, what: job.model },
        context,
      );
      return { start, outcome, report, cost, driverTail: outcome.status === 'succeeded' ? [] : await tailOf(outcome.driverLog) };
    });
  },
  outcome({ outcome, start }) {
    return outcome.status === 'succeeded'
      ? { kind: 'done' }
      : { kind: 'gate failed', reason: `${start.job.model}: ${outcome.reason ?? outcome.status}` };
  },
  async render(result, format, { all }, options) {
    const faces = await import('../report/index.ts');
    if (format === 'json') return faces.jsonChunks(faces.runJson(result));
    return format === 'markdown' ? faces.renderRunMarkdown(result, { all }) : faces.renderRunTerminal(result, { ...options, all });
  },
});
