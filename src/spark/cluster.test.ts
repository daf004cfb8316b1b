// A run on a real standalone cluster of this machine: one master, two workers, all on loopback.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRun } from '../eventlog/index.ts';
import { type Cluster, startCluster } from './testing/cluster.ts';
import { RUN_LIMIT, skipped, spark, testedLine, type Workshop, workshop } from './testing/spark.ts';

describe.skipIf(spark === undefined)(`a standalone cluster of Spark ${testedLine}${skipped}`, () => {
  let cluster: Cluster;
  let shop: Workshop;
  beforeAll(async () => {
    shop = workshop();
    cluster = await startCluster(spark as NonNullable<typeof spark>);
  }, RUN_LIMIT);
  afterAll(async () => {
    await cluster?.stop();
    shop.remove();
  }, RUN_LIMIT);

  test(
    'runs a job on both workers, with its log, and lets go of them',
    async () => {
      const out = join(shop.folder, 'out');
      const script = join(import.meta.dirname, 'testing/jobs/on_cluster.py');
      const { outcome, left } = await shop.run(
        shop.job(script, {
          master: cluster.master,
          args: [out],
          conf: { 'spark.executor.memory': '512m', 'spark.sql.shuffle.partitions': '4' },
        }),
      );
      expect(outcome).toMatchObject({ status: 'succeeded', warnings: [], traced: true });
      expect(existsSync(join(out, '_SUCCESS'))).toBe(true);
      const log = await readRun(outcome.logPath as string);
      expect(log.application.completed).toBe(true);
      expect(log.application.id).toMatch(/^app-/);
      const executors = log.executors.filter(({ id }) => id !== 'driver');
      expect(executors.map(({ host }) => host)).toEqual(['127.0.0.1', '127.0.0.1']);
      expect(log.sql.map(({ description }) => description)).toEqual([`parquet at ${script}:6`]);
      expect(left).toEqual([]);
    },
    RUN_LIMIT,
  );
});
