// The command line as a user meets it: exit codes, streams, files, colours. The real program is started for each case.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const node = join(root, 'node_modules/.bin/node');
const main = join(root, 'src/cli/main.ts');
const slow = join(root, 'examples/daily_sales/slow');
const fast = join(root, 'examples/daily_sales/fast');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}, input?: string | Buffer): Result {
  const { PATH, HOME } = process.env;
  const done = spawnSync(node, ['--disable-warning=ExperimentalWarning', main, ...args], {
    cwd: folder,
    env: { PATH, HOME, LANG: 'C.UTF-8', ...env },
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe('wrong usage is exit 2, on stderr, with a next step', () => {
  test.each<[readonly string[], RegExp]>([
    [['adit', slow], /unknown command 'adit'[\s\S]*Did you mean audit\?/],
    [['audit', slow, '--frmat', 'json'], /unknown option '--frmat'[\s\S]*Did you mean --format\?/],
    [['audit'], /No log and no code is named/],
    [['audit', slow, '--code', 'no-such-file.py'], /no-such-file\.py could not be read: it is not there/],
    [['audit', slow, '--format', 'xml'], /no format "xml"[\s\S]*terminal, json, markdown, terse/],
    [['audit', slow, '--width', '7'], /--width 7/],
    [['audit', slow, '--fail-on', 'soon'], /"soon" does not fit --fail-on\.[\s\S]*minutes/],
    [['audit', slow, '--fail-on', '0'], /"0" does not fit --fail-on\.[\s\S]*more than 0/],
    [['compare', '-', '-'], /read once only/],
    [['audit', 'no-such-file'], /no-such-file does not exist/],
    [['audit', slow, '--out', '.'], /is a folder[\s\S]*report\.md/],
    [['facts', slow, fast], /too many arguments/],
    [['run', 'job.py', '2026-01-01'], /too many arguments[\s\S]*arguments stand behind --/],
    [['audit', join(root, 'python/firesteel_launch.py')], /is not a Spark event log[\s\S]*looks like code: firesteel audit --code/],
    [['rules', 'skewed-jion'], /no rule "skewed-jion"/],
    [[slow], /is a path, not a command[\s\S]*next step: firesteel audit/],
  ])('%j', (args, message) => {
    const { code, out, err } = cli(args);
    expect(err).toMatch(message);
    expect(err).toMatch(/next step: /);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  test('nothing at all shows the help', () => {
    const { code, err } = cli([]);
    expect(code).toBe(2);
    expect(err).toContain('Commands:');
  });
});

test('help of every command has its options and examples', () => {
  expect(cli(['--help']).code).toBe(0);
  for (const verb of ['audit', 'compare', 'facts', 'rules']) {
    const { code, out } = cli(['help', verb]);
    expect(code).toBe(0);
    expect(out).toContain(`Examples:\n  firesteel ${verb}`);
    expect(cli([verb, '--help']).out).toBe(out);
  }
});

describe('audit', () => {
  test('prints the report on stdout and nothing on stderr', () => {
    const { code, out, err } = cli(['audit', slow]);
    expect(code).toBe(0);
    expect(out).toContain('Where the time went');
    expect(out).not.toContain('\u001b');
    expect(err).toBe('');
  });

  test('the same input gives the same bytes', () => {
    const json = () => cli(['audit', slow, '--format', 'json']).out;
    const first = json();
    expect(JSON.parse(first).schema).toBe('firesteel/report@1');
    expect(json()).toBe(first);
  });

  test('colour and letters follow the environment and the options', () => {
    const coloured = (args: readonly string[], env: Readonly<Record<string, string>>) =>
      cli(['audit', slow, ...args], env).out.includes('\u001b[');
    expect(coloured([], { FORCE_COLOR: '1' })).toBe(true);
    expect(coloured([], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(coloured(['--no-color'], { FORCE_COLOR: '1' })).toBe(false);
    expect(cli(['audit', slow], { LC_ALL: 'C' }).out).toMatch(/^[\x20-\x7e\n]*$/);
    expect(cli(['audit', slow, '--ascii']).out).toMatch(/^[\x20-\x7e\n]*$/);
  });

  test('reads standard input', () => {
    const name = readdirSync(join(slow, readdirSync(slow).find((entry) => entry.startsWith('eventlog_v2_')) as string)).find((entry) =>
      entry.startsWith('events_'),
    ) as string;
    const log = readFileSync(join(slow, readdirSync(slow).find((entry) => entry.startsWith('eventlog_v2_')) as string, name));
    const { code, out } = cli(['audit', '-', '--format', 'json'], {}, log);
    expect(code).toBe(0);
    expect(JSON.parse(out).application.name).toBe('daily_sales');
  });

  test('--out writes the file whole, makes its folder, and chooses the format by its name', () => {
    const target = join(folder, 'new/deep/report.md');
    const { code, out, err } = cli(['audit', slow, '--out', target]);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain(`wrote ${target}`);
    expect(readFileSync(target, 'utf8')).toMatch(/^# daily_sales\n/);
    expect(readdirSync(join(folder, 'new/deep'))).toEqual(['report.md']);
    cli(['audit', slow, '--quiet', '--out', join(folder, 'r.json')]);
    expect(JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')).schema).toBe('firesteel/report@1');
    expect(cli(['audit', slow, '--out', join(folder, 'r.json'), '--format', 'terse', '-q']).err).toBe('');
    expect(readFileSync(join(folder, 'r.json'), 'utf8')).toMatch(/^firesteel audit of/);
  });

  test('several logs are one table, and a bad one does not stop the rest', () => {
    writeFileSync(join(folder, 'bad.log'), 'this is no event log\n');
    const { code, out } = cli(['audit', slow, join(folder, 'bad.log'), fast, 'missing', '--format', 'json']);
    expect(code).toBe(0);
    const json = JSON.parse(out);
    expect(json.schema).toBe('firesteel/fleet@1');
    expect(json.runs).toHaveLength(2);
    expect(json.failed).toHaveLength(2);
    expect(cli(['audit', join(folder, 'bad.log'), 'missing']).code).toBe(2);
    expect(JSON.parse(cli(['audit', join(root, 'examples/daily_sales'), '--format', 'json']).out).runs).toHaveLength(2);
    expect(JSON.parse(cli(['audit', slow, slow, '--format', 'json']).out).schema).toBe('firesteel/report@1');
  });

  test('an empty folder is unreadable input', () => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const { code, err } = cli(['audit', join(folder, 'empty')]);
    expect(code).toBe(2);
    expect(err).toContain('next step: ');
  });

  test('--fail-on is a gate: exit 1 with the report still printed', () => {
    const { found } = {
      found:
        JSON.parse(cli(['audit', slow, '--format', 'json']).out).findings.filter((one: { status: string }) => one.status === 'found')
          .length > 0,
    };
    const { code, out, err } = cli(['audit', slow, '--fail-on', 'found']);
    expect(code).toBe(found ? 1 : 0);
    expect(out).toContain('Where the time went');
    if (found) expect(err).toContain('gate failed: ');
    expect(cli(['audit', slow, '--fail-on', '600']).code).toBe(0);
  });

  test('--fail-on does not pass over a log that could not be read', () => {
    const bad = join(folder, 'unreadable.log');
    writeFileSync(bad, 'this is no event log\n');
    const named = cli(['audit', slow, bad, '--fail-on', '600']);
    expect(named.code).toBe(2);
    expect(named.err).toContain(`--fail-on does not pass: ${bad} could not be read: `);
    expect(named.out).toContain('Could not be read');
    // What is found fails the gate all the same.
    expect(cli(['audit', slow, bad, '--fail-on', 'found']).code).toBe(cli(['audit', slow, '--fail-on', 'found']).code === 1 ? 1 : 2);
  });

  test('one log in a folder is one report; what could not be read beside it is told on stderr and to the gate', () => {
    const mixed = join(folder, 'mixed');
    cpSync(slow, mixed, { recursive: true });
    expect(cli(['audit', mixed]).err).toBe('');
    writeFileSync(join(mixed, 'app-2.zstd'), Buffer.from('28b52ffd00', 'hex'));
    const { code, out, err } = cli(['audit', mixed]);
    expect(code).toBe(0);
    expect(out).toBe(cli(['audit', slow]).out);
    expect(err).toMatch(/^firesteel: not read: .*app-2\.zstd: [^\n]*\.\n$/);
    expect(cli(['audit', mixed, '--quiet', '--fail-on', '600'])).toMatchObject({ code: 2 });
  });

  test('--code without a log shows what the code alone shows, and --fail-on found holds on it', () => {
    const job = join(folder, 'job.py');
    writeFileSync(
      job,
      [
        'from pyspark.sql import SparkSession',
        'spark = SparkSession.builder.getOrCreate()',
        'sales = spark.read.option("inferSchema", True).csv("/data/sales")',
        'sales.write.mode("overwrite").parquet("/data/out")',
        '',
      ].join('\n'),
    );
    const { code, out, err } = cli(['audit', '--code', job]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/job\.py:3 +Schema inferred/);
    expect(cli(['audit', '--code', job, '--fail-on', 'found']).code).toBe(1);
    const json = JSON.parse(cli(['audit', '--code', job, '--format', 'json']).out);
    expect(json).toMatchObject({ schema: 'firesteel/code@1', files: [job], code: [{ id: 'infer-schema', line: 3 }] });
    expect(cli(['audit', '--code', job, '--format', 'terse']).out).toContain('job.py:3 infer-schema (schema-inference)');
    expect(cli(['audit', '--code', job, '--format', 'markdown']).out).toContain('**Schema inferred');
  });

  test('--code with a folder that holds none says so', () => {
    const empty = join(folder, 'no-code');
    mkdirSync(empty);
    writeFileSync(join(empty, 'Job.scala'), 'object Job {}');
    const { code, err } = cli(['audit', '--code', empty]);
    expect(code).toBe(2);
    expect(err).toMatch(/No Python code in .*Job\.scala: not analysed/);
  });
});

test('a reader that goes away is no error', async () => {
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, 'facts', slow, '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let err = '';
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((done) => child.on('close', done));
  expect({ code, err }).toEqual({ code: 0, err: '' });
});

test('facts, compare and rules answer', () => {
  expect(JSON.parse(cli(['facts', slow, '--format', 'json']).out).schema).toBe('firesteel/facts@1');
  expect(cli(['facts', slow]).out).toContain('Stages');
  expect(JSON.parse(cli(['compare', slow, fast, '--format', 'json']).out).schema).toBe('firesteel/compare@1');
  expect(cli(['compare', slow, fast]).out).toContain('faster');
  expect(cli(['rules']).code).toBe(0);
  const { rules } = JSON.parse(cli(['rules', '--format', 'json']).out);
  const [first] = rules;
  if (first !== undefined) expect(cli(['rules', first.id]).code).toBe(0);
});

test('the demo takes no folder that is not its own', () => {
  const target = join(folder, 'elsewhere');
  mkdirSync(join(target, 'firesteel-demo'), { recursive: true });
  writeFileSync(join(target, 'firesteel-demo', 'mine.txt'), 'mine');
  const { PATH, HOME } = process.env;
  const done = spawnSync(node, ['--disable-warning=ExperimentalWarning', main, 'demo', '--quick'], {
    cwd: target,
    env: { PATH, HOME, LANG: 'C.UTF-8' },
    encoding: 'utf8',
  });
  expect(done.status).toBe(2);
  expect(done.stderr).toMatch(/it may be yours[\s\S]*next step: /);
  expect(readdirSync(join(target, 'firesteel-demo'))).toEqual(['mine.txt']);
});
