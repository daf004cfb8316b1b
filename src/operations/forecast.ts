// Operation `forecast`: one log and changes → how long the changed run would take, with its range, its assumptions and its bounds.
// Law: several changes are replayed together; a run that cannot be replayed is an answer with its reason, not an error.

import { z } from 'zod';
import type { ForecastView } from '../report/index.ts';
import { calibrationFor } from './calibrated.ts';
import type { CliField } from './define.ts';
import { readOne } from './evidence.ts';
import { defineOperation } from './operation.ts';

const cli = (field: CliField) => field;

export const operation = defineOperation({
  description:
    'Replays the schedule of one run and says how long it would take when something changes: other cores or executors, other shuffle partitions, an even spread, more input. ' +
    'Without a change it gives the replay of the run as it was, which shows how far its answers can be trusted. ' +
    'Changes: cores=N, executors=N, executorCores=N, dynamicAllocation=MIN..MAX, memory=SIZE, shufflePartitions=N, inputGrowth=K, files=SIZE, unskew=stage:ID, tasks=stage:ID:N, ' +
    'broadcast=stage:ID, native-udf=stage:ID, cache=stage:ID,ID, remove=stage:ID or job:ID, retries=none, gc=SHARE. Several are replayed together; what the log cannot answer is refused with the reason.',
  formats: ['terminal', 'json', 'markdown', 'terse'],
  examples: [
    { command: 'forecast app.zstd --what-if cores=16', about: 'the same run on 16 task slots' },
    { command: 'forecast app.zstd --what-if cores=16 --what-if shufflePartitions=64', about: 'two changes at once' },
    { command: 'forecast app.zstd --what-if broadcast=stage:12', about: 'the join of stage 12 with its small side broadcast' },
    { command: 'forecast app.zstd --curve cores=2..64', about: 'time, cost and use over the number of cores' },
    { command: 'forecast app.zstd --input-growth 2x', about: 'twice the input' },
  ],
  input: z.object({
    log: z
      .string()
      .min(1)
      .meta({
        description: 'an event log: file, rolling log folder, zip, or - for standard input',
        cli: cli({ positional: 'LOG' }),
      }),
    whatIf: z
      .array(z.string().min(1))
      .default([])
      .meta({ description: 'a change, as cores=16; several are replayed together', cli: cli({ value: 'CHANGE' }) }),
    curve: z
      .string()
      .optional()
      .meta({ description: 'time, cost and use over numbers of task slots, as cores=2..64', cli: cli({ value: 'RANGE' }) }),
    ledger: z
      .string()
      .optional()
      .meta({
        description:
          'whose record of past forecasts widens the range: a file, or postgres://… (default: the project’s file, when there is one)',
        cli: cli({ value: 'PLACE' }),
      }),
    inputGrowth: z
      .string()
      .optional()
      .meta({ description: 'so many times the input, as 2x: the same as --what-if inputGrowth=2', cli: cli({ value: 'FACTOR' }) }),
  }),
  async handler(input, context): Promise<ForecastView> {
    const { curveOf, execGraph, forecastOf, parseCurve, parseWhatIf } = await import('../simulate/index.ts');
    // Wrong words are told before a long log is read.
    const changes = [...input.whatIf, ...(input.inputGrowth === undefined ? [] : [`inputGrowth=${input.inputGrowth}`])].map(parseWhatIf);
    const counts = input.curve === undefined ? undefined : parseCurve(input.curve);
    const past = await calibrationFor(context, input.ledger);
    const run = await readOne(input.log, context);
    context.progress({ what: 'forecasting', share: undefined, bytes: undefined });
    const { FactStore } = await import('../facts/index.ts');
    const built = new FactStore(run).get(execGraph);
    const graph = built.graph;
    const doublings = graph === undefined ? 0 : Math.hypot(...changes.map((change) => change.doublings(graph)));
    const family = changes.length === 1 ? (changes[0] as (typeof changes)[number]).family : changes.length === 0 ? 'same' : 'joint';
    return {
      name: run.application.name ?? run.quality.name,
      id: run.application.id,
      forecast: forecastOf(
        built,
        changes.map((change) => change.whatIf),
        family,
        Number.isFinite(doublings) ? doublings : 0,
        past,
      ),
      curve: counts === undefined ? undefined : curveOf(built, counts, past),
    };
  },
  async render(result, format, _input, options) {
    const faces = await import('../report/index.ts');
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.forecastJson(result) as object);
      case 'markdown':
        return faces.renderForecastMarkdown(result);
      case 'terse':
        return faces.renderForecastTerse(result);
      case 'terminal':
        return faces.renderForecastTerminal(result, { ...options, all: false });
    }
  },
});
