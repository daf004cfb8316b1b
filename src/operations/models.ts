// Operation `models`: what the project file defines, and what the ledger knows of each.

import { z } from 'zod';
import { FiresteelError } from '../base/index.ts';
import type { Ledger, ModelRow } from '../ledger/index.ts';
import type { ModelEntry, ModelList } from '../report/index.ts';
import { defineOperation } from './operation.ts';

export const operation = defineOperation({
  description:
    'Lists the models: those that firesteel.json defines and those that ran, with owner, tier and schedule, how often each ran and how its last run ended.',
  formats: ['terminal', 'json', 'markdown'],
  examples: [
    { command: 'models', about: 'all of them' },
    { command: 'models --format markdown --out models.md', about: 'a catalogue to share' },
  ],
  input: z.object({
    ledger: z
      .string()
      .optional()
      .meta({ description: 'another ledger than that of the project: a file, or postgres://…', cli: { value: 'PLACE' } }),
  }),
  async handler({ ledger: given }, context): Promise<ModelList> {
    const { findProject } = await import('../project/index.ts');
    const { openLedger } = await import('../ledger/index.ts');
    const project = await findProject(context.cwd);
    const place = given ?? project.ledger;
    const defined = new Map(Object.entries(project.models));
    const ledger = await openLedger(place, { mode: 'read' }).catch((error: unknown): Ledger | undefined => {
      // A project whose jobs never ran has models all the same.
      if (error instanceof FiresteelError && error.code === 'not-found' && given === undefined && defined.size > 0) return undefined;
      throw error;
    });
    try {
      const known = new Map<string, ModelRow>((await ledger?.models())?.map((model) => [model.name, model]));
      const models: ModelEntry[] = [];
      for (const name of [...new Set([...defined.keys(), ...known.keys()])].sort((a, b) => (a < b ? -1 : 1))) {
        const [here, there] = [defined.get(name), known.get(name)];
        const [lastRun] = there === undefined ? [] : ((await ledger?.runs({ model: name, purpose: 'run', last: 1 })) ?? []);
        const say = here ?? there;
        models.push({
          name,
          defined: here !== undefined,
          version: there?.version,
          script: say?.script ?? '',
          owner: say?.owner,
          tier: say?.tier,
          schedule: say?.schedule,
          description: say?.description,
          inputs: say?.inputs ?? [],
          outputs: say?.outputs ?? [],
          runs: there?.runs ?? 0,
          lastRun,
        });
      }
      return { models, file: project.file, place: ledger?.place ?? place, nowMs: Date.now() };
    } finally {
      await ledger?.close();
    }
  },
  async render(result, format, _input, options) {
    const faces = await import('../report/index.ts');
    if (format === 'json') return faces.jsonChunks(faces.modelsJson(result));
    return format === 'markdown' ? faces.renderModelsMarkdown(result) : faces.renderModelsTerminal(result, { ...options, all: true });
  },
});
