// Values that turn off what a job needs, or that are dangerous; and settings that cannot be together.
// Laws: each says what happens and names the safe value; a threshold names its origin beside it.

import type { Peek } from './effects.ts';
import type { Severity } from './types.ts';
import { bytesOf, millisOf } from './values.ts';

export interface Harm {
  readonly why: string;
  readonly todo: string;
  readonly severity: Severity;
}

export interface Around {
  /** Version of Spark as 3.5 → 305. */
  readonly version: number;
  readonly peek: Peek;
  /** Default of the key in this version. */
  readonly default: string | undefined;
}

const warning = (why: string, todo: string): Harm => ({ why, todo, severity: 'warning' });
const note = (why: string, todo: string): Harm => ({ why, todo, severity: 'note' });
const error = (why: string, todo: string): Harm => ({ why, todo, severity: 'error' });

/** Features that are on by default and that `false` takes away: key → what is lost. */
const SWITCHES: Readonly<Record<string, string>> = {
  'spark.sql.adaptive.enabled':
    'Spark no longer adapts plans to the data it sees: no coalesced partitions, no split skew, no joins turned into broadcasts',
  'spark.sql.adaptive.coalescePartitions.enabled': 'small shuffle partitions are no longer put together',
  'spark.sql.adaptive.skewJoin.enabled': 'skewed partitions of joins are no longer split',
  'spark.sql.codegen.wholeStage': 'operators are no longer compiled together, which costs CPU time everywhere',
  'spark.sql.parquet.filterPushdown': 'filters no longer skip row groups',
  'spark.sql.orc.filterPushdown': 'filters no longer skip stripes',
  'spark.sql.parquet.enableVectorizedReader': 'Parquet is read row by row',
  'spark.sql.orc.enableVectorizedReader': 'ORC is read row by row',
  'spark.sql.optimizer.dynamicPartitionPruning.enabled': 'a join no longer prunes the partitions of its big side',
  'spark.sql.exchange.reuse': 'equal shuffles are done again instead of reused',
  'spark.sql.hive.metastorePartitionPruning': 'all partitions are fetched from the metastore',
  'spark.shuffle.compress': 'shuffle files are several times as large',
  'spark.broadcast.compress': 'broadcasts are sent uncompressed',
  'spark.cleaner.referenceTracking': 'shuffles and broadcasts that are no longer used are never cleaned up',
  'spark.databricks.delta.stats.skipping': 'Delta reads files that its statistics could rule out',
  'spark.databricks.delta.stats.collect': 'files are written without statistics, and later reads cannot skip any',
};

type Check = (value: string, around: Around) => Harm | undefined;

const size = (value: string, plain: string) => bytesOf(value, plain);
const GIB = 2 ** 30;

/** Longest network timeout that still finds dead executors in reasonable time: five times Spark's default of 120 s. */
const LONG_TIMEOUT_MS = 600_000;
/** Spark's hard limit of a broadcast table (BroadcastExchangeExec: 8 GB). */
const BROADCAST_LIMIT = 8 * GIB;
/** From here on a broadcast commonly exceeds what a driver of default size can build (spark.driver.memory and maxResultSize are 1g). */
const BROADCAST_LARGE = GIB;

