// `firesteel demo`: the whole story on one machine: a slow job is run and audited, a faster one is proven against it, before → after is reported.
// Laws: nothing here that a user cannot type; it writes into one folder of its own, which it made, and says what lies where.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FiresteelError, formatMillis } from '../base/index.ts';
import { type Context, type Done, operations, type RenderOptions } from '../operations/index.ts';
import type { RunResult } from '../report/index.ts';
import { toFile, toStdout } from './output.ts';

const FOLDER = 'firesteel-demo';
const OWN = fileURLToPath(new URL('../..', import.meta.url));

/** Sizes of the world, and about how long the slow and the fast job take on it on two cores, ms: only for what is said beforehand. */
const SIZES = {
  whole: { scale: 100_000, filesPerDay: 17, slowMs: 45_000, fastMs: 10_000 },
  quick: { scale: 20_000, filesPerDay: 4, slowMs: 35_000, fastMs: 10_000 },
} as const;
/** Six pairs are the least for a claim. */
const PAIRS = 6;
const DATA_MS = 25_000;
const SPARK = 'local[2]';

export interface DemoOptions {
  readonly quick: boolean;
  readonly quiet: boolean;
}

export async function demo(caller: Context, look: RenderOptions, { quick, quiet }: DemoOptions): Promise<void> {
  const size = quick ? SIZES.quick : SIZES.whole;
  const folder = resolve(caller.cwd, FOLDER);
  const context: Context = { ...caller, cwd: folder };
  const say = (text = '') => {
    if (!quiet) process.stderr.write(`${text}\n`);
  };
  const begun = performance.now();
  const step = (text: string) => say(`\n[${formatMillis(performance.now() - begun)}] ${text}`);
  const at = (name: string) => join(relative(caller.cwd, folder) || '.', name);
  const files = { audit: at('audit.md'), proof: at('proof.md'), report: at('report.md'), html: at('report.html'), chart: at('chart.png') };

  await prepare(folder);
  const expected = DATA_MS + size.slowMs + (PAIRS + 1) * (size.slowMs + size.fastMs) + 40_000;
  say(`The whole story on this machine: about ${formatMillis(expected)} on two cores, and Spark's download the first time.`);
  say(
    `  1  data: ${size.scale.toLocaleString('en-US')} transactions in ${(60 * size.filesPerDay).toLocaleString('en-US')} small files, one customer with a fifth of them`,
  );
  say('  2  the slow model daily_sales runs once and is audited');
  say(`  3  the optimised model is proven against it: ${PAIRS} pairs of runs in random order, outputs compared`);
  say(`  4  before → after, with a chart. Everything lies in ${at('')}`);

  step('Spark');
  await spark(context);
  step('data');
  await run(context, {
    job: join(OWN, 'python/generate_daily_sales.py'),
    master: SPARK,
    args: ['--output', 'data', '--scale', String(size.scale), '--files-per-day', String(size.filesPerDay)],
  });
  step('daily_sales, the slow model');
  const slow = await run(context, { job: 'daily_sales' });
  say();
  if (!(await toStdout(await slow.render('terminal', look)))) return;
  await toFile(files.audit, await slow.render('markdown', look));
  // How long this machine takes is known by now.
  const tookMs = (slow.result as RunResult).outcome.durationMs;
  const proofMs = (PAIRS + 1) * tookMs * (1 + size.fastMs / size.slowMs) + 30_000;
  step(`proof: daily_sales_optimised against daily_sales, about ${formatMillis(proofMs)} on this machine`);
  const proof = await start('prove', { a: 'daily_sales', b: 'daily_sales_optimised', pairs: PAIRS }, context);
  say();
  if (!(await toStdout(await proof.render('terminal', look)))) return;
  await toFile(files.proof, await proof.render('markdown', look));
  step('before → after');
  const report = await start('report', { chart: join(folder, 'chart.png') }, context);
  await toFile(files.report, await report.render('markdown', look));
  await toFile(files.html, await report.render('html', look));
  say(`\nDone after ${formatMillis(performance.now() - begun)}. What lies where:`);
  const list: readonly (readonly [string, string])[] = [
    [files.audit, 'what held the end of the slow run, with the lines of its code'],
    [files.proof, 'every run, the interval, the verdict'],
    [files.report, 'before → after of each model'],
    [files.html, 'the same to look at'],
    [files.chart, 'the chart alone'],
    [at('jobs'), 'both versions of the job: compare them'],
    [at('firesteel.json'), 'the models, named once'],
    [at('.firesteel'), 'the ledger, and of each run its event log and driver output'],
  ];
  const width = Math.max(...list.map(([path]) => path.length)) + 2;
  for (const [path, what] of list) say(`  ${path.padEnd(width)}${what}`);
  // From a clone the program is not on the search path.
  const program = import.meta.url.endsWith('.ts') ? join(relative(folder, OWN), 'bin/firesteel') : 'firesteel';
  say('\nNow with a job of your own:');
  say(
    `  ${import.meta.url.endsWith('.ts') ? join(relative(caller.cwd, OWN) || '.', 'bin/firesteel') : 'firesteel'} run your_job.py -- its arguments`,
  );
  say(`  cd ${at('')} && ${program} runs`);
}

