// `node scripts/try-patches.ts --set FOLDER --work FOLDER [--only TEXT] [--python PYTHON] [--pairs 1] [--warm 3]`: for each labelled scenario the
// patch that Firesteel writes from its log and code, run on real Spark beside the original and the hand-made cure: outputs, gain, share of the
// hand-made gain. --pairs: whole runs, as a user starts them (0: none, outputs are not compared); --warm: so many runs of each in one warmed JVM,
// as the truth of the scenarios was measured, for start-up and compilation hide small gains.
// Laws: nothing of a scenario but its code, its log and how it is submitted is used to make the patch; what could not be tried says why.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyPatch, parsePatch } from 'diff';
import { startPostgres } from '../src/ledger/testing/postgres.ts';
import { ensureJars, type SparkInstall } from '../src/spark/index.ts';
import { startCluster } from '../src/spark/testing/cluster.ts';

const run = promisify(execFile);
const option = (name: string, fallback: string) => {
  const i = process.argv.indexOf(`--${name}`);
  return i < 0 ? fallback : (process.argv[i + 1] ?? fallback);
};
const bin = fileURLToPath(new URL('../bin/firesteel', import.meta.url));
const set = resolve(option('set', '../shared/scenarios'));
const work = resolve(option('work', '.firesteel/try-patches'));
const python = option('python', 'python3');
const only = option('only', '').split(',');
const pairs = Number(option('pairs', '1'));
const rounds = Number(option('warm', '0'));

interface Truth {
  readonly healthy: boolean;
  readonly causes: readonly { readonly rule: string }[];
  readonly log: { readonly before: string };
  readonly run: {
    readonly master: string;
    readonly driver_memory: string;
    readonly submit_conf: Readonly<Record<string, string>>;
    readonly submit_conf_after: Readonly<Record<string, string>>;
  };
  readonly fix?: { readonly file?: string; readonly helps?: string; readonly saved_s?: number; readonly saved_share?: number };
}

interface Planned {
  readonly state: string;
  readonly title: string;
  readonly rule: string;
  readonly fixer: string;
  readonly why: string | null;
}

async function firesteel(args: readonly string[], cwd: string): Promise<string> {
  // A gate that fails is a result: its output is there all the same.
  const done = await run(bin, [...args, '--quiet'], { cwd, maxBuffer: 1 << 30, timeout: 900_000 }).catch(
    (error: { stdout?: string; stderr?: string; code?: number }) => {
      if ((error.stdout ?? '') === '')
        throw new Error(`firesteel ${args[0]}: exit ${error.code}: ${error.stderr?.trim().split('\n').at(-1)}`);
      return { stdout: error.stdout ?? '' };
    },
  );
  return done.stdout;
}

function logOf(folder: string, truth: Truth): string {
  const path = join(folder, truth.log.before);
  const inner = readdirSync(path).filter((name) => !name.startsWith('.'));
  return inner.length === 1 ? join(path, inner[0] as string) : path;
}