const CHECKS: Readonly<Record<string, Check>> = {
  'spark.driver.maxResultSize': (value) =>
    size(value, 'b') === 0
      ? warning(
          '0 takes the limit away: a large collect ends the driver for want of memory instead of failing its job.',
          'Set a size that the driver can hold; the default is 1g.',
        )
      : undefined,
  'spark.network.timeout': (value) =>
    (millisOf(value, 's') ?? 0) > LONG_TIMEOUT_MS
      ? warning(
          'So long a timeout hides dead executors: their tasks are started again only after it.',
          'Keep the default of 120s and look for why executors do not answer (long garbage collections, lost nodes).',
        )
      : undefined,
  'spark.executor.heartbeatInterval': (value, { peek }) => {
    const timeout = millisOf(peek('spark.network.timeout') ?? '120s', 's') ?? 120_000;
    return (millisOf(value, 'ms') ?? 0) >= timeout
      ? error('It is not below spark.network.timeout: Spark refuses to start.', 'Keep the default of 10s.')
      : undefined;
  },
  'spark.kryoserializer.buffer.max': (value) =>
    (size(value, 'm') ?? 0) >= 2 * GIB ? error('It must be under 2048m: Spark refuses to start.', 'Give less than 2048m.') : undefined,
  'spark.memory.offHeap.enabled': (value, { peek }) =>
    value.toLowerCase() === 'true' && size(peek('spark.memory.offHeap.size') ?? '0', 'b') === 0
      ? error('spark.memory.offHeap.size is 0: Spark refuses to start.', 'Set spark.memory.offHeap.size too; it is added to the container.')
      : undefined,
  'spark.memory.fraction': (value) =>
    Number(value) > 0.8
      ? warning(
          'Little heap is left for the objects of the program and of Spark itself: expect garbage collections and out-of-memory errors.',
          'Keep the default of 0.6.',
        )
      : Number(value) < 0.4
        ? warning('Most of the heap stays unused by execution and storage: expect spills.', 'Keep the default of 0.6.')
        : undefined,
  'spark.sql.autoBroadcastJoinThreshold': (value) => {
    const bytes = size(value, 'b') ?? 0;
    if (bytes < 0)
      return note(
        'It keeps Spark from broadcasting any table by itself: small tables are shuffled too.',
        'Set a size (default 10MB) unless broadcasts failed here.',
      );
    return bytes >= BROADCAST_LIMIT
      ? warning('Spark cannot broadcast 8 GiB or more: such a join fails.', 'Set a size well below the memory of driver and executors.')
      : bytes >= BROADCAST_LARGE
        ? warning(
            'It is compared with an estimate, and the driver and every executor hold the whole table: out-of-memory errors are near.',
            'Stay in the low hundreds of MB, or name the table with broadcast().',
          )
        : undefined;
  },
  'spark.sql.files.maxPartitionBytes': (value) =>
    (size(value, 'b') ?? 0) >= GIB
      ? note(
          'A task then reads 1 GiB or more: fewer tasks, and more memory in each.',
          'Keep the default of 128MB unless tasks are far too short.',
        )
      : undefined,
  'spark.databricks.delta.retentionDurationCheck.enabled': (value) =>
    value.toLowerCase() === 'false'
      ? warning('VACUUM may then delete files that running readers and writers still need.', 'Leave the check on; keep at least 7 days.')
      : undefined,
  'spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version': (value) =>
    value === '2'
      ? warning(
          'Version 2 shows the files of single tasks before the job commits: a failed job leaves part of its output (SPARK-33019, MAPREDUCE-7282).',
          'Use version 1; on object stores a committer made for them (magic, manifest).',
        )
      : undefined,
  'spark.sql.ansi.enabled': (value, { version }) =>
    version >= 400 && value.toLowerCase() === 'false'
      ? note(
          'Since Spark 4.0 ANSI mode is the default; without it wrong casts and overflows become NULL or wrong numbers in silence.',
          'Leave it on, and use try_cast and try_add where NULL is wanted.',
        )
      : version < 400 && value.toLowerCase() === 'true'
        ? note(
            'Casts that fail and numbers that overflow now end the query; before Spark 4.0 that is not the default.',
            'Keep it if the code is ready for it.',
          )
        : undefined,
  'spark.sql.decimalOperations.allowPrecisionLoss': (value, { peek, version }) => {
    if (value.toLowerCase() !== 'false') return undefined;
    const ansi = (peek('spark.sql.ansi.enabled') ?? (version >= 400 ? 'true' : 'false')).toLowerCase() === 'true';
    return warning(
      `A decimal result that does not fit exactly is not rounded: it ${ansi ? 'is an error, as ANSI mode is on' : 'becomes NULL'}. It is no switch for exactness.`,
      'Leave it at true and cast to the precision that is needed.',
    );
  },
  'spark.dynamicAllocation.cachedExecutorIdleTimeout': (value) =>
    (millisOf(value, 's') ?? 0) < 3_600_000
      ? note(
          'Executors with cached data are given back after so long, and the data is computed again.',
          'Leave it out when caches must last; the default is never.',
        )
      : undefined,
  'spark.dynamicAllocation.enabled': (value, { peek, version }) => {
    if (value.toLowerCase() !== 'true') return undefined;
    // What is not known may be on.
    const on = (key: string, otherwise: boolean) => ['true', ''].includes(peek(key)?.toLowerCase() ?? String(otherwise));
    const kept =
      on('spark.shuffle.service.enabled', false) ||
      on('spark.dynamicAllocation.shuffleTracking.enabled', version >= 304) ||
      (on('spark.decommission.enabled', false) && on('spark.storage.decommission.shuffleBlocks.enabled', false));
    return kept
      ? undefined
      : error(
          'Nothing keeps shuffle files when executors go: Spark refuses to start.',
          'Set spark.dynamicAllocation.shuffleTracking.enabled=true.',
        );
  },
  'spark.shuffle.service.enabled': (value, { peek }) =>
    value.toLowerCase() === 'true' && /^k8s:/.test(peek('spark.master') ?? '')
      ? error(
          'There is no external shuffle service on Kubernetes: executors wait for one and fail.',
          'Remove it; use spark.dynamicAllocation.shuffleTracking.enabled.',
        )
      : value.toLowerCase() === 'true'
        ? note(
            'It needs the shuffle service to run on every node (YARN, standalone); on Kubernetes there is none.',
            'On Kubernetes use spark.dynamicAllocation.shuffleTracking.enabled instead.',
          )
        : undefined,
  'spark.executor.instances': (value, { peek }) =>
    peek('spark.dynamicAllocation.enabled')?.toLowerCase() === 'true'
      ? note(
          `Dynamic allocation is on: ${value} is only how many executors there are at first.`,
          'Set spark.dynamicAllocation.minExecutors and maxExecutors.',
        )
      : undefined,
  'spark.task.maxFailures': (value) =>
    value === '1' ? note('The first task that fails ends the job.', 'Keep the default of 4 on clusters.') : undefined,
};

