// Operation `compare`: two logs of the same job → what changed between the runs.

import { z } from 'zod';
import type { Comparison } from '../audit/index.ts';
import { FiresteelError } from '../base/index.ts';
import { readOne } from './evidence.ts';
import { defineOperation } from './operation.ts';

const log = (label: string) =>
  z
    .string()
    .min(1)
    .meta({ description: `event log of run ${label}`, cli: { positional: label } });

export const operation = defineOperation({
  description:
    'Compares two runs of the same job: time, core time, bytes, stages (matched by what they do), settings and findings. ' +
    'Secrets are never shown; settings that differ in every run are left out and counted. One run of each proves nothing, and the result says so.',
  formats: ['terminal', 'json', 'markdown', 'terse'],
  examples: [
    { command: 'compare before.zstd after.zstd', about: 'what changed' },
    { command: 'compare monday.zstd tuesday.zstd --format json', about: 'for programs' },
  ],
  input: z.object({
    a: log('A'),
    b: log('B'),
    all: z.boolean().default(false).meta({ description: 'list every stage and setting that differs' }),
  }),
  async handler({ a, b }, context): Promise<Comparison> {
    if (a === '-' && b === '-')
      throw new FiresteelError(
        'wrong-usage',
        'Standard input can be read once only, and both A and B name it (-).',
        'Write one of the logs to a file and give its path.',
      );
    const runA = await readOne(a, context);
    const runB = await readOne(b, context);
    const { audit, compareRuns } = await import('../audit/index.ts');
    return compareRuns({ run: runA, report: audit(runA) }, { run: runB, report: audit(runB) });
  },
  async render(result, format, { all }, options) {
    const faces = await import('../report/index.ts');
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.comparisonJson(result));
      case 'markdown':
        return faces.renderComparisonMarkdown(result, { all });
      case 'terse':
        return faces.renderComparisonTerse(result);
      case 'terminal':
        return faces.renderComparisonTerminal(result, { ...options, all });
    }
  },
});
