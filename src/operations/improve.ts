// Operation `improve`: the whole loop on one job: run → audit → patch → prove → keep or drop, until nothing worth doing is left.
// Laws: the user's files stay as they are unless --apply is given and a proof was won; every version is a folder of the improvement's own;
// what was tried is told, kept or not; a job that fails is first made to run, and a stream is not timed.

import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import type { Report } from '../audit/index.ts';
import { FiresteelError, formatMillis, makeFolder } from '../base/index.ts';
import { readRun, type SparkRun } from '../eventlog/index.ts';
import { diffsOf, diffText, type FixPlan, type PatchedFile, planFixes } from '../fix/index.ts';
import { parseDuration, type ResolvedJob } from '../project/index.ts';
import { expectedMs, MIN_PAIRS, makePlan, type Proof } from '../prove/index.ts';
import { type Program, type PySpark, textOf } from '../pyspark/index.ts';
import type { ImproveResult } from '../report/index.ts';
import { rules as allRules } from '../rules/index.ts';
import { newRunId, type RunOutcome } from '../spark/index.ts';
import { readCode } from './code.ts';
import type { CliField, Context } from './define.ts';
import { execute, stateFolder } from './execute.ts';
import { jobFields, jobOf, labelOf } from './job.ts';
import { applyChanges } from './journal.ts';
import { judgeRun } from './judge.ts';
import { defineOperation } from './operation.ts';
import { commonFolder, layOut, versionName } from './overlay.ts';
import { proveSides } from './proof.ts';
import { type Failure, rounds } from './rounds.ts';
import { rulesToCure } from './rule-lookup.ts';
import { type Workshop, withWorkshop } from './workshop.ts';

const cli = (field: CliField) => field;

const BUDGET = '1h';

/** The job at one point of the improvement. */
interface Version {
  readonly name: string;
  readonly job: ResolvedJob;
  /** Texts of the changed files by the original's absolute path. */
  readonly texts: ReadonlyMap<string, string>;
  /** The newest run of it, when there was one; `failed`: why it did not succeed. */
  latest: { readonly run: SparkRun; readonly tookMs: number; readonly failed?: string } | undefined;
}

