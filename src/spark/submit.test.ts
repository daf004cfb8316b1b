// Runs on real Spark: what a job sees, what is recorded of it, which lines its stages carry, and that nothing is left behind.
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRun, type SparkRun } from '../eventlog/index.ts';
import { commandOf, membersOf, type Ran, RUN_LIMIT, skipped, spark, testedLine, type Workshop, workshop } from './testing/spark.ts';

const jobs = join(import.meta.dirname, 'testing/jobs');
/** Files a process has open. */
const openFiles = (pid: number): string[] =>
  globSync('*', { cwd: `/proc/${pid}/fd` }).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return [];
    }
  });
const SECRET = 'hush-hush-4711';

describe.skipIf(spark === undefined)(`a run on Spark ${testedLine}${skipped}`, () => {
  let shop: Workshop;
  beforeAll(() => {
    shop = workshop();
  });
  afterAll(() => shop.remove());

  describe('that does a little of everything', () => {
    let ran: Ran;
    let log: SparkRun;
    let commands: string[];
    let out: string;
    let story: string;
    let before: string[];
    let temporary: string[] = [];
    let elsewhere: string[] = [];
    let printed = 0;
    const applications: string[] = [];

    beforeAll(async () => {
      out = join(shop.folder, 'out');
      const project = join(shop.folder, 'project');
      cpSync(jobs, project, { recursive: true });
      mkdirSync(out);
      story = join(project, 'story.py');
      const propertiesFile = shop.write(
        'spark.conf',
        'spark.from.file  a value = with: signs \\u00fc\nspark.from.both file\nspark.sql.shuffle.partitions=2\nspark.ui.enabled=false\n',
      );
      before = readdirSync(project);
      const job = shop.job(story, {
        args: [out, '--input', 'a "b" $c'],
        propertiesFile,
        // A locale that has no ü, which this folder has.
        env: { LC_ALL: 'C' },
        conf: { 'spark.hadoop.fs.s3a.secret.key': SECRET, 'spark.from.both': 'conf', 'spark.app.name': 'given' },
      });
      const start = await shop.prepare(job);
      const { submit } = await import('./index.ts');
      const outcome = await submit(start, {
        onOutput: (bytes) => {
          printed += bytes.length;
        },
        onApplication: (id) => {
          applications.push(id);
          commands = membersOf(start).map(commandOf);
          temporary = readdirSync(join(start.folder, 'tmp'));
          elsewhere = membersOf(start)
            .flatMap(openFiles)
            .filter((file) => file.startsWith(tmpdir()) && !file.startsWith(shop.folder));
        },
      });
      ran = { start, outcome, driverLog: readFileSync(outcome.driverLog, 'latin1'), left: membersOf(start) };
      if (outcome.logPath !== undefined) log = await readRun(outcome.logPath);
    }, RUN_LIMIT);

    test('succeeds, and is recorded', () => {
      const { outcome, start } = ran;
      expect(outcome).toMatchObject({ status: 'succeeded', exitCode: 0, warnings: [], traced: true, runId: start.runId });
      expect(outcome.reason).toBeUndefined();
      expect(outcome.sparkVersion).toBe(spark?.version);
      expect(outcome.pythonVersion).toBe(spark?.pythonVersion);
      expect(outcome.applicationId).toBe(log.application.id);
      expect(applications).toEqual([outcome.applicationId]);
      expect(outcome.durationMs).toBeGreaterThan(0);
      expect(outcome.endedMs).toBeGreaterThanOrEqual(start.startedMs);
      const written = JSON.parse(readFileSync(join(start.folder, 'outcome.json'), 'utf8'));
      expect(written).toEqual(JSON.parse(JSON.stringify(outcome)));
      const launched = JSON.parse(readFileSync(join(start.folder, 'launch.json'), 'utf8'));
      expect(launched).toMatchObject({ runId: start.runId, install: { version: spark?.version }, codeFingerprint: start.codeFingerprint });
    });

    test('the script sees what it sees without us', () => {
      const seen = JSON.parse(readFileSync(join(out, 'seen.json'), 'utf8'));
      expect(seen).toMatchObject({
        argv: [story, out, '--input', 'a "b" $c'],
        file: story,
        name: '__main__',
        path0: join(shop.folder, 'project'),
        cwd: shop.cwd,
        pickled: 'Here',
        error: 'AnalysisException',
        hashseed: '0',
        secret: SECRET,
        file_conf: 'a value = with: signs ü',
        both_conf: 'conf',
      });
      expect(seen.doc).toMatch(/^A job that does/);
      expect(readFileSync(join(out, 'late'), 'utf8')).toBe('100');
      expect(readFileSync(join(out, 'last'), 'utf8')).toBe('100');
    });

    test('the log is whole, although the script did not stop its session', () => {
      expect(log.application.completed).toBe(true);
      expect(log.environment.spark.get('spark.app.name')).toBe("the user's own name");
      expect(log.environment.spark.get('spark.firesteel.run')).toBe(ran.start.runId);
      expect(log.quality.truncated).toBe(false);
    });

    test('stages and SQL executions carry the line of the user', () => {
      const lines = readFileSync(story, 'utf8').split('\n');
      const at = (mark: string) => `${story}:${lines.findIndex((line) => line.endsWith(`# mark ${mark}`)) + 1}`;
      const sql = log.sql.map(({ description }) => description);
      for (const [name, mark] of [
        ['count', 'count'],
        ['collect', 'collect'],
        ['parquet', 'parquet'],
        ['save', 'save'],
        ['pivot', 'pivot'],
        ['show', 'pivot'],
        ['sql', 'sql'],
        ['createOrReplaceTempView', 'view'],
        ['count', 'thread'],
      ] as const)
        expect(sql, mark).toContain(`${name} at ${at(mark)}`);
      expect(sql).toContain(`collect at ${join(shop.folder, 'project/helper_of_story.py')}:2`);
      expect(sql).toContain('chosen by the user');
      // Nothing is left without a line, but what the user named himself.
      expect(sql.filter((description) => !/ at .*\.py:\d+$|^chosen by the user$/.test(description ?? ''))).toEqual([]);
      const stages = log.stages.map(({ name }) => name);
      expect(stages).toContain(`rdd at ${at('rdd')}`);
      expect(stages).toContain(`take at ${at('rdd')}`);
      expect(stages).toContain(`reduceByKey at ${at('pairs')}`);
      expect(stages).toContain(`count at ${at('pairs')}`);
      expect(stages.filter((name) => !/ at .*\.py:\d+$|^chosen by the user$/.test(name ?? ''))).toEqual([]);
    });

    test('no secret is in a command line, nor in a record', () => {
      expect(commands.length).toBeGreaterThan(2);
      expect(commands.join('\n')).not.toContain(SECRET);
      expect(commands.join('\n')).not.toContain('--input');
      expect(ran.outcome.effectiveConf).toMatchObject({ 'spark.hadoop.fs.s3a.secret.key': '***', 'spark.from.both': 'conf' });
      for (const file of globSync('**/*', { cwd: ran.start.folder, withFileTypes: true })) {
        if (!file.isFile()) continue;
        expect(readFileSync(join(file.parentPath, file.name), 'latin1'), file.name).not.toContain(SECRET);
      }
      expect(statSync(ran.start.folder).mode & 0o077).toBe(0);
    });

    test('everything it printed is in the driver log, bytes as they were', () => {
      expect(ran.driverLog).toContain(Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1'));
      // Spark's own lines come between them.
      expect(ran.driverLog.match(/x/g)?.length).toBeGreaterThanOrEqual(200 * 20_000);
      expect(printed).toBe(statSync(ran.outcome.driverLog).size);
    });

    test('nothing is left: no process, no file outside the folder of the run', () => {
      expect(ran.left).toEqual([]);
      expect(readdirSync(shop.cwd)).toEqual([]);
      expect(existsSync(shop.folder.replaceAll(' ', '%20'))).toBe(false);
      expect(readdirSync(ran.start.folder).sort()).toEqual([
        'driver.json',
        'driver.log',
        'eventlog',
        'guard.json',
        'launch.json',
        'outcome.json',
      ]);
      // What Spark and the JVM unpack and spill lay in the run's folder while it ran.
      expect(temporary.some((name) => /^(spark|blockmgr)-/.test(name))).toBe(true);
      expect(elsewhere).toEqual([]);
      // Python keeps what it compiled of the user's modules, as always; nothing of ours.
      expect(readdirSync(join(shop.folder, 'project')).filter((name) => !before.includes(name) && name !== '__pycache__')).toEqual([]);
      expect(existsSync(join(import.meta.dirname, '../../python/__pycache__'))).toBe(false);
    });
  });

  test(
    'that breaks half-way says where, and its log can be read, from another file system too',
    async () => {
      const script = join(jobs, 'half_way.py');
      // A file system that only Spark's libraries know.
      const logs = mkdtempSync(join(tmpdir(), 'firesteel-far-'));
      const conf = { 'spark.eventLog.dir': 'viewfs://far/logs', 'spark.hadoop.fs.viewfs.mounttable.far.link./logs': `file:${logs}` };
      const { outcome, driverLog, left, start } = await shop.run(shop.job(script, { conf }));
      // PySpark 4 puts the worker's frames into the traceback: the line in the function, else the one that started it.
      const line = testedLine === '3.5' ? 13 : 9;
      expect(outcome).toMatchObject({ status: 'failed', exitCode: 1, exception: { type: 'PythonException', file: script, line } });
      expect(outcome.reason).toContain('ZeroDivisionError: integer division or modulo by zero');
      expect(outcome.reason).toContain(`${script}:${line}`);
      expect(outcome.nextStep).toContain('driver.log');
      expect(driverLog).toContain('line 16, in <module>');
      expect(outcome.exception?.traceback).not.toContain('firesteel_');
      expect(outcome.warnings).toEqual([]);
      expect(outcome.logPath?.startsWith(join(start.folder, 'eventlog'))).toBe(true);
      expect(readdirSync(logs).filter((name) => !name.startsWith('.'))).toHaveLength(1);
      rmSync(logs, { recursive: true });
      const log = await readRun(outcome.logPath as string);
      expect(log.application.completed).toBe(true);
      expect(log.jobs.some(({ status }) => status === 'failed')).toBe(true);
      expect(left).toEqual([]);
    },
    RUN_LIMIT,
  );

  test(
    "that makes two contexts is recorded with the longer one, and the user's own log folder stays; os._exit is told",
    async () => {
      const script = shop.write(
        'twice.py',
        'import os, time\nfrom pyspark.sql import SparkSession\nSparkSession.builder.getOrCreate().stop()\n' +
          'spark = SparkSession.builder.getOrCreate()\nspark.range(10).count()\ntime.sleep(3)\nos._exit(0)\n',
      );
      const logs = join(shop.folder, 'their logs');
      mkdirSync(logs);
      const { outcome, left } = await shop.run(shop.job(script, { conf: { 'spark.ui.enabled': 'false', 'spark.eventLog.dir': logs } }));
      expect(outcome.status).toBe('succeeded');
      expect(outcome.warnings.join('\n')).toMatch(/2 SparkContexts[\s\S]*os\._exit/);
      expect(outcome.logPath?.startsWith(logs)).toBe(true);
      const log = await readRun(outcome.logPath as string);
      expect(log.application.id).toBe(outcome.applicationId);
      expect(log.application.completed).toBe(true);
      expect(log.jobs.length).toBeGreaterThan(0);
      expect(left).toEqual([]);
    },
    RUN_LIMIT,
  );

  // One line of Python each; without a SparkContext a run takes as long as a JVM to start.
  test.each<{ name: string; text: string; conf?: Record<string, string>; expected: object; reason: RegExp | undefined; warning?: RegExp }>([
    {
      name: 'fails at once',
      text: 'def f():\n    raise ValueError("password=hunter2hunter2 is wrong")\nf()\n',
      expected: { status: 'failed', exitCode: 1, exception: { type: 'ValueError', line: 2 } },
      reason: /^ValueError: password=\*\*\* is wrong at .*:2$/,
    },
    {
      name: 'is no Python',
      text: 'x = 1\nthis is no Python\n',
      expected: { status: 'failed', exception: { type: 'SyntaxError', line: 2 } },
      reason: /^SyntaxError: .*:2$/,
    },
    { name: 'exits with 3', text: 'import sys\nsys.exit(3)\n', expected: { status: 'failed', exitCode: 3 }, reason: /exit code 3/ },
    {
      name: 'exits with 137, which is no signal',
      text: 'raise SystemExit(137)\n',
      expected: { status: 'failed', exitCode: 137 },
      reason: /exit code 137/,
    },
    {
      name: 'exits with words',
      text: 'import sys\nsys.exit("no data today")\n',
      expected: { status: 'failed', exitCode: 1 },
      reason: /no data today/,
    },
    {
      name: 'exits hard',
      text: 'import os\nos._exit(4)\n',
      expected: { status: 'failed', exitCode: 4 },
      reason: /at once with exit code 4/,
    },
    {
      name: 'is ended by the system',
      text: 'import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n',
      expected: { status: 'killed', exitCode: 137, signal: 'SIGKILL' },
      reason: /Python was ended from outside by SIGKILL/,
    },
    {
      name: 'does nothing',
      text: 'print("hello")\n',
      expected: { status: 'succeeded', exitCode: 0, logPath: undefined, applicationId: undefined },
      reason: undefined,
      warning: /without a SparkContext/,
    },
    {
      name: 'has a setting that Spark does not take',
      text: 'print("hello")\n',
      conf: { 'spark.driver.memory': 'banana' },
      expected: { status: 'failed', exitCode: 1 },
      reason: /banana/,
    },
  ])(
    'that $name',
    async ({ name, text, conf = {}, expected, reason, warning }) => {
      const { outcome, left } = await shop.run(shop.job(shop.write(`${name.replace(/\W/g, '_')}.py`, text), { conf }));
      expect(outcome).toMatchObject(expected);
      if (reason === undefined) expect(outcome.reason).toBeUndefined();
      else expect(outcome.reason).toMatch(reason);
      if (outcome.status !== 'succeeded') expect(outcome.nextStep).toBeTruthy();
      expect(outcome.warnings.join('\n')).toMatch(warning ?? /^$/);
      expect(left).toEqual([]);
    },
    RUN_LIMIT,
  );
});
