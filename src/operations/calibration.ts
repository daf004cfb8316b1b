// Operation `calibration`: every forecast that a proof was held against → how far off they were, overall and by kind.
// Law: reads the ledger only; forecasts that people gave are counted apart.

import { z } from 'zod';
import type { CalibrationView } from '../report/index.ts';
import { claimOf } from './calibrated.ts';
import { defineOperation } from './operation.ts';

export const operation = defineOperation({
  description:
    'Shows how well forecasts held: for each proof with a forecast, what was predicted and what was measured; median and p90 error, bias, how many measured times lay inside the 90 % range, ' +
    'and how much of the advice truly saved, overall, by rule and by what it stood on. Ranges of audit and forecast widen by this record when it is worse than promised.',
  formats: ['terminal', 'json', 'markdown', 'terse'],
  examples: [
    { command: 'calibration', about: 'the record of this project' },
    { command: 'calibration --ledger postgres://firesteel@db/ledger --format json', about: 'that of a team, for programs' },
  ],
  input: z.object({
    ledger: z
      .string()
      .optional()
      .meta({ description: 'another ledger than that of the project: a file, or postgres://…', cli: { value: 'PLACE' } }),
  }),
  async handler({ ledger: given }, context): Promise<CalibrationView> {
    const [{ findProject }, { openLedger }, { trackOf }] = await Promise.all([
      import('../project/index.ts'),
      import('../ledger/index.ts'),
      import('../simulate/index.ts'),
    ]);
    const ledger = await openLedger(given ?? (await findProject(context.cwd)).ledger, { mode: 'read' });
    try {
      const claims = (await ledger.predictions()).map((row) => ({
        ...claimOf(row),
        proofId: row.proofId,
        model: row.model,
        startedMs: row.startedMs,
      }));
      const own = claims.filter((claim) => claim.kind !== 'given');
      const by = (nameOf: (claim: (typeof own)[number]) => string | undefined) =>
        [...new Set(own.flatMap((claim) => nameOf(claim) ?? []))].sort().flatMap((name) => {
          const track = trackOf(own.filter((claim) => nameOf(claim) === name));
          return track === undefined ? [] : [{ name, track }];
        });
      return {
        place: ledger.place,
        overall: trackOf(own),
        kinds: by((claim) => claim.kind),
        bases: by((claim) => claim.basis),
        given: trackOf(claims.filter((claim) => claim.kind === 'given')),
        claims,
      };
    } finally {
      await ledger.close();
    }
  },
  async render(view, format, _input, options) {
    const faces = await import('../report/index.ts');
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.calibrationJson(view) as object);
      case 'markdown':
        return faces.renderCalibrationMarkdown(view);
      case 'terse':
        return faces.renderCalibrationTerse(view);
      case 'terminal':
        return faces.renderCalibrationTerminal(view, { ...options, all: false });
    }
  },
});