/** Sizes of S3A below which its defaults were raised for good reason. */
const S3A: Readonly<Record<string, Check>> = {
  'threads.max': (value, around) => lower(value, around, 'threads for uploads and queued work'),
  'connection.maximum': (value, around) => {
    const threads = Number(around.peek('spark.hadoop.fs.s3a.threads.max') ?? 0);
    if (Number(value) < threads)
      return warning(`It is below fs.s3a.threads.max (${threads}): threads wait for connections.`, 'Keep it above the number of threads.');
    return lower(value, around, 'connections');
  },
  'multipart.threshold': (value) =>
    (size(value, 'b') ?? 0) >= 2 ** 31 - 1
      ? warning(
          'Files under 2 GiB are then uploaded in one piece; it was the default of old Hadoop versions.',
          'Remove it; the default is 128M.',
        )
      : undefined,
};

function lower(value: string, around: Around, what: string): Harm | undefined {
  const usual = Number(around.default);
  return Number(value) < usual
    ? warning(`It lowers the number of ${what}: the default is ${usual}.`, 'Remove it, or raise it.')
    : undefined;
}

/** Options of readers and writers. */
export function harmfulOption(format: string | undefined, option: string, value: string): Harm | undefined {
  const name = option.toLowerCase();
  if (name === 'failondataloss' && value.toLowerCase() === 'false')
    return warning('Records that are gone are passed over in silence.', 'Leave it at true and handle the loss.');
  if (format === 'kafka' || name.startsWith('kafka.')) {
    if (name === 'kafka.acks' && value !== 'all' && value !== '-1')
      return warning(
        `acks=${value} loses records when a broker fails, and turns idempotent writes off.`,
        'Leave it out; the default is all.',
      );
    if (name === 'kafka.group.id')
      return warning('Queries with one group id take records from each other.', 'Leave it out, or set groupIdPrefix.');
  }
  return undefined;
}

/** Why a property's value is dangerous; undefined: it is not. */
export function harmfulValue(key: string, value: string, around: Around): Harm | undefined {
  const lost = SWITCHES[key];
  if (lost !== undefined && value.trim().toLowerCase() === 'false' && around.default === 'true')
    return warning(`Without it ${lost}.`, 'Leave it at true, its default.');
  if (/^spark\.(executor|driver)\.(extra|default)JavaOptions$/.test(key)) {
    if (key.includes('executor') && /(^|\s)-Xmx/.test(value))
      return error('Spark refuses -Xmx here: the heap is spark.executor.memory.', 'Set spark.executor.memory.');
    if (key.includes('executor') && /(^|\s)-Dspark\./.test(value))
      return error('Spark refuses its own properties among Java options.', 'Set them as properties.');
  }
  const s3a = /^spark\.hadoop\.fs\.s3a\.(?:bucket\.[^.]+\.)?(.+)$/.exec(key)?.[1];
  return (s3a === undefined ? CHECKS[key] : S3A[s3a])?.(value.trim(), around);
}
