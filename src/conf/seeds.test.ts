// Every configuration key that the seeds name gets the verdict that was researched for it (knowledge on pipelines, 6.3, 6.4, 6.6).
// V: real, and nothing to say but what its value calls for; D: deprecated; X: no such key; R: raises when set on a live session;
// N: real, no effect here; S: says the default; H: harmful.
import { expect, test } from 'vitest';
import { lint } from './lint.ts';
import { readSource } from './read/index.ts';
import type { ConfFinding, Origin } from './types.ts';

type Verdict = 'D' | 'X' | 'N' | 'S' | 'H' | 'H?' | 'N?' | 'R';

const RULE: Readonly<Record<Verdict, string>> = {
  D: 'conf-deprecated warning',
  X: 'conf-unknown warning',
  N: 'conf-no-effect warning',
  'N?': 'conf-no-effect note',
  S: 'conf-restates-default note',
  H: 'conf-harmful warning',
  'H?': 'conf-harmful note',
  R: 'conf-no-effect error',
};

const of = (key: string, value: string, how: Origin, version: string, more: Readonly<Record<string, string>> = {}): ConfFinding[] => {
  const setting = (k: string, v: string) => ({ key: k, value: v, origin: how, file: 'f', line: 1, column: 1 });
  const settings = [setting(key, value), ...Object.entries(more).map(([k, v]) => setting(k, v))];
  const uses = { structuredStreaming: undefined, dstreams: undefined };
  return lint([{ file: 'f', kind: 'python', settings, uses, sparkVersion: version }]).filter((finding) => finding.key === key);
};

