// Operation `size`: runs of a job → executors, cores, memory and partitions, each with its reason. Or, without a run, a rule of thumb from data and hardware.
// Laws: several runs are several days of one job, and their 95th percentile counts; what was not measured is called a rule of thumb.

import { z } from 'zod';
import { FiresteelError, parseBytes } from '../base/index.ts';
import type { Sizing } from '../simulate/index.ts';
import { calibrationFor } from './calibrated.ts';
import type { CliField } from './define.ts';
import { findLogs, readLog } from './evidence.ts';
import { defineOperation } from './operation.ts';
import { sheetFor } from './pricing.ts';

const cli = (field: CliField) => field;

const whole = (description: string) =>
  z.coerce
    .number<string | number>()
    .int()
    .positive()
    .max(100_000)
    .optional()
    .meta({ description, cli: cli({ value: 'N' }) });

export const operation = defineOperation({
  description:
    'Says how large a job should run: executor count, cores, memory, overhead, dynamic allocation and shuffle partitions, each with its reason (measured peaks, spilling, collection, and the curve of time and cost ' +
    'over executors from a replay of the run). Several logs are several runs of one job: their 95th percentile counts. With a deadline it takes the cheapest size whose range stays within it. ' +
    'Without a log, --data, --nodes, --node-cores and --node-memory give a rule of thumb.',
  formats: ['terminal', 'json', 'markdown', 'terse'],
  examples: [
    { command: 'size app.zstd', about: 'as many executors as pay' },
    { command: 'size spark-events/daily/ --deadline 30m', about: 'the cheapest that meets 30 minutes, by all runs of the folder' },
    { command: 'size app.zstd --goal cost --format json', about: 'the cheapest, for programs' },
    { command: 'size --data 500GiB --nodes 10 --node-cores 16 --node-memory 64GiB', about: 'no run yet: a rule of thumb' },
  ],
  input: z.object({
    logs: z
      .array(z.string().min(1))
      .default([])
      .meta({
        description: 'event logs of runs of one job, oldest first: files, rolling log folders, zips, folders of logs',
        cli: cli({ positional: 'LOG' }),
      }),
    deadline: z
      .string()
      .optional()
      .meta({ description: 'the cheapest size that meets it: 90s, 30m, 2h', cli: cli({ value: 'TIME' }) }),
    goal: z
      .enum(['time', 'cost'])
      .default('time')
      .meta({ description: 'without a deadline: time (as many as pay) or cost (the cheapest)', cli: cli({ value: 'time|cost' }) }),
    prices: z
      .string()
      .optional()
      .meta({
        description: 'a price sheet (JSON) with perCoreHour: cost in money (default: that of firesteel.json)',
        cli: cli({ value: 'FILE' }),
      }),
    data: z
      .string()
      .optional()
      .meta({ description: 'without a log: size of the data to be read, as 500GiB', cli: cli({ value: 'SIZE' }) }),
    nodes: whole('without a log: machines'),
    nodeCores: whole('cores of one machine'),
    nodeMemory: z
      .string()
      .optional()
      .meta({ description: 'memory of one machine, as 64GiB', cli: cli({ value: 'SIZE' }) }),
    workload: z
      .enum(['batch', 'interactive', 'streaming', 'ml'])
      .default('batch')
      .meta({ description: 'for the rule of thumb: batch (default), interactive, streaming or ml', cli: cli({ value: 'KIND' }) }),
  }),
  async handler(input, context): Promise<Sizing> {
    const hardware = [input.data, input.nodes, input.nodeCores, input.nodeMemory].some((one) => one !== undefined);
    if (input.logs.length > 0 && hardware)
      throw new FiresteelError('wrong-usage', 'A log and hardware are two ways to size.', 'Leave out --data and the nodes, or the log.');
    const { parseDuration } = await import('../project/index.ts');
    const deadlineMs = input.deadline === undefined ? undefined : parseDuration(input.deadline);
    if (input.deadline !== undefined && (deadlineMs === undefined || deadlineMs <= 0))
      throw new FiresteelError(
        'wrong-usage',
        `--deadline ${JSON.stringify(input.deadline.slice(0, 40))} is no time.`,
        'For example --deadline 30m.',
      );
    if (hardware) return byThumb(input);
    if (input.logs.length === 0)
      throw new FiresteelError(
        'wrong-usage',
        'No log and no hardware is named.',
        'Give event logs of the job, or --data, --nodes, --node-cores and --node-memory.',
      );
    const found = await findLogs(input.logs, context);
    for (const { path, error } of [...found.failed, ...found.unread]) context.note(`not read: ${path}: ${error}`);
    const { execGraph, needs, sizeOf } = await import('../simulate/index.ts');
    const { FactStore } = await import('../facts/index.ts');
    const calibration = await calibrationFor(context);
    const runs: (Parameters<typeof sizeOf>[0][number] & { readonly startMs: number })[] = [];
    for (const [i, log] of found.logs.entries()) {
      const run = await readLog(
        log,
        found.logs.length === 1 ? `reading ${log.label}` : `${i + 1} of ${found.logs.length}: ${log.label}`,
        context,
      );
      const store = new FactStore(run);
      runs.push({ built: store.get(execGraph), needs: store.get(needs), startMs: run.application.startMs ?? 0 });
    }
    const names = new Set(runs.map((run) => run.needs.name));
    if (names.size > 1)
      context.note(`the logs are of ${names.size} applications (${[...names].slice(0, 3).join(', ')}): one size is given for all of them`);
    runs.sort((a, b) => a.startMs - b.startMs);
    return sizeOf(runs, { goal: input.goal, deadlineMs, calibration, rate: await rateFor(input.prices, context.cwd) });
  },
  outcome(sizing, { deadline }) {
    return deadline !== undefined && sizing.meetsDeadline === false
      ? { kind: 'gate failed', reason: `no size keeps the high end of its range within ${deadline}` }
      : { kind: 'done' };
  },
  async render(sizing, format, _input, options) {
    const faces = await import('../report/index.ts');
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.sizeJson(sizing) as object);
      case 'markdown':
        return faces.renderSizeMarkdown(sizing);
      case 'terse':
        return faces.renderSizeTerse(sizing);
      case 'terminal':
        return faces.renderSizeTerminal(sizing, { ...options, all: false });
    }
  },
});