export const operation = defineOperation({
  description:
    'Makes a job faster and proves it: runs it, audits the run, writes the patch, proves it against the original (paired runs, equal outputs), keeps what wins, ' +
    'drops what does not (each change alone when the patch loses or gives other outputs), and goes on until nothing worth doing is left or the budget is spent. ' +
    'A job that fails is first made to run, where a change can; that is no gain, and is told apart. ' +
    'Your files stay as they are; --apply writes what won at the end.',
  formats: ['terminal', 'markdown', 'json'],
  examples: [
    { command: 'improve jobs/daily.py -- --input data --output {output}', about: 'a script' },
    { command: 'improve daily --budget 20m --apply', about: 'a model of firesteel.json; write what won' },
    { command: 'improve daily --safe', about: 'only changes that give the same output by construction' },
  ],
  input: z.object({
    job: z
      .string()
      .min(1)
      .meta({ description: 'a PySpark script, or the name of a model in firesteel.json', cli: cli({ positional: 'JOB' }) }),
    budget: z
      .string()
      .default(BUDGET)
      .meta({ description: `no proof is begun that would end later: 20m, 2h (default: ${BUDGET})`, cli: cli({ value: 'TIME' }) }),
    pairs: z.coerce
      .number<string | number>()
      .default(MIN_PAIRS)
      .meta({
        description: `pairs of runs of each proof; ${MIN_PAIRS} are the least for a claim (default: ${MIN_PAIRS})`,
        cli: cli({ value: 'N' }),
      }),
    warmup: z.coerce
      .number<string | number>()
      .default(1)
      .meta({ description: 'runs of each side before each proof that are not counted (default: 1)', cli: cli({ value: 'N' }) }),
    rule: z
      .array(z.string())
      .default([])
      .meta({ description: 'only findings of this rule; several times for several', cli: cli({ value: 'RULE' }) }),
    run: z
      .string()
      .optional()
      .meta({ description: 'begin with this run on record instead of a new one', cli: cli({ value: 'RUN' }) }),
    safe: z.boolean().default(false).meta({ description: 'only changes that give the same output by construction' }),
    apply: z.boolean().default(false).meta({ description: 'write what won to your files; firesteel revert takes it back' }),
    allowUnchecked: z
      .boolean()
      .default(false)
      .meta({ description: 'keep a change although the output could not be compared (the job writes nothing to {output})' }),
    keep: z.boolean().default(false).meta({ description: 'keep the output of every run' }),
    output: z
      .string()
      .optional()
      .meta({ description: "where {output} points; default: in each run's own folder", cli: cli({ value: 'PLACE' }) }),
    all: z.boolean().default(false).meta({ description: 'also why what is left is left' }),
    ...jobFields,
  }),
  async handler(input, context): Promise<ImproveResult> {
    const budgetMs = parseDuration(input.budget);
    if (budgetMs === undefined)
      throw new FiresteelError('wrong-usage', `${JSON.stringify(input.budget)} is no length of time.`, 'Write --budget 20m or 2h.');
    const rules = await rulesToCure(input.rule);
    return withWorkshop(input, context, async (workshop) => {
      const startedMs = Date.now();
      const deadline = startedMs + budgetMs;
      const job = await jobOf(input.job, input, workshop.project, context.cwd);
      const { pyspark, program } = await readCode([relative(context.cwd, job.script)], context);
      if (program.actions.some((one) => one.write?.streaming === true) && !endsByItself(program)) throw noStreams(labelOf(job, input.job));
      const originals = new Map(program.sources.map((source) => [resolve(context.cwd, source.path), source.raw]));
      const root = commonFolder([...originals.keys()]);
      const id = newRunId('i');
      const place = join(stateFolder(workshop.project), 'improvements', id);
      await makeFolder(place);
      const latest = input.run === undefined ? undefined : await recorded(input.run, job, workshop);
      const first: Version = { name: labelOf(job, input.job), job, texts: new Map(), latest };
      const proofs: { readonly a: Version; readonly b: Version; readonly proof: Proof }[] = [];
      const prove = async (a: Version, b: Version, what: string, isSecond: boolean): Promise<Proof | undefined> => {
        // Fewer pairs than a claim needs show nothing, twice as many either.
        if (isSecond && input.pairs < MIN_PAIRS) return undefined;
        const pairs = isSecond ? 2 * input.pairs : input.pairs;
        const proof = await proven(a, b, what, { input: { ...input, pairs }, deadline, workshop, context });
        if (proof !== undefined) proofs.push({ a, b, proof });
        return proof;
      };

      const end = await rounds<Version, Awaited<ReturnType<typeof evidence>>>(first, {
        observe: evidence,
        failure: ({ judged, failed, reached }) => (failed === undefined ? undefined : { ...failureOf(judged.report, failed), reached }),
        mayRun: () => Date.now() + (first.latest?.tookMs ?? 0) < deadline,
        plan: ({ judged, program: own, failed }, without, only) =>
          planFixes(
            { pyspark, program: own, ...judged },
            {
              without,
              only,
              constraints: workshop.project.constraints,
              review: !input.safe,
              // A run that failed shows how far it came, not what is slow.
              rules: failed === undefined ? rules : curesOf(rules),
            },
          ),
        build,
        prove,
        note: context.note,
      });
      // Several rounds were each proven against the one before: one proof tells what all of them bring together.
      const whole =
        end.version === end.base
          ? undefined
          : (proofs.findLast(({ a, b }) => a === end.base && b === end.version)?.proof ??
            (await prove(end.base, end.version, 'everything that was kept', false)));
      const changed: PatchedFile[] = [...end.version.texts].flatMap(([path, after]) => {
        const before = originals.get(path) as string;
        return after === before ? [] : [{ path: relative(context.cwd, path), before, after }];
      });
      // Later rounds edit a text that is no longer the original: which hunk is theirs its bytes do not tell.
      const early = new Set(end.tried.flatMap((one) => (one.round === 1 ? one.changes.map((change) => change.key) : [])));
      const diffs = diffsOf(
        changed,
        end.kept.filter((one) => early.has(one.key)),
      );
      const patch = diffText(diffs);
      const patchFile = join(place, 'improve.patch');
      if (patch !== '') await writeFile(patchFile, patch);
      let applied: ImproveResult['applied'];
      if (input.apply && changed.length > 0) {
        const entry = await applyChanges(
          stateFolder(workshop.project),
          changed.map((file) => ({ ...file, path: resolve(context.cwd, file.path) })),
          end.kept.map((one) => one.proposal.title),
        );
        applied = { id: entry.id, files: changed.map((file) => file.path) };
      }
      return {
        id,
        job: first.name,
        startedMs,
        endedMs: Date.now(),
        kept: end.kept,
        conf: confBetween(job.conf, end.version.job.conf),
        tried: end.tried,
        ended: end.ended,
        rest: end.last.planned.filter((one) => one.state !== 'taken'),
        diffs,
        patch,
        patchFile: patch === '' ? undefined : relative(context.cwd, patchFile),
        applied,
        whole,
        failed: end.failed === undefined ? undefined : { what: end.failed.what, cured: end.failed.cured, todo: end.failed.todo },
      };

      /** What the newest run of a version shows; a version that has not run is run. */
      async function evidence(version: Version) {
        if (version.latest === undefined) await observe(version);
        const { run, failed } = version.latest as NonNullable<Version['latest']>;
        const own = programOf(pyspark, program, version, context.cwd);
        return { program: own, judged: judgeRun(run, own), failed, reached: run.jobs.filter((one) => one.status === 'succeeded').length };
      }

      async function observe(version: Version): Promise<void> {
        const execution = await execute(
          version.job,
          { ...workshop, input: input.input, outputRoot: input.output, what: version.name },
          context,
        );
        context.signal.throwIfAborted();
        const { outcome, run } = execution;
        if (outcome.status === 'succeeded' && outcome.logPath === undefined)
          throw new FiresteelError(
            'wrong-usage',
            `${version.name} ran to its end, but cannot be improved: ${outcome.warnings[0] ?? 'it starts no Spark.'}`,
            `Improve needs a job that starts Spark itself; the record of this run: firesteel runs ${execution.start.runId}`,
          );
        if ((outcome.status !== 'succeeded' && outcome.status !== 'failed') || run === undefined)
          throw new FiresteelError(
            'environment',
            `${version.name} did not run to its end: ${outcome.reason ?? (run === undefined ? 'its event log cannot be read' : outcome.status)}.`,
            `Its record: firesteel runs ${execution.start.runId}`,
          );
        // A stream that the code does not show, begun in a package.
        if (run.jobs.at(-1)?.streamingQueryId !== undefined && !endsByItself(program)) throw noStreams(version.name);
        const failed = outcome.status === 'failed' ? saidOf(outcome) : undefined;
        version.latest = { run, tookMs: outcome.durationMs, ...(failed === undefined ? {} : { failed }) };
        context.note(`${version.name} ${failed === undefined ? 'took' : 'failed after'} ${formatMillis(outcome.durationMs)}`);
      }

      async function build(from: Version, plan: FixPlan, round: number, alone: string | undefined): Promise<Version> {
        const texts = new Map(from.texts);
        for (const file of plan.patch.files) texts.set(resolve(context.cwd, file.path), file.after);
        const name = versionName(round, alone);
        const at = texts.size === 0 ? (path: string) => path : await layOut(root, join(place, name), new Map([...originals, ...texts]));
        const conf: Record<string, string> = { ...from.job.conf };
        for (const { key, to } of plan.patch.conf) {
          if (to === undefined) delete conf[key];
          else conf[key] = to;
        }
        return {
          name: `${first.name}, ${name}`,
          job: { ...from.job, script: at(job.script), pyFiles: job.pyFiles.map(at), conf },
          texts,
          latest: undefined,
        };
      }
    });
  },

  outcome({ failed, job }) {
    return failed === undefined || failed.cured ? { kind: 'done' } : { kind: 'gate failed', reason: `${job} fails: ${failed.what}` };
  },

  async render(result, format, { all }, options) {
    const faces = await import('../report/index.ts');
    if (format === 'json') return faces.jsonChunks(faces.improveJson(result));
    return format === 'markdown' ? faces.renderImproveMarkdown(result) : faces.renderImproveTerminal(result, { ...options, all });
  },
});

