// Runs that do not come to their own end: cancelled, out of time, killed, without Firesteel, on a full disk.
// Each leaves a record that says what happened, a log that can be read, and no process.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRun } from '../eventlog/index.ts';
import { isAlive, outcomeOfLost, type RunOutcome, type RunStart, submit } from './index.ts';
import { sessionMembers } from './processes.ts';
import { commandOf, jvmOf, membersOf, RUN_LIMIT, skipped, spark, testedLine, until, type Workshop, workshop } from './testing/spark.ts';

const sleeps = join(import.meta.dirname, 'testing/jobs/sleeps.py');
const node = process.execPath;

describe.skipIf(spark === undefined)(`a run on Spark ${testedLine} that is ended${skipped}`, () => {
  let shop: Workshop;
  beforeAll(() => {
    shop = workshop();
  });
  afterAll(() => shop.remove());

  const isSleeping = (start: RunStart) => until(() => readFileSync(join(start.folder, 'driver.log'), 'latin1').includes('\nsleeping'));
  const conf = { 'spark.ui.enabled': 'false' };

  /** Another Firesteel that runs the job; resolves when the job sleeps. */
  async function elsewhere(): Promise<{ child: ReturnType<typeof spawn>; start: RunStart; ended: Promise<string> }> {
    const preparation = shop.write(
      'job.json',
      JSON.stringify({ job: shop.job(sleeps, { conf }), install: spark, stateFolder: shop.stateFolder }),
    );
    const child = spawn(node, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'testing/run-one.ts'), preparation], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const ended = new Promise<string>((resolve) => child.on('close', () => resolve(said)));
    expect(await until(() => said.includes('\n{"id"'))).toBe(true);
    const start = JSON.parse(said.slice(0, said.indexOf('\n'))) as RunStart;
    expect(await isSleeping(start)).toBe(true);
    return { child, start, ended };
  }

  const auditable = async (outcome: RunOutcome) => {
    const log = await readRun(outcome.logPath as string);
    expect(log.jobs.length).toBeGreaterThan(0);
    return log;
  };

  test(
    'by Ctrl-C: its `finally` runs, its log is closed, it is cancelled',
    async () => {
      const { child, start, ended } = await elsewhere();
      expect(isAlive(start)).toBe(true);
      expect(membersOf(start).length).toBeGreaterThan(1);
      child.kill('SIGINT');
      const outcome = JSON.parse((await ended).trim().split('\n').at(-1) as string) as RunOutcome;
      expect(outcome).toMatchObject({ status: 'cancelled', reason: 'It was cancelled.', warnings: [] });
      expect(readFileSync(outcome.driverLog, 'latin1')).toContain('cleaned up');
      expect((await auditable(outcome)).application.completed).toBe(true);
      expect(membersOf(start)).toEqual([]);
      expect(isAlive(start)).toBe(false);
    },
    RUN_LIMIT,
  );

  test(
    'with its Firesteel, by kill -9: the guard stops it; the record is a lost one and can be completed',
    async () => {
      const { child, start, ended } = await elsewhere();
      child.kill('SIGKILL');
      await ended;
      expect(isAlive(start)).toBe(false);
      // A process that has the number now is another one.
      expect(isAlive({ ...start, pid: process.pid })).toBe(false);
      expect(isAlive({ ...start, host: 'elsewhere' })).toBeUndefined();
      const outcome = await outcomeOfLost(start);
      expect(outcome).toMatchObject({ status: 'killed', runId: start.runId });
      expect(outcome.reason).toContain(`process ${start.pid}`);
      expect(outcome.nextStep).toBeTruthy();
      expect(outcome.applicationId).toBeDefined();
      await auditable(outcome);
      expect(await until(() => membersOf(start).length === 0)).toBe(true);
      expect(await outcomeOfLost(start)).toEqual(JSON.parse(JSON.stringify(outcome)));
    },
    RUN_LIMIT,
  );

  test(
    'by kill -9 of the JVM: killed, the Python with it, the log as far as it goes',
    async () => {
      const start = await shop.prepare(shop.job(sleeps, { conf }));
      const running = submit(start, {
        onApplication: async () => {
          await isSleeping(start);
          process.kill(jvmOf(start) as number, 'SIGKILL');
        },
      });
      const outcome = await running;
      expect(outcome).toMatchObject({ status: 'killed', signal: 'SIGKILL', exitCode: undefined });
      expect(outcome.reason).toMatch(/SIGKILL, as a system does that runs out of memory/);
      expect(outcome.nextStep).toContain('dmesg');
      expect(outcome.warnings.join('\n')).toContain('not closed');
      await auditable(outcome);
      expect(membersOf(start)).toEqual([]);
    },
    RUN_LIMIT,
  );

  test(
    'although it is deaf, and so is its guard',
    async () => {
      const start = await shop.prepare(shop.job(sleeps, { conf, env: { STUBBORN: '1' } }));
      const cancel = new AbortController();
      const running = submit(start, {
        signal: cancel.signal,
        onApplication: async () => {
          await isSleeping(start);
          const guard = JSON.parse(readFileSync(join(start.folder, 'guard.json'), 'utf8')).pid as number;
          expect(commandOf(guard)).toContain('firesteel_guard.py');
          process.kill(guard, 'SIGKILL');
        },
      });
      const outcome = await running;
      expect(outcome).toMatchObject({ status: 'killed', signal: 'SIGKILL' });
      expect(membersOf(start)).toEqual([]);
      await auditable(outcome);
    },
    RUN_LIMIT,
  );

  test(
    'by its time limit',
    async () => {
      const script = shop.write('forever.py', 'import time\nprint("here", flush=True)\ntime.sleep(600)\n');
      const { outcome, left } = await shop.run(shop.job(script, { timeoutMs: 6000 }));
      expect(outcome.status).toBe('timedOut');
      expect(outcome.reason).toMatch(/time limit of 6/);
      expect(outcome.nextStep).toContain('--timeout');
      expect(outcome.durationMs).toBeGreaterThanOrEqual(5900);
      expect(left).toEqual([]);
    },
    RUN_LIMIT,
  );

  test('before it began', async () => {
    const start = await shop.prepare(shop.job(sleeps));
    const outcome = await submit(start, { signal: AbortSignal.abort() });
    expect(outcome).toMatchObject({ status: 'cancelled', logPath: undefined });
  });

  const canMount = process.platform === 'linux' && process.getuid?.() === 0;
  test.skipIf(!canMount)(
    'by a full disk (needs root, to make a small one)',
    async () => {
      const disk = mkdtempSync(join(tmpdir(), 'firesteel-small-'));
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]).status).toBe(0);
      const small = workshop(disk);
      try {
        const script = small.write(
          'fills.py',
          'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n' +
            'spark.range(2000000).selectExpr("uuid() as u").repartition(4, "u").count()\n',
        );
        const { outcome, left } = await small.run(small.job(script, { conf: { ...conf, 'spark.task.maxFailures': '1' } }));
        expect(outcome.status).toBe('failed');
        expect(outcome.reason).toMatch(/disk was full/);
        expect(outcome.nextStep).toMatch(/Free some space/);
        expect(left).toEqual([]);
        // Full from the start: not even the record can be written.
        writeFileSync(join(disk, 'rest'), Buffer.alloc(1), { flag: 'w' });
        spawnSync('dd', ['if=/dev/zero', `of=${join(disk, 'rest')}`, 'bs=4k']);
        await expect(small.prepare(small.job(script))).rejects.toMatchObject({
          code: 'unwritable',
          message: expect.stringMatching(/disk is full/),
        });
      } finally {
        spawnSync('umount', [disk]);
        rmSync(disk, { recursive: true, force: true });
      }
    },
    RUN_LIMIT,
  );

  test('nobody of them is left', () => {
    expect(sessionMembers(process.pid).filter((pid) => /SparkSubmit|firesteel_guard/.test(commandOf(pid)))).toEqual([]);
  });
});
