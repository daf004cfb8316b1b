// Operation `prove`: is B better than A, by how much, how certain, and does it give the same output? Paired runs on real Spark.
// Laws: the plan is told before the first run; never two measured runs at once; outputs go to fresh places below the proof's own runs.

import { randomInt } from 'node:crypto';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { FiresteelError } from '../base/index.ts';
import type { Project } from '../project/index.ts';
import { type Arm, makePlan, type Proof } from '../prove/index.ts';
import { checkout, newRunId } from '../spark/index.ts';
import type { Context } from './define.ts';
import { isPath, type JobInput, jobFields, jobOf, labelOf } from './job.ts';
import { defineOperation } from './operation.ts';
import { parsePrediction } from './predicted.ts';
import { proofFolder, proveSides, type Side } from './proof.ts';
import { withWorkshop } from './workshop.ts';

const share = (description: string, fallback: string) =>
  z.coerce
    .number<string | number>()
    .min(0)
    .max(100)
    .optional()
    .meta({ description: `${description} (default: ${fallback})`, cli: { value: 'PERCENT' } });

export const operation = defineOperation({
  description:
    'Says whether version B of a job beats version A: alternating runs in random order, outputs compared first, exact interval, one verdict ' +
    '(win, loss, equivalent, notProven, unsafe, invalid). A and B are scripts or models; with --job they are files of Spark properties, or revisions ' +
    'of its git repository (. for the files as they are). Outputs are compared where the job writes to {output}.',
  formats: ['terminal', 'json', 'markdown', 'terse'],
  examples: [
    { command: 'prove slow.py fast.py -- --input data --output {output}', about: 'two scripts, same arguments' },
    { command: 'prove --job daily . tuned.conf', about: 'the model daily as it is, and with other properties' },
    { command: 'prove --job jobs/daily.py main . -- --output {output}', about: 'a git revision against the files as they are' },
    { command: 'prove daily --aa', about: 'how noisy is this machine: A against itself' },
    { command: 'prove slow.py fast.py --until-decided', about: 'looks after 8, 12 and 18 pairs, ends when decided' },
  ],
  input: z.object({
    a: z
      .string()
      .min(1)
      .meta({ description: 'version A: a script or model; with --job a properties file or revision', cli: { positional: 'A' } }),
    b: z
      .string()
      .optional()
      .meta({ description: 'version B, likewise; not with --aa', cli: { positional: 'B' } }),
    job: z
      .string()
      .optional()
      .meta({ description: 'the job of which A and B are properties or revisions', cli: { value: 'JOB' } }),
    pairs: z.coerce
      .number<string | number>()
      .optional()
      .meta({ description: 'pairs of runs; 6 are the least for a claim (default: 8)', cli: { value: 'N' } }),
    metric: z
      .enum(['wall', 'core', 'cost'])
      .default('wall')
      .meta({ description: 'what decides: wall (time), core (core time) or cost', cli: { value: 'wall|core|cost' } }),
    warmup: z.coerce
      .number<string | number>()
      .optional()
      .meta({ description: 'runs of each side that are not counted (default: 1)', cli: { value: 'N' } }),
    untilDecided: z
      .boolean()
      .default(false)
      .meta({ description: 'look after 8, 12 and 18 pairs and end when it is decided (total risk of a false claim 4 %)' }),
    aa: z.boolean().default(false).meta({ description: "A against itself: this machine's noise, and the gain that it can see" }),
    minEffect: share('a win needs at least so much less', '0'),
    equivalence: share('equivalent: within so much of each other', '3'),
    tolerance: z.coerce
      .number<string | number>()
      .positive()
      .optional()
      .meta({ description: 'relative difference up to which floating-point values count as equal', cli: { value: 'SHARE' } }),
    allowUnchecked: z
      .boolean()
      .default(false)
      .meta({ description: 'let B win although its output could not be compared; the verdict says so' }),
    predicted: z
      .string()
      .optional()
      .meta({
        description:
          'a forecast of B ÷ A to hold the result against, as 0.6 or 0.4..0.6..0.8; default: that of the causes which A’s warm-up shows and B’s does not',
        cli: { value: 'RATIO' },
      }),
    keep: z.boolean().default(false).meta({ description: 'keep the output of every run' }),
    all: z.boolean().default(false).meta({ description: 'also every run with its id, and every counter' }),
    output: z
      .string()
      .optional()
      .meta({
        description: "where {output} points: a folder for each run is made below it; default: in the run's own folder",
        cli: { value: 'PLACE' },
      }),
    seed: z.coerce
      .number<string | number>()
      .optional()
      .meta({ description: 'draws the order of the pairs; default: by chance', cli: { value: 'N' } }),
    ...jobFields,
  }),
  async handler(input, context): Promise<Proof> {
    const { pairs, metric, warmup, untilDecided, aa, minEffect, equivalence } = input;
    if (aa && input.b !== undefined)
      throw new FiresteelError('wrong-usage', '--aa proves A against itself, and a B was given.', 'Leave out B, or --aa.');
    const plan = makePlan({
      metric,
      untilDecided,
      seed: input.seed ?? randomInt(2 ** 31),
      ...(pairs === undefined ? {} : { pairs }),
      ...(warmup === undefined ? {} : { warmup }),
      ...(minEffect === undefined ? {} : { minimumEffect: minEffect / 100 }),
      ...(equivalence === undefined ? {} : { equivalence: equivalence / 100 }),
    });
    const predicted = input.predicted === undefined ? undefined : parsePrediction(input.predicted);
    return withWorkshop(input, context, async (workshop) => {
      const proofId = newRunId('p');
      const place = proofFolder(workshop.project, proofId);
      const sides = await sidesOf(input, workshop.project, place, context);
      return proveSides({ ...input, predicted, proofId, plan, sides, outputRoot: input.output }, workshop, context);
    });
  },
  outcome({ verdict, aa }) {
    return verdict.kind === 'win' || verdict.kind === 'equivalent' || (aa && verdict.kind === 'notProven')
      ? { kind: 'done' }
      : { kind: 'gate failed', reason: `${verdict.kind}: ${verdict.sentence}` };
  },
  async render(proof, format, { all }, options) {
    const faces = await import('../report/index.ts');
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.proofJson(proof));
      case 'markdown':
        return faces.renderProofMarkdown(proof, { all });
      case 'terse':
        return faces.renderProofTerse(proof);
      default:
        return faces.renderProofTerminal(proof, { ...options, all });
    }
  },
});