/** What a failed run's report says of it, or else the exception that ended it. */
function failureOf(report: Report, said: string): Omit<Failure, 'reached'> {
  const found = report.findings.find((one) => one.status === 'found' && one.category === 'failure' && one.saves === 'outcome');
  const place = found?.places[0];
  if (place === undefined)
    return {
      what: said,
      key: said,
      todo: ['No query failed: the program raised this error itself. The driver log of the run has all of it.'],
    };
  const line = place.evidence.flatMap((ref) => (ref.kind === 'source' ? [`${basename(ref.file)}:${ref.line}`] : []));
  const error = place.numbers.find((one) => one.name === 'error')?.value;
  // Which row is the first that fails is chance: types tell one failed cast from another.
  const types = place.cause.match(/"[A-Z]+(\([\d, ]+\))?"/g) ?? [];
  return { what: place.cause, key: [error, ...line, ...types].join(' '), todo: place.remedies };
}

/** The exception that ended a run, in a sentence. */
const saidOf = ({ exception, reason }: RunOutcome): string =>
  exception === undefined
    ? (reason ?? 'It ended with an error.')
    : `${exception.type}: ${exception.message}${exception.file === undefined ? '' : ` (${basename(exception.file)}:${exception.line})`}`;

/** Rules whose findings end runs, among those that are wanted. */
const curesOf = (wanted: readonly string[] | undefined): string[] =>
  allRules.flatMap(({ meta }) => (meta.category === 'failure' && (wanted === undefined || wanted.includes(meta.id)) ? [meta.id] : []));

