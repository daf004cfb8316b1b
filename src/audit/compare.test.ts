// Comparison of two real runs of one job, and its laws: a run equals itself, secrets stay hidden, every stage is told once.
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isSecret } from '../base/index.ts';
import { readRun, type SparkRun } from '../eventlog/index.ts';
import { audit } from './audit.ts';
import { type Audited, compareRuns, normalised } from './compare.ts';

const examples = join(import.meta.dirname, '../../examples/daily_sales');
const audited = (run: SparkRun): Audited => ({ run, report: audit(run) });
const withSpark = (run: SparkRun, entries: Record<string, string>): SparkRun => ({
  ...run,
  environment: { ...run.environment, spark: new Map([...run.environment.spark, ...Object.entries(entries)]) },
});

let slow: Audited;
let fast: Audited;
beforeAll(async () => {
  slow = audited(await readRun(join(examples, 'slow')));
  fast = audited(await readRun(join(examples, 'fast')));
});

describe('compareRuns', () => {
  test('a run equals itself', () => {
    const same = compareRuns(slow, slow);
    expect(same.headline).toMatch(/^As fast as before/);
    expect(same.settings).toEqual({ changed: [], secret: [], noise: 0 });
    expect(same.findings.gone).toEqual([]);
    expect(same.findings.new).toEqual([]);
    expect(same.stages.onlyA).toEqual([]);
    expect(same.stages.onlyB).toEqual([]);
    for (const { match, a, b } of same.stages.matched) {
      expect(match).toBe('same');
      expect(a).toEqual(b);
    }
  });

  test('tells what the cure of the example changed', () => {
    const { headline, settings, totals, caveats } = compareRuns(slow, fast);
    expect(headline).toMatch(/faster/);
    expect(settings.changed.map(({ key }) => key)).toContain('spark.sql.shuffle.partitions');
    expect(settings.changed.map(({ key }) => key)).not.toContain('spark.app.id');
    expect(settings.noise).toBeGreaterThan(0);
    expect(totals.find(({ name }) => name === 'wall time')).toMatchObject({ a: slow.report.time.wallMs, b: fast.report.time.wallMs });
    expect(caveats.at(-1)).toContain('not a proof');
  });

  test('turned round, it says the opposite', () => {
    const there = compareRuns(slow, fast);
    const back = compareRuns(fast, slow);
    expect(back.headline).toMatch(/slower/);
    expect(back.findings.new.map(({ rule }) => rule).sort()).toEqual(there.findings.gone.map(({ rule }) => rule).sort());
    expect(back.stages.matched.length).toBe(there.stages.matched.length);
  });

  test('every stage that ran is told exactly once', () => {
    const { stages } = compareRuns(slow, fast);
    const ids = (of: Audited) =>
      [...new Set(of.run.stages.filter((stage) => stage.tasks.length + stage.runningTasks.length > 0).map(({ id }) => id))].sort(
        (x, y) => x - y,
      );
    const told = (list: readonly number[]) => [...list].sort((x, y) => x - y);
    expect(told([...stages.matched.map(({ a }) => a.stageId), ...stages.onlyA.map(({ stageId }) => stageId)])).toEqual(ids(slow));
    expect(told([...stages.matched.map(({ b }) => b.stageId), ...stages.onlyB.map(({ stageId }) => stageId)])).toEqual(ids(fast));
  });

  test('secrets are never in the result; noise is counted', () => {
    const a = audited(
      withSpark(slow.run, {
        'spark.hadoop.fs.s3a.secret.key': 'hush-a',
        'spark.x.url': 'jdbc:pg://u:hush-a@h/db',
        'spark.y': 'plain',
        'spark.driver.port': '1',
        'spark.z.dir': '/tmp/app-20260311091402-0007/x',
        'spark.r': '*********(redacted)',
      }),
    );
    const b = audited(
      withSpark(slow.run, {
        'spark.hadoop.fs.s3a.secret.key': 'hush-b',
        'spark.x.url': 'jdbc:pg://u:hush-b@h/db',
        'spark.y': 'other',
        'spark.driver.port': '2',
        'spark.z.dir': '/tmp/app-20260312091402-0008/x',
        'spark.r': 'open',
      }),
    );
    const result = compareRuns(a, b);
    expect(JSON.stringify(result)).not.toContain('hush');
    const told = { ...slow.run, application: { ...slow.run.application, name: 'job password=hush' } };
    expect(JSON.stringify(audit(told))).not.toContain('hush');
    expect(JSON.stringify(compareRuns(audited(told), a))).not.toContain('hush');
    expect(result.settings).toEqual({
      changed: [{ key: 'spark.y', a: 'plain', b: 'other' }],
      secret: ['spark.hadoop.fs.s3a.secret.key', 'spark.r', 'spark.x.url'],
      noise: 2,
    });
  });
});

test.each([
  ['spark.hadoop.fs.azure.account.key.x.dfs.core.windows.net', 'x', true],
  ['spark.ssl.keyPassword', 'x', true],
  ['spark.driver.extraJavaOptions', '-Xmx1g -Dhttp.proxyPassword=abc', true],
  ['spark.driver.extraJavaOptions', '-XX:+UseG1GC', false],
  ['spark.sql.shuffle.partitions', '200', false],
  ['spark.sql.catalog.x.uri', 'thrift://meta:9083', false],
  ['spark.x', 'https://me:pw@host/', true],
  ['spark.x', 'AKIAIOSFODNN7EXAMPLE', true],
])('%s = %s is a secret: %s', (key, value, secret) => {
  expect(isSecret(key, value)).toBe(secret);
});

test.each([
  ['save at NativeMethodAccessorImpl.java:0', 'save at NativeMethodAccessorImpl.java:#'],
  ['WholeStageCodegen (12)', 'WholeStageCodegen'],
  ['Listing 12 paths', 'Listing # paths'],
])('%s is %s', (name, expected) => {
  expect(normalised(name)).toBe(expected);
});
