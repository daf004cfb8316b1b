// Operation `facts`: one log → its numbers, as `firesteel/facts@1`. Judges nothing, and shows no secret.

import { z } from 'zod';
import type { FactsJson } from '../report/index.ts';
import { readOne } from './evidence.ts';
import { defineOperation } from './operation.ts';

export const operation = defineOperation({
  description:
    'Reads one Spark event log and gives its numbers without judging them: jobs, stages, executors, SQL queries with their plans and metrics, streams. The JSON is documented and stable.',
  formats: ['terminal', 'json'],
  examples: [
    { command: 'facts app.zstd', about: 'stages as a table' },
    { command: 'facts app.zstd --format json', about: 'everything, for programs' },
  ],
  input: z.object({
    log: z
      .string()
      .min(1)
      .meta({ description: 'an event log: file, rolling log folder, zip, or - for standard input', cli: { positional: 'LOG' } }),
    all: z.boolean().default(false).meta({ description: 'list every stage' }),
  }),
  async handler({ log }, context): Promise<FactsJson> {
    const run = await readOne(log, context);
    const { factsJson } = await import('../facts/index.ts');
    const { withoutSecrets } = await import('../audit/index.ts');
    return withoutSecrets(factsJson(run));
  },
  async render(result, format, { all }, options) {
    const faces = await import('../report/index.ts');
    return format === 'terminal' ? faces.renderFactsTerminal(result, { ...options, all }) : faces.jsonChunks(result);
  },
});
