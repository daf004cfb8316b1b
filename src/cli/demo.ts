// `firesteel demo`: the whole story on one machine: a slow job is run and audited, Firesteel's own patch is proven, before → after is reported.
// Laws: nothing here that a user cannot type; it writes into one folder of its own, which it made, and says what lies where.

import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FiresteelError, formatMillis, writeWhole } from '../base/index.ts';
import { type Context, type Done, operations, type RenderOptions } from '../operations/index.ts';
import type { ImproveResult, RunResult } from '../report/index.ts';
import { toStdout } from './output.ts';

const FOLDER = 'firesteel-demo';
const OWN = fileURLToPath(new URL('../..', import.meta.url));

/** Sizes of the world, and about how long the job takes on it on two cores before and after, ms: only for what is said beforehand. */
const SIZES = {
  whole: { scale: 60_000, filesPerDay: 10, slowMs: 65_000, fastMs: 18_000 },
  quick: { scale: 20_000, filesPerDay: 4, slowMs: 50_000, fastMs: 15_000 },
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
  const files = {
    audit: at('audit.md'),
    page: at('audit.html'),
    improvement: at('improvement.md'),
    report: at('report.md'),
    html: at('report.html'),
    chart: at('chart.png'),
  };

  await prepare(folder);
  const expected = DATA_MS + size.slowMs + (PAIRS + 1) * (size.slowMs + size.fastMs) + 40_000;
  say(`The whole story on this machine: about ${formatMillis(expected)} on two cores, and Spark's download the first time.`);
  say(
    `  1  data: ${size.scale.toLocaleString('en-US')} transactions in ${(60 * size.filesPerDay).toLocaleString('en-US')} small files, one customer with a fifth of them`,
  );
  say('  2  the model daily_sales runs as it was written, and is audited: what held its end, and at which line');
  say(`  3  firesteel writes the patch and proves it: ${PAIRS} pairs of runs in random order, outputs compared; what wins is kept`);
  say(`  4  before → after, with a chart. Everything lies in ${at('')}`);

  step('Spark');
  await spark(context);
  step('data');
  await run(context, {
    job: join(OWN, 'python/generate_daily_sales.py'),
    master: SPARK,
    args: ['--output', 'data', '--scale', String(size.scale), '--files-per-day', String(size.filesPerDay)],
  });
  step('daily_sales, as it was written');
  const slow = await run(context, { job: 'daily_sales' });
  say();
  if (!(await toStdout(await slow.render('terminal', look)))) return;
  await writeWhole(files.audit, await slow.render('markdown', look), { makeFolder: true });
  const { outcome, start: begin } = slow.result as RunResult;
  if (outcome.logPath !== undefined) {
    const page = await start('audit', { logs: [outcome.logPath], code: ['jobs/daily_sales.py'] }, context);
    await writeWhole(files.page, await page.render('html', look), { makeFolder: true });
  }
  // How long this machine takes is known by now.
  const proofMs = (PAIRS + 1) * outcome.durationMs * (1 + size.fastMs / size.slowMs) + 30_000;
  step(`the patch, and its proof: about ${formatMillis(proofMs)} on this machine`);
  const improved = await start('improve', { job: 'daily_sales', run: begin.runId, pairs: PAIRS, apply: true, budget: '2h' }, context);
  say();
  if (!(await toStdout(await improved.render('terminal', look)))) return;
  await writeWhole(files.improvement, await improved.render('markdown', look), { makeFolder: true });
  step('before → after');
  const report = await start('report', { chart: 'chart.png' }, context);
  await writeWhole(files.report, await report.render('markdown', look), { makeFolder: true });
  await writeWhole(files.html, await report.render('html', look), { makeFolder: true });
  say(`\nDone after ${formatMillis(performance.now() - begun)}. What lies where:`);
  const list: readonly (readonly [string, string])[] = [
    [files.page, 'the slow run to look at: open it in a browser'],
    [files.audit, 'the same in words, with the lines of the code'],
    [files.improvement, 'what was changed and why, every proof, the patch'],
    [files.report, 'before → after'],
    [files.html, 'the same to look at'],
    [files.chart, 'the chart alone'],
    [
      at('jobs/daily_sales.py'),
      (improved.result as ImproveResult).applied === undefined ? 'the job' : 'the job, patched; firesteel revert takes the patch back',
    ],
    [at('firesteel.json'), 'the model, named once'],
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

/** The folder with the job and the project file; one that is there already must be ours. */
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
    if (marked !== undefined && marked !== text && !marked.includes('"jobs/daily_sales.py"'))
      throw new FiresteelError('unwritable', `${folder} is there and not the demo's.`, 'Rename it, or run the demo in another folder.');
    if (marked === undefined)
      throw new FiresteelError(
        'unwritable',
        `${folder} is there and has no firesteel.json: it may be yours.`,
        'Rename or remove it, or run the demo elsewhere.',
      );
  }
  await cp(join(OWN, 'examples/daily_sales/slow/daily_sales.py'), join(folder, 'jobs/daily_sales.py')).catch((error) => {
    throw new FiresteelError('not-found', 'The example daily_sales is not in this installation.', 'Install Firesteel again.', {
      cause: error,
    });
  });
  await writeFile(project, text);
}

const PROJECT = {
  models: {
    daily_sales: {
      script: 'jobs/daily_sales.py',
      args: ['--input', 'data', '--output', '{output}'],
      master: SPARK,
      owner: 'analytics',
      tier: 'T1',
      schedule: 'hourly',
      inputs: ['data/transactions', 'data/customers'],
      description: 'revenue by day, segment and basket size',
    },
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