interface ThumbInput {
  readonly data?: string | undefined;
  readonly nodes?: number | undefined;
  readonly nodeCores?: number | undefined;
  readonly nodeMemory?: string | undefined;
  readonly workload: 'batch' | 'interactive' | 'streaming' | 'ml';
}

async function byThumb({ data, nodes, nodeCores, nodeMemory, workload }: ThumbInput): Promise<Sizing> {
  const [dataBytes, nodeMemoryBytes] = [parseBytes(data), parseBytes(nodeMemory)];
  const missing = [
    ...(dataBytes === undefined || dataBytes <= 0 ? ['--data (as 500GiB)'] : []),
    ...(nodes === undefined ? ['--nodes'] : []),
    ...(nodeCores === undefined ? ['--node-cores'] : []),
    ...(nodeMemoryBytes === undefined || nodeMemoryBytes <= 0 ? ['--node-memory (as 64GiB)'] : []),
  ];
  if (dataBytes === undefined || nodeMemoryBytes === undefined || nodes === undefined || nodeCores === undefined || missing.length > 0)
    throw new FiresteelError(
      'wrong-usage',
      `A rule of thumb needs ${missing.join(', ')}.`,
      'For example size --data 500GiB --nodes 10 --node-cores 16 --node-memory 64GiB.',
    );
  const { sizeByThumb } = await import('../simulate/index.ts');
  return sizeByThumb({ dataBytes, nodes, nodeCores, nodeMemoryBytes, workload });
}

/** Rates that a number of executors can be priced by; a sheet without one for cores prices none. */
async function rateFor(file: string | undefined, cwd: string) {
  const sheet = await sheetFor(file, cwd);
  return sheet?.perCoreHour === undefined
    ? undefined
    : { perCoreHour: sheet.perCoreHour, perGiBHour: sheet.perGiBHour ?? 0, currency: sheet.currency };
}