async function attempt(id: string): Promise<void> {
  const folder = join(set, id);
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Truth;
  const place = join(work, id);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'firesteel.json'), '{}\n');
  for (const version of ['original', 'patched', 'cured']) mkdirSync(join(place, version), { recursive: true });
  cpSync(join(folder, 'job.py'), join(place, 'original/job.py'));
  cpSync(join(folder, 'job.py'), join(place, 'patched/job.py'));
  const plan = JSON.parse(await firesteel(['fix', 'original/job.py', '--log', logOf(folder, truth), '--format', 'json'], place)) as {
    planned: Planned[];
    patch: string;
  } & { planned: { conf: { key: string; to: string | null }[] }[] };
  const taken = plan.planned.filter((one) => one.state === 'taken');
  const said = taken.map((one) => `${one.fixer} (${one.rule}): ${one.title}`);
  const head = `${id.padEnd(34)} causes ${truth.causes.map((one) => one.rule).join(', ')}; truth: ${truth.fix?.helps ?? 'healthy'}`;
  if (taken.length === 0) {
    console.log(
      `${head}\n  NO PATCH${plan.planned.map((one) => `\n    ${one.state} ${one.fixer} (${one.rule}): ${one.title}${one.why === null ? '' : `: ${one.why}`}`).join('')}`,
    );
    return;
  }
  const conf: Record<string, string> = { ...truth.run.submit_conf };
  const before = readFileSync(join(place, 'original/job.py'), 'utf8');
  if (plan.patch !== '') {
    const after = applyPatch(before, parsePatch(plan.patch)[0] as never);
    if (after === false) throw new Error('the patch does not apply');
    writeFileSync(join(place, 'patched/job.py'), after);
  }
  for (const one of plan.planned as unknown as { state: string; conf: { key: string; to: string | null }[] }[])
    if (one.state === 'taken') for (const { key, to } of one.conf) if (to !== null) conf[key] = to;
  console.log(`${head}\n    ${said.join('\n    ')}`);
  if (process.argv.includes('--plan')) return void console.log(plan.patch);
  if (!existsSync(join(place, 'input')))
    await run(python, [join(folder, 'data.py'), '--output', join(place, 'input')], { maxBuffer: 1 << 26 });
  const cure = join(folder, 'fixed.py');
  if (existsSync(cure)) cpSync(cure, join(place, 'cured/job.py'));
  const versions: Version[] = [
    { name: 'original', conf: truth.run.submit_conf },
    { name: 'patched', conf },
    ...(existsSync(cure) ? [{ name: 'cured', conf: { ...truth.run.submit_conf, ...truth.run.submit_conf_after } }] : []),
  ];
  const { chosen } = JSON.parse(await firesteel(['spark', 'doctor', '--format', 'json'], place)) as { chosen: SparkInstall };
  // Two workers of four cores, as the scenarios ask for.
  const cluster = truth.run.master.startsWith('spark://') ? await startCluster(chosen, { cores: 4, memory: '3g' }) : undefined;
  const database = before.includes('jdbc:postgresql:') ? await erp(chosen) : undefined;
  const here: Place = {
    folder: place,
    truth,
    master: cluster?.master ?? truth.run.master,
    jars: [join(set, 'lib/remote-calls.jar'), ...(database?.jars ?? [])],
    args: ['--input', join(place, 'input'), ...(database === undefined ? [] : ['--url', database.url])],
  };
  try {
    const cured = versions.find((one) => one.name === 'cured');
    if (cured !== undefined && code(place, 'patched') === code(place, 'cured') && JSON.stringify(conf) === JSON.stringify(cured.conf))
      console.log('  the same code as the hand-made cure');
    if (pairs > 0) await asUsersDo(here, versions);
    if (rounds > 0) await warmed(here, versions, chosen);
  } finally {
    await cluster?.stop();
    await database?.stop();
  }
}

interface Place {
  readonly folder: string;
  readonly truth: Truth;
  readonly master: string;
  readonly jars: readonly string[];
  /** Of the job, but for its output. */
  readonly args: readonly string[];
}

/** A PostgreSQL with the set's slow source in it. */
async function erp(chosen: SparkInstall): Promise<{ url: string; jars: readonly string[]; stop(): Promise<void> }> {
  const started = await startPostgres();
  if ('skipped' in started) throw new Error(started.skipped);
  const { server } = started;
  // Up to the line that changes the database, its statements run one by one.
  const [roles = '', tables = ''] = readFileSync(join(set, 'erp.sql'), 'utf8').split(/^\\c .*$/m);
  for (const statement of roles.split(';')) if (statement.replace(/^--.*$/gm, '').trim() !== '') await server.query('postgres', statement);
  await server.query('erp', tables);
  const { jars } = await ensureJars('postgresql', chosen);
  return { url: `jdbc:postgresql://127.0.0.1:${server.port}/erp`, jars, stop: () => server.stop() };
}

interface Version {
  /** Its folder. */
  readonly name: string;
  readonly conf: Readonly<Record<string, string>>;
}

/** The code of a version without blank lines and comments. */
const code = (place: string, version: string): string =>
  readFileSync(join(place, version, 'job.py'), 'utf8')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !line.trimStart().startsWith('#'))
    .join('\n');

const median = (values: readonly (number | null | undefined)[]): number | undefined => {
  const known = values.filter((one) => one != null).sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)];
};

/** Times in seconds, and the share of the hand-made gain. */
function told(a: number | undefined, b: number | undefined, cured: number | undefined): string {
  const text = (one: number | undefined) => (one === undefined ? '–' : one.toFixed(1));
  const gain = a === undefined || b === undefined ? undefined : a - b;
  const hand = a === undefined || cured === undefined ? undefined : a - cured;
  const share =
    gain === undefined || hand === undefined
      ? ''
      : `  share of the hand-made gain ${hand > 0 ? `${Math.round((100 * gain) / hand)} %` : '–'}`;
  return `before ${text(a)} s  patched ${text(b)} s  hand-made ${text(cured)} s${share}`;
}

interface Side {
  /** ms, and core-ms. */
  readonly values: { readonly wall?: number; readonly core?: number };
  readonly reason?: string;
}