/** The folder with both jobs and the project file; one that is there already must be ours. */
async function prepare(folder: string): Promise<void> {
  const project = join(folder, 'firesteel.json');
  const marked = await readFile(project, 'utf8').catch(() => undefined);
  const text = `${JSON.stringify(PROJECT, null, 2)}\n`;
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new FiresteelError('unwritable', `${folder} cannot be made.`, 'Run the demo in a folder where you may write.', {
        cause: error,
      });
    if (marked !== undefined && marked !== text && !marked.includes('"daily_sales_optimised"'))
      throw new FiresteelError('unwritable', `${folder} is there and not the demo's.`, 'Rename it, or run the demo in another folder.');
    if (marked === undefined)
      throw new FiresteelError(
        'unwritable',
        `${folder} is there and has no firesteel.json: it may be yours.`,
        'Rename or remove it, or run the demo elsewhere.',
      );
  }
  for (const version of ['slow', 'fast']) {
    const from = join(OWN, 'examples/daily_sales', version, 'daily_sales.py');
    await cp(from, join(folder, 'jobs', version, 'daily_sales.py')).catch((error) => {
      throw new FiresteelError('not-found', 'The example daily_sales is not in this installation.', 'Install Firesteel again.', {
        cause: error,
      });
    });
  }
  await writeFile(project, text);
}

const about = { owner: 'analytics', tier: 'T1', schedule: 'hourly', inputs: ['data/transactions', 'data/customers'] };
const job = { args: ['--input', 'data', '--output', '{output}'], master: SPARK };
const PROJECT = {
  models: {
    daily_sales: {
      script: 'jobs/slow/daily_sales.py',
      ...job,
      ...about,
      description: 'revenue by day, segment and basket size, as it was written',
    },
    daily_sales_optimised: { script: 'jobs/fast/daily_sales.py', ...job, ...about, description: 'the same outputs after ten changes' },
  },
  prices: { currency: 'EUR', version: 'example: a cluster at 10 EUR an hour', perHour: 10 },
};

async function start(name: string, input: object, context: Context): Promise<Done> {
  const operation = await operations.find((entry) => entry.name === name)?.load();
  if (operation === undefined) throw new Error(`the table of operations has no ${name}`);
  const done = await operation.start(input, context);
  context.signal.throwIfAborted();
  return done;
}

/** A run that must succeed for the story to go on. */
async function run(context: Context, input: object): Promise<Done> {
  const done = await start('run', input, context);
  if (done.outcome.kind === 'done') return done;
  throw new FiresteelError(
    'environment',
    `The demo's job did not come to its end: ${done.outcome.reason}`,
    `firesteel runs, in ${FOLDER}, shows its record with the driver's output; firesteel spark doctor shows what may be wrong here.`,
  );
}

/** An existing Spark is used; without one the embedded one is installed, with progress. */
async function spark(context: Context): Promise<void> {
  const doctor = await start('spark doctor', {}, context);
  if (doctor.outcome.kind === 'done') return;
  await start('spark install', {}, context);
}
