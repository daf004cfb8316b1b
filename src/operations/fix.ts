// Operation `fix`: code and, when there is one, the log of its run → one patch with reasons; written only when asked for.
// Laws: without --apply no file changes; a file changes whole or not at all; what is written can be reverted.

import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { z } from 'zod';
import { FiresteelError } from '../base/index.ts';
import type { FixPlan } from '../fix/index.ts';
import { findProject } from '../project/index.ts';
import type { FixResult } from '../report/index.ts';
import { readCode } from './code.ts';
import type { CliField, Context } from './define.ts';
import { readOne } from './evidence.ts';
import { stateFolder } from './execute.ts';
import { applyChanges } from './journal.ts';
import { judgeRun } from './judge.ts';
import { defineOperation } from './operation.ts';
import { rulesToCure } from './rule-lookup.ts';

const cli = (field: CliField) => field;

export const operation = defineOperation({
  description:
    'Writes the changes that cure what a run suffered from: reads the code and the event log of its run, and gives one unified diff with the reason at each hunk. ' +
    'Each finding has a verdict first: rewrite, mark (a comment for a person) or leave, with the reason and what was checked. Nothing is written without --apply. ' +
    'Without --log what the code alone shows is cured.',
  formats: ['terminal', 'markdown', 'json', 'terse'],
  examples: [
    { command: 'fix jobs/daily.py --log spark-events/app-0007.zstd', about: 'the patch for what this run suffered from' },
    { command: 'fix jobs/daily.py --log app.zstd --apply', about: 'write it; firesteel revert takes it back' },
    { command: 'fix jobs/daily.py --log app.zstd --rule python-row-udf --apply', about: 'one rule only' },
    { command: 'fix jobs/daily.py --log app.zstd --properties spark-defaults.conf --apply', about: 'settings go to that file' },
    { command: 'fix jobs/ --format terse > fix.patch', about: 'the bare patch of what the code alone shows' },
  ],
  input: z.object({
    code: z
      .array(z.string().min(1))
      .min(1)
      .meta({ description: "the job's code: files (.py, .ipynb) or folders", cli: cli({ positional: 'CODE' }) }),
    log: z
      .string()
      .optional()
      .meta({ description: 'event log of a run of this code', cli: cli({ value: 'LOG' }) }),
    rule: z
      .array(z.string())
      .default([])
      .meta({ description: 'only findings of this rule; several times for several', cli: cli({ value: 'RULE' }) }),
    properties: z
      .string()
      .optional()
      .meta({ description: 'file of Spark properties (spark-defaults.conf) that changed settings go to', cli: cli({ value: 'FILE' }) }),
    apply: z.boolean().default(false).meta({ description: 'write the changes to the files' }),
    interactive: z.boolean().default(false).meta({ description: 'ask at each change, then write those that were taken' }),
    safe: z.boolean().default(false).meta({ description: 'only rewrites that give the same output by construction' }),
    marks: z.boolean().default(false).meta({ description: 'also comments at lines that only a person can change' }),
    all: z.boolean().default(false).meta({ description: 'also why what is left is left' }),
  }),
  async handler(input, context): Promise<FixResult> {
    const rules = await rulesToCure(input.rule);
    const { pyspark, program, paths, skipped } = await readCode(input.code, context);
    const { planFixes, diffsOf, diffText } = await import('../fix/index.ts');
    const project = await findProject(context.cwd);
    const evidence = input.log === undefined ? undefined : judgeRun(await readOne(input.log, context), program);
    const options = {
      rules,
      review: !input.safe,
      marks: input.marks,
      constraints: project.constraints,
    };
    const given = { pyspark, program, ...evidence };
    let plan = planFixes(given, options);
    if (input.interactive) plan = planFixes(given, { ...options, only: await chosen(plan, context) });
    const settings = input.properties === undefined ? undefined : await propertiesOf(input.properties, plan, context);
    const files = [...plan.patch.files, ...(settings?.file === undefined ? [] : [settings.file])];
    const diffs = diffsOf(files, plan.planned);
    const titles = plan.planned.filter((one) => one.state === 'taken').map((one) => one.proposal.title);
    let applied: FixResult['applied'];
    if ((input.apply || input.interactive) && files.length > 0) {
      const changes = files.map((file) => ({ ...file, path: resolve(context.cwd, file.path) }));
      const { id } = await applyChanges(stateFolder(project), changes, titles);
      applied = { id, files: changes.map((one) => relative(context.cwd, one.path)) };
    }
    return {
      planned: plan.planned,
      conf: plan.patch.conf,
      diffs,
      patch: diffText(diffs),
      applied,
      confFile: input.properties,
      application: evidence?.report.application.name ?? undefined,
      files: paths.length,
      improve: await improveDoes(plan),
      notes: [...(settings?.notes ?? []), ...skipped.map(({ path, why }) => `${path}: ${why}`), ...(evidence?.code.notes ?? [])],
    };
  },
  async render(result, format, { all }, options) {
    const faces = await import('../report/index.ts');
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.fixJson(result));
      case 'markdown':
        return faces.renderFixMarkdown(result);
      case 'terse':
        return result.patch;
      default:
        return faces.renderFixTerminal(result, { ...options, all });
    }
  },
});

/** The properties file with the plan's settings, and what it cannot carry. */
async function propertiesOf(path: string, plan: FixPlan, context: Context) {
  const { patchProperties } = await import('../fix/index.ts');
  const before = await readFile(resolve(context.cwd, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new FiresteelError('not-found', `${path} could not be read: ${error.code ?? error.message}.`, 'Correct --properties.', {
      cause: error,
    });
  });
  const { text: after, left } = patchProperties(before, plan.patch.conf);
  return {
    file: after === before ? undefined : { path, before, after },
    notes: left.map(({ change, why }) => `${change.key} is not in ${path}: ${why}`),
  };
}

/** The keys of the changes that the caller takes, asked one after the other. */
async function chosen(plan: FixPlan, context: Context): Promise<ReadonlySet<string>> {
  const { ask } = context;
  if (ask === undefined)
    throw new FiresteelError('wrong-usage', '--interactive needs a terminal to ask in.', 'Use --rule to choose, and --apply to write.');
  const taken = new Set<string>();
  const open = plan.planned.filter((one) => one.state === 'taken' || (one.state === 'offered' && one.proposal.verdict === 'rewrite'));
  let all = false;
  for (const { id, key, proposal } of open) {
    if (!all) {
      const answer = (
        await ask(`${proposal.title} (${proposal.rule}, ${id})\n  ${proposal.reason}\n  take it? [y]es, [n]o, [a]ll that follow, [q]uit: `)
      ).toLowerCase();
      if (answer.startsWith('q')) break;
      all = answer.startsWith('a');
      if (!all && !answer.startsWith('y')) continue;
    }
    taken.add(key);
  }
  return taken;
}

/** Times are proven, a run that failed is run again; how much a stream takes is neither. */
async function improveDoes({ planned }: FixPlan): Promise<FixResult['improve']> {
  const { rules } = await import('../rules/index.ts');
  const cured = planned.flatMap(({ state, proposal }) =>
    state === 'taken' && proposal.verdict === 'rewrite' ? [rules.find(({ meta }) => meta.id === proposal.rule)?.meta] : [],
  );
  if (cured.some((meta) => meta?.saves !== 'outcome')) return 'proves';
  return cured.some((meta) => meta?.category === 'failure') ? 'runs' : undefined;
}