/** Key, value as in the seeds, verdicts on 3.5 in a builder; and where they differ, on 4.0. */
const SEEDS: readonly (readonly [key: string, value: string, on35: readonly Verdict[], on40?: readonly Verdict[]])[] = [
  ['spark.sql.adaptive.enabled', 'true', ['S']],
  ['spark.sql.adaptive.coalescePartitions.enabled', 'true', ['S']],
  ['spark.sql.adaptive.coalescePartitions.minPartitionNum', '1', ['D']],
  ['spark.sql.adaptive.coalescePartitions.initialPartitionNum', '200', ['S']],
  ['spark.sql.adaptive.coalescePartitions.initialPartitionNum', '400', []],
  ['spark.sql.adaptive.skewJoin.enabled', 'true', ['S']],
  ['spark.sql.adaptive.skewJoin.skewedPartitionFactor', '5', ['S']],
  ['spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes', '256MB', ['S']],
  ['spark.sql.adaptive.localShuffleReader.enabled', 'true', ['S']],
  ['spark.sql.adaptive.advisoryPartitionSizeInBytes', '128MB', ['N?']],
  ['spark.sql.adaptive.autoBroadcastJoinThreshold', '10MB', ['S']],
  ['spark.sql.adaptive.join.enabled', 'true', ['X']],
  ['spark.sql.adaptive.maxShuffledHashJoinLocalMapThreshold', '0', ['S']],
  ['spark.sql.autoBroadcastJoinThreshold', '100MB', []],
  ['spark.sql.autoBroadcastJoinThreshold', '52428800', []],
  ['spark.sql.autoBroadcastJoinThreshold', '-1', ['H?']],
  ['spark.sql.shuffle.partitions', '200', ['S']],
  ['spark.sql.shuffle.partitions', '400', []],
  ['spark.sql.files.maxPartitionBytes', '1073741824', ['H?']],
  ['spark.sql.files.openCostInBytes', '4194304', ['S']],
  ['spark.sql.files.openCostInBytes', '8388608', []],
  ['spark.sql.statistics.histogram.enabled', 'true', ['N']],
  ['spark.sql.ansi.enabled', 'true', ['H?'], ['S']],
  ['spark.sql.decimalOperations.allowPrecisionLoss', 'false', ['H']],
  ['spark.sql.execution.arrow.pyspark.enabled', 'true', []],
  ['spark.sql.execution.arrow.fallback.enabled', 'true', ['D']],
  ['spark.sql.execution.arrow.maxRecordsPerBatch', '10000', ['S']],
  ['spark.sql.execution.pandas.convertToArrowArraySafely', 'true', []],
  ['spark.sql.streaming.checkpointLocation', '/tmp/checkpoint', []],
  ['spark.sql.streaming.multipleWatermarkPolicy', 'min', ['S']],
  ['spark.sql.streaming.stateStore.maintenanceInterval', '60s', ['S']],
  ['spark.sql.streaming.stateStore.maintenanceInterval', '600s', []],
  ['spark.sql.streaming.stateStore.minDeltasForSnapshot', '10', ['S']],
  ['spark.sql.streaming.trigger.processingTime', '10 seconds', ['X']],
  ['spark.sql.streaming.kafka.consumer.fetchMinBytes', '1', ['X']],
  ['spark.sql.streaming.kafka.consumer.maxPollRecords', '500', ['X']],
  ['spark.sql.recovery.checkpointInterval', '10', ['X']],
  ['spark.serializer', 'org.apache.spark.serializer.KryoSerializer', ['N?']],
  ['spark.default.parallelism', '200', ['N']],
  ['spark.driver.memory', '8g', ['N']],
  ['spark.driver.memoryOverhead', '2g', ['N']],
  ['spark.driver.maxResultSize', '2g', []],
  ['spark.driver.maxResultSize', '0', ['H']],
  ['spark.executor.memory', '8g', []],
  ['spark.executor.cores', '4', []],
  ['spark.executor.memoryOverhead', '2g', []],
  ['spark.executor.memoryFraction', '0.8', ['X']],
  ['spark.storage.memoryFraction', '0.3', ['D']],
  ['spark.shuffle.memoryFraction', '0.3', ['D']],
  ['spark.memory.fraction', '0.8', []],
  ['spark.memory.storageFraction', '0.3', []],
  ['spark.executor.memoryOffHeap.enabled', 'true', ['X']],
  ['spark.executor.memoryOffHeap.size', '2g', ['X']],
  ['spark.executor.extraJavaOptions', '-XX:+UseG1GC -XX:+UnlockDiagnosticVMOptions', ['N?']],
  ['spark.executor.heartbeatInterval', '20s', []],
  ['spark.network.timeout', '800s', ['H']],
  ['spark.dynamicAllocation.enabled', 'true', []],
  ['spark.shuffle.service.enabled', 'true', ['H?']],
  ['spark.streaming.backpressure.enabled', 'true', ['N']],
  ['spark.streaming.kafka.maxRatePerPartition', '1000', ['N']],
  ['spark.streaming.receiver.writeAheadLog.enable', 'true', ['N']],
  ['spark.hadoop.fs.s3a.fast.upload', 'true', ['N']],
  ['spark.hadoop.fs.s3a.fast.upload.buffer', 'disk', ['S']],
  ['spark.hadoop.fs.s3a.block.size', '128M', []],
  ['spark.hadoop.fs.s3a.multipart.size', '104857600', []],
  ['spark.hadoop.fs.s3a.multipart.threshold', '2147483647', ['H']],
  ['spark.hadoop.fs.s3a.threads.max', '20', ['H']],
  ['spark.hadoop.fs.s3a.connection.maximum', '50', ['H']],
];

test.each(SEEDS.map((row) => ({ row, name: `${row[0]}=${row[1]}` })))('$name', ({ row: [key, value, on35, on40] }) => {
  const said = (version: string) => of(key, value, 'builder', version).map(({ rule, severity }) => `${rule} ${severity}`);
  expect(said('3.5.7')).toEqual(on35.map((verdict) => RULE[verdict]));
  if (on40 !== undefined) expect(said('4.0.2')).toEqual(on40.map((verdict) => RULE[verdict]));
});

test.each([
  ['spark.dynamicAllocation.minExecutors', '2'],
  ['spark.dynamicAllocation.maxExecutors', '20'],
  ['spark.dynamicAllocation.initialExecutors', '5'],
  ['spark.dynamicAllocation.executorIdleTimeout', '120s'],
  ['spark.dynamicAllocation.schedulerBacklogTimeout', '5s'],
  ['spark.dynamicAllocation.sustainedSchedulerBacklogTimeout', '10s'],
  ['spark.kryoserializer.buffer.max', '512m'],
])('%s needs its switch', (key, value) => {
  const on: Readonly<Record<string, string>> = key.startsWith('spark.kryo')
    ? { 'spark.serializer': 'org.apache.spark.serializer.KryoSerializer' }
    : { 'spark.dynamicAllocation.enabled': 'true' };
  expect(of(key, value, 'builder', '3.5').map(({ rule }) => rule)).toEqual(['conf-no-effect']);
  expect(of(key, value, 'builder', '3.5', on)).toEqual([]);
});