/** Every stream of the code takes what is there and ends: `trigger(availableNow=True)`, `trigger(once=True)`. */
function endsByItself(program: Program): boolean {
  const writes = program.actions.filter((one) => one.write?.streaming === true);
  return (
    writes.length > 0 &&
    writes.every((one) =>
      program
        .chainOf(one.call)
        .some(
          (call) =>
            call.name === 'trigger' &&
            call.arguments.some(({ name, node }) => /^(availableNow|once)$/.test(name ?? '') && textOf(node) === 'True'),
        ),
    )
  );
}

const noStreams = (name: string): FiresteelError =>
  new FiresteelError(
    'wrong-usage',
    `${name} is a stream that runs until it is stopped: how long a run takes says nothing of it, and improve compares times.`,
    'firesteel fix SCRIPT --log LOG writes the patch. Then run both versions for the same time on the same input, each from a checkpoint of its own; firesteel compare LOG LOG shows the rows that each took.',
  );

/** What turns one configuration into another, what the team prescribes with it. */
const confBetween = (before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => before[key] !== after[key])
    .map((key) => ({ key, to: after[key] }));

/** The evidence of a run on record, which must be of this very script. */
async function recorded(runId: string, job: ResolvedJob, { ledger }: Workshop): Promise<NonNullable<Version['latest']>> {
  const record = await ledger.run(runId);
  if (record === undefined) throw new FiresteelError('not-found', `There is no run ${runId} on record.`, 'firesteel runs lists them.');
  const { outcome, start } = record;
  const ended = outcome?.status === 'succeeded' || outcome?.status === 'failed';
  if (!ended || outcome.logPath === undefined || start.job.script !== job.script)
    throw new FiresteelError(
      'wrong-usage',
      `${runId} ${start.job.script === job.script ? 'was stopped, or has no event log' : `is a run of ${start.job.script}`}.`,
      'Name a run of this job that ended by itself, or leave out --run.',
    );
  const failed = outcome.status === 'failed' ? { failed: saidOf(outcome) } : {};
  return { run: await readRun(outcome.logPath), tookMs: outcome.durationMs, ...failed };
}

/** The program as a version has it, under the paths of the original. */
function programOf(pyspark: PySpark, program: Program, { texts }: Version, cwd: string): Program {
  if (texts.size === 0) return program;
  return pyspark.parse(program.sources.map(({ path, raw }) => ({ path, text: texts.get(resolve(cwd, path)) ?? raw })));
}

interface Around {
  readonly input: {
    readonly pairs: number;
    readonly warmup: number;
    readonly allowUnchecked: boolean;
    readonly keep: boolean;
    readonly input?: string | undefined;
    readonly output?: string | undefined;
  };
  readonly deadline: number;
  readonly workshop: Workshop;
  readonly context: Context;
}

/** One proof, unless the budget ends before it would. */
async function proven(a: Version, b: Version, what: string, { input, deadline, workshop, context }: Around): Promise<Proof | undefined> {
  const plan = makePlan({ metric: 'wall', pairs: input.pairs, warmup: input.warmup, seed: randomInt(2 ** 31) });
  const tookMs = a.latest?.tookMs ?? 0;
  // A version that has not run yet is hoped to take no longer than the one it comes from.
  const expected = expectedMs(plan, { A: tookMs, B: b.latest?.tookMs ?? tookMs }).most;
  if (Date.now() + expected > deadline) {
    context.note(`not proven, the budget would be over: ${what} (about ${formatMillis(expected)})`);
    return undefined;
  }
  const proofId = newRunId('p');
  return proveSides(
    {
      proofId,
      plan,
      sides: { A: { name: a.name, job: a.job, revision: undefined }, B: { name: b.name, job: b.job, revision: undefined } },
      aa: false,
      allowUnchecked: input.allowUnchecked,
      keep: input.keep,
      input: input.input,
      outputRoot: input.output,
      onRun(arm, { run, outcome }) {
        if (run !== undefined && outcome.status === 'succeeded') (arm === 'A' ? a : b).latest = { run, tookMs: outcome.durationMs };
      },
    },
    workshop,
    context,
  );
}