/** Whole runs of original and patch in pairs, with their outputs compared; then the hand-made cure. */
async function asUsersDo({ folder: place, truth, master, ...more }: Place, versions: readonly Version[]): Promise<void> {
  const args = [...more.args, '--output', '{output}'];
  const models = versions.map(({ name, conf }) => [
    name,
    { script: `${name}/job.py`, args, master, conf: { 'spark.driver.memory': truth.run.driver_memory, ...conf } },
  ]);
  writeFileSync(join(place, 'firesteel.json'), JSON.stringify({ models: Object.fromEntries(models) }));
  const jars = more.jars.flatMap((jar) => ['--jars', jar]);
  const proof = JSON.parse(
    await firesteel(['prove', 'original', 'patched', '--pairs', String(pairs), '--warmup', '0', '--format', 'json', ...jars], place),
  ) as {
    pairs: { a: Side; b: Side }[];
    outputs: { status: string; sentence: string };
  };
  const times: number[] = [];
  if (versions.some((one) => one.name === 'cured'))
    for (let i = 0; i < pairs; i++) {
      const done = JSON.parse(await firesteel(['run', 'cured', '--format', 'json', '--timeout', '10m', ...jars], place)) as {
        outcome: { status: string; durationMs: number };
      };
      if (done.outcome.status === 'succeeded') times.push(done.outcome.durationMs / 1000);
    }
  const wall = (side: 'a' | 'b') =>
    median(proof.pairs.map((one) => (one[side].values.wall === undefined ? undefined : one[side].values.wall / 1000)));
  const core = (side: 'a' | 'b') => median(proof.pairs.map((one) => one[side].values.core)) ?? 0;
  const failed = proof.pairs.map((one) => one.b.reason ?? one.a.reason).find((one) => one != null);
  const { status, sentence } = proof.outputs;
  const lost = proof.pairs.map((one) => (one.a.values.wall === undefined ? one.a.reason : undefined)).find((one) => one !== undefined);
  // A run that fails has no time and no output to compare with: that the patched one succeeds is what counts.
  if (wall('a') === undefined && lost !== undefined) {
    const ended = (seconds: number | undefined) => (seconds === undefined ? 'FAILS' : `succeeds in ${seconds.toFixed(1)} s`);
    console.log(`  before fails (${lost.slice(0, 160)})\n  patched ${ended(wall('b'))}  hand-made ${ended(median(times))}`);
    rmSync(join(place, '.firesteel'), { recursive: true, force: true });
    return;
  }
  console.log(
    `  ${told(wall('a'), wall('b'), median(times))}  core time ${Math.round(core('a') / 1000)} → ${Math.round(core('b') / 1000)} s  outputs ${status}${failed == null ? '' : ` ${failed}`}${status === 'equal' ? '' : ` ${sentence}`}`,
  );
  rmSync(join(place, '.firesteel'), { recursive: true, force: true });
}

/** Runs of all versions in turns in one JVM. */
async function warmed(
  { folder: place, truth, master, jars, args }: Place,
  versions: readonly Version[],
  chosen: SparkInstall,
): Promise<void> {
  const file = join(place, 'warm.json');
  const plan = {
    master,
    driverMemory: truth.run.driver_memory,
    jars: jars.join(','),
    rounds,
    args,
    output: join(place, 'warm-output'),
    versions: versions.map(({ name, conf }) => ({ name, script: join(place, name, 'job.py'), conf })),
  };
  writeFileSync(file, JSON.stringify(plan));
  const script = fileURLToPath(new URL('./warm_runs.py', import.meta.url));
  const done = await run(chosen.python, [script, file], {
    cwd: place,
    maxBuffer: 1 << 28,
    timeout: 1_800_000,
    env: { ...process.env, JAVA_HOME: chosen.javaHome, PYSPARK_PYTHON: chosen.python },
  });
  const times = JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, (number | null)[]>;
  const failed = Object.entries(times).filter(([, all]) => all.includes(null));
  console.log(
    `  warm: ${told(median(times.original ?? []), median(times.patched ?? []), median(times.cured ?? []))}` +
      `  ${Object.entries(times)
        .map(([name, all]) => `${name} ${all.map((one) => one?.toFixed(1) ?? 'failed').join('/')}`)
        .join(', ')}` +
      `${failed.length > 0 ? `\n${done.stderr.split('\n').slice(-15).join('\n')}` : ''}`,
  );
}

mkdirSync(work, { recursive: true });
console.log(
  `set ${dirname(set) === set ? set : set.split('/').slice(-2).join('/')}, ${pairs} pair${pairs === 1 ? '' : 's'} each, ${rounds} warm\n`,
);
for (const id of readdirSync(set).sort()) {
  if (!existsSync(join(set, id, 'truth.json')) || !only.some((text) => id.includes(text))) continue;
  const { healthy } = JSON.parse(readFileSync(join(set, id, 'truth.json'), 'utf8')) as Truth;
  if (healthy && !process.argv.includes('--healthy')) continue;
  await attempt(id).catch((error) => console.log(`${id}\n  NOT TRIED: ${error instanceof Error ? error.message : error}`));
}