test('cached executors that go, shuffle tracking that is on since 3.4, a shuffle service on Kubernetes', () => {
  const on = { 'spark.dynamicAllocation.enabled': 'true' };
  expect(of('spark.dynamicAllocation.cachedExecutorIdleTimeout', '300s', 'builder', '3.5', on)[0]).toMatchObject({
    rule: 'conf-harmful',
    severity: 'note',
  });
  expect(of('spark.dynamicAllocation.shuffleTracking.enabled', 'true', 'builder', '3.5', on)[0]?.rule).toBe('conf-restates-default');
  expect(of('spark.shuffle.service.enabled', 'true', 'submit', '4.0', { 'spark.master': 'k8s://https://h:443' })[0]).toMatchObject({
    rule: 'conf-harmful',
    severity: 'error',
  });
  const kryo = { 'spark.serializer': 'org.apache.spark.serializer.KryoSerializer' };
  expect(of('spark.kryoserializer.buffer.max', '2048m', 'builder', '3.5', kryo)[0]?.severity).toBe('error');
});

test.each([
  'spark.executor.memory',
  'spark.executor.cores',
  'spark.dynamicAllocation.enabled',
  'spark.serializer',
  'spark.network.timeout',
  'spark.memory.fraction',
  'spark.driver.memory',
])('spark.conf.set of %s raises', (key) => {
  for (const version of ['3.5', '4.0', '4.1'])
    expect(of(key, '4', 'runtime', version).map(({ rule, severity }) => `${rule} ${severity}`)).toContain(RULE.R);
});

// Measured on real Spark: a driver that has not registered a key lets it pass, and nothing comes of it.
test('spark.conf.set of a core key that the driver does not know does nothing', () => {
  expect(of('spark.default.parallelism', '4', 'runtime', '3.5')[0]).toMatchObject({ rule: 'conf-no-effect', severity: 'warning' });
  expect(of('spark.kubernetes.namespace', 'x', 'runtime', '4.1')[0]).toMatchObject({ rule: 'conf-no-effect', severity: 'warning' });
});

test.each([
  ['spark.executor.memoryFraction', 'spark.memory.fraction'],
  ['spark.storage.memoryFraction', 'spark.memory.storageFraction'],
  ['spark.executor.memoryOffHeap.enabled', 'spark.memory.offHeap.enabled'],
  ['spark.executor.memoryOffHeap.size', 'spark.memory.offHeap.size'],
  ['spark.sql.streaming.kafka.consumer.fetchMinBytes', 'kafka.fetch.min.bytes'],
  ['spark.sql.streaming.kafka.consumer.maxPollRecords', 'kafka.max.poll.records'],
  ['spark.sql.adaptive.coalescePartitions.minPartitionNum', 'spark.sql.adaptive.coalescePartitions.minPartitionSize'],
  ['spark.sql.execution.arrow.fallback.enabled', 'spark.sql.execution.arrow.pyspark.fallback.enabled'],
])('%s → %s', (key, use) => expect(of(key, '1', 'builder', '4.1')[0]?.use).toBe(use));

test('table properties and options of the seeds', async () => {
  const code = `
spark.sql("ALTER TABLE t SET TBLPROPERTIES ('delta.autoOptimize.optimizeWrite' = 'true', 'delta.autoOptimize.autoCompact' = 'true', 'delta.targetFileSize' = '134217728')")
(df.write.format("delta").option("optimizeWrite", "true").option("autoCompact", "true").save("/t"))
spark.read.format("jdbc").option("url", u).option("dbtable", "t").option("maxPoolSize", 10).option("batchSize", 10000).load()
spark.read.format("kafka").option("topic", "t").option("maxOffsetsPerTrigger", 1000).option("kafka.fetch.min.bytes", "2").load()
df.writeStream.format("kafka").option("topic", "t").option("kafka.acks", "1").option("checkpointLocation", "/c").start()
`;
  const found = lint([await readSource('python', code, 'job.py')], { sparkVersion: '4.0' });
  expect(found.map(({ rule, key, line }) => `${line} ${rule} ${key}`)).toEqual([
    '2 conf-unknown delta.targetFileSize',
    '3 conf-unknown autoCompact',
    '4 conf-no-effect maxPoolSize',
    '5 conf-no-effect topic',
    '5 conf-no-effect maxOffsetsPerTrigger',
    '6 conf-harmful kafka.acks',
  ]);
});