/** Both sides as jobs. Revisions are written out below the proof's folder. */
async function sidesOf(
  input: JobInput & { readonly a: string; readonly b?: string | undefined; readonly job?: string | undefined; readonly aa: boolean },
  project: Project,
  place: string,
  context: Context,
): Promise<Record<Arm, Side>> {
  const { a, b, job, aa } = input;
  if (b === undefined && !aa)
    throw new FiresteelError(
      'wrong-usage',
      'A proof needs two versions, and B is missing.',
      'Name B behind A; or --aa for A against itself.',
    );
  const side = async (arm: Arm, named: string): Promise<Side> => {
    if (job === undefined) {
      const own = await jobOf(named, input, project, context.cwd);
      return { name: labelOf(own, named), job: own, revision: undefined };
    }
    const base = await jobOf(job, input, project, context.cwd);
    if (/\.(conf|properties)$/.test(named)) {
      const withConf = await jobOf(job, { ...input, properties: named }, project, context.cwd);
      return { name: `${labelOf(base, job)} with ${basename(named)}`, job: withConf, revision: undefined };
    }
    if (named === '.') return { name: `${labelOf(base, job)} as it is`, job: base, revision: undefined };
    if (isPath(named) && /\.py$/.test(named)) {
      throw new FiresteelError(
        'wrong-usage',
        `${named} is a script, and --job names the job already.`,
        'Leave out --job, or give a properties file or a revision.',
      );
    }
    const tree = await checkout(named, base.script, join(place, arm), context.signal);
    // The working folder moves along when it is in the repository: what the job reads beside its code is of that revision too.
    const above = relative(dirname(base.script), base.cwd);
    const cwd = resolve(dirname(tree.path), above);
    const inTree = !relative(join(place, arm), cwd).startsWith('..');
    return {
      name: `${labelOf(base, job)} at ${named}`,
      job: { ...base, script: tree.path, cwd: inTree ? cwd : base.cwd },
      revision: tree.commit,
    };
  };
  const first = await side('A', a);
  return { A: first, B: aa ? first : await side('B', b as string) };
}
