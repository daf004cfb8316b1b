// `node scripts/try-patches.ts --set FOLDER --work FOLDER [--only TEXT] [--python PYTHON] [--pairs 1]`: for each labelled scenario the patch that
// Firesteel writes from its log and code, run on real Spark beside the original and the hand-made cure: outputs, gain, share of the hand-made gain.
// Laws: nothing of a scenario but its code, its log and how it is submitted is used to make the patch; what could not be tried says why.

import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { applyPatch, parsePatch } from 'diff';

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
const pairs = option('pairs', '1');

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
  const [verb = '', ...rest] = args;
  const done = await run(bin, [verb, '--quiet', ...rest], { cwd, maxBuffer: 1 << 30, timeout: 900_000 }).catch(
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

const seconds = (ms: number | undefined) => (ms === undefined ? '–' : (ms / 1000).toFixed(1));

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
  const common = ['--master', truth.run.master, '--jars', join(set, 'lib/remote-calls.jar'), '--timeout', '10m'];
  const settings = (values: Readonly<Record<string, string>>) =>
    Object.entries({ 'spark.driver.memory': truth.run.driver_memory, ...values }).flatMap(([key, value]) => ['--conf', `${key}=${value}`]);
  const args = ['--', '--input', join(place, 'input'), '--output', '{output}'];
  // One side's settings differ: as two models of a project file.
  const model = (script: string, values: Readonly<Record<string, string>>) => ({
    script,
    args: args.slice(1),
    master: truth.run.master,
    conf: { 'spark.driver.memory': truth.run.driver_memory, ...values },
  });
  writeFileSync(
    join(place, 'firesteel.json'),
    JSON.stringify({ models: { original: model('original/job.py', truth.run.submit_conf), patched: model('patched/job.py', conf) } }),
  );
  const proof = JSON.parse(
    await firesteel(
      ['prove', 'original', 'patched', '--pairs', pairs, '--warmup', '0', '--format', 'json', '--jars', join(set, 'lib/remote-calls.jar')],
      place,
    ),
  ) as {
    pairs: { a: { values: { wall?: number }; reason?: string }; b: { values: { wall?: number }; reason?: string } }[];
    outputs: { status: string; sentence: string };
  };
  const median = (values: (number | undefined)[]) =>
    values.filter((one) => one !== undefined).sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const a = median(proof.pairs.map((one) => one.a.values.wall));
  const b = median(proof.pairs.map((one) => one.b.values.wall));
  let cured: number | undefined;
  if (existsSync(join(folder, 'fixed.py'))) {
    cpSync(join(folder, 'fixed.py'), join(place, 'cured/job.py'));
    const times: number[] = [];
    for (let i = 0; i < Number(pairs); i++) {
      const done = JSON.parse(
        await firesteel(
          [
            'run',
            'cured/job.py',
            '--format',
            'json',
            ...common,
            ...settings({ ...truth.run.submit_conf, ...truth.run.submit_conf_after }),
            ...args,
          ],
          place,
        ),
      ) as { outcome: { status: string; durationMs: number } };
      if (done.outcome.status === 'succeeded') times.push(done.outcome.durationMs);
    }
    cured = median(times);
  }
  const gain = a === undefined || b === undefined ? undefined : a - b;
  const hand = a === undefined || cured === undefined ? undefined : a - cured;
  console.log(
    `  before ${seconds(a)} s  patched ${seconds(b)} s  hand-made ${seconds(cured)} s  outputs ${proof.outputs.status}` +
      `${gain === undefined || hand === undefined ? '' : `  share of the hand-made gain ${hand > 0 ? `${Math.round((100 * gain) / hand)} %` : '–'}`}` +
      `${proof.pairs.map((one) => one.b.reason ?? one.a.reason).find((one) => one !== undefined) ?? ''}${proof.outputs.status === 'equal' ? '' : ` ${proof.outputs.sentence}`}`,
  );
  rmSync(join(place, '.firesteel'), { recursive: true, force: true });
}

mkdirSync(work, { recursive: true });
console.log(`set ${dirname(set) === set ? set : set.split('/').slice(-2).join('/')}, ${pairs} pair${pairs === '1' ? '' : 's'} each\n`);
for (const id of readdirSync(set).sort()) {
  if (!existsSync(join(set, id, 'truth.json')) || !only.some((text) => id.includes(text))) continue;
  const { healthy } = JSON.parse(readFileSync(join(set, id, 'truth.json'), 'utf8')) as Truth;
  if (healthy && !process.argv.includes('--healthy')) continue;
  await attempt(id).catch((error) => console.log(`${id}\n  NOT TRIED: ${error instanceof Error ? error.message : error}`));
}
