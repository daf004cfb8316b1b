// Real keys that do nothing where they are set: what each needs besides, and which engine reads it.
// Laws: what the catalogue knows (scope) is not repeated here; an entry names the source of what it says.

import type { Uses } from './types.ts';

/** The value of another setting in the same context; undefined: not set there; empty: set, to what is not known. */
export type Peek = (key: string) => string | undefined;

export interface Need {
  /** Keys it is about; the switch itself is not among them. */
  readonly keys: RegExp;
  readonly needs: string;
  /** Value the other key must have, in lower case. */
  readonly be: string;
  /** Default of the other key. */
  readonly otherwise: string;
}

/** Sources: the documentation text of each key in the catalogue ("only takes effect when … is enabled"). */
export const NEEDS: readonly Need[] = [
  { keys: /^spark\.sql\.adaptive\.(?!enabled$|logLevel$)/, needs: 'spark.sql.adaptive.enabled', be: 'true', otherwise: 'true' },
  {
    keys: /^spark\.sql\.adaptive\.coalescePartitions\.(?!enabled$)/,
    needs: 'spark.sql.adaptive.coalescePartitions.enabled',
    be: 'true',
    otherwise: 'true',
  },
  { keys: /^spark\.sql\.adaptive\.skewJoin\.(?!enabled$)/, needs: 'spark.sql.adaptive.skewJoin.enabled', be: 'true', otherwise: 'true' },
  { keys: /^spark\.sql\.(statistics\.histogram\.|cbo\.(?!enabled$))/, needs: 'spark.sql.cbo.enabled', be: 'true', otherwise: 'false' },
  { keys: /^spark\.dynamicAllocation\.(?!enabled$|testing$)/, needs: 'spark.dynamicAllocation.enabled', be: 'true', otherwise: 'false' },
  { keys: /^spark\.speculation\./, needs: 'spark.speculation', be: 'true', otherwise: 'false' },
  { keys: /^spark\.memory\.offHeap\.size$/, needs: 'spark.memory.offHeap.enabled', be: 'true', otherwise: 'false' },
  {
    keys: /^spark\.shuffle\.service\.(?!enabled$|removeShuffle$|fetch\.rdd\.enabled$)/,
    needs: 'spark.shuffle.service.enabled',
    be: 'true',
    otherwise: 'false',
  },
  { keys: /^spark\.eventLog\.(?!enabled$)/, needs: 'spark.eventLog.enabled', be: 'true', otherwise: 'false' },
  {
    keys: /^spark\.eventLog\.rolling\.(?!enabled$)/,
    needs: 'spark.eventLog.rolling.enabled',
    be: 'true',
    otherwise: '',
  },
  { keys: /^spark\.excludeOnFailure\.(?!enabled$)/, needs: 'spark.excludeOnFailure.enabled', be: 'true', otherwise: '' },
  { keys: /^spark\.kryo(serializer)?\./, needs: 'spark.serializer', be: 'org.apache.spark.serializer.kryoserializer', otherwise: 'java' },
  {
    keys: /^spark\.sql\.execution\.arrow\.pyspark\.fallback\.enabled$/,
    needs: 'spark.sql.execution.arrow.pyspark.enabled',
    be: 'true',
    otherwise: '',
  },
  { keys: /^spark\.storage\.decommission\.(?!enabled$)/, needs: 'spark.storage.decommission.enabled', be: 'true', otherwise: 'false' },
];

export interface NoEffect {
  readonly why: string;
  readonly todo: string;
  readonly use?: string;
  /** True and harmless: nothing need be done. */
  readonly note?: boolean;
}

const STREAM_INSTEAD: Readonly<Record<string, string>> = {
  'spark.streaming.backpressure.enabled': 'the source option maxOffsetsPerTrigger (Kafka) or maxFilesPerTrigger (files)',
  'spark.streaming.backpressure.initialRate': 'the source option maxOffsetsPerTrigger',
  'spark.streaming.receiver.maxRate': 'the source option maxOffsetsPerTrigger',
  'spark.streaming.kafka.maxRatePerPartition': 'the source option maxOffsetsPerTrigger',
  'spark.streaming.receiver.writeAheadLog.enable': 'a checkpointLocation on each query',
};

/** What has no effect by itself, whatever else is set. A log does not show whether its program also works on RDDs. */
export function deadSetting(key: string, value: string | undefined, uses: Uses, isLog: boolean): NoEffect | undefined {
  if (key.startsWith('spark.streaming.') && uses.dstreams !== true) {
    const instead = STREAM_INSTEAD[key];
    return {
      why: `It is of the old streaming engine (DStreams, deprecated in Spark 3.4); Structured Streaming${uses.structuredStreaming === true ? ', which is used here,' : ''} does not read it.`,
      todo: instead === undefined ? 'Remove it, unless the job makes a StreamingContext.' : `With readStream use ${instead}.`,
    };
  }
  if (key === 'spark.default.parallelism')
    return {
      why: 'It is the number of partitions of RDD operations; shuffles of DataFrames and SQL take theirs from spark.sql.shuffle.partitions.',
      note: isLog,
      todo: 'For DataFrames use spark.sql.shuffle.partitions.',
      use: 'spark.sql.shuffle.partitions',
    };
  if (key === 'spark.serializer' && value !== undefined && /KryoSerializer$/.test(value))
    return {
      why: 'Kryo serves RDDs and broadcast JVM objects; DataFrames keep their rows in a binary form of their own and do not get faster.',
      todo: 'Keep it for RDD code; expect nothing of it for DataFrames.',
      note: true,
    };
  // Hadoop 3 writes blocks as they fill up, always (S3A documentation, "fs.s3a.fast.upload is ignored").
  if (/^(spark\.hadoop\.)?fs\.s3a\.(bucket\.[^.]+\.)?fast\.upload$/.test(key))
    return { why: 'Since Hadoop 3 uploads in blocks are the only way there is; the switch is ignored.', todo: 'Remove it.' };
  if (
    /UnlockDiagnosticVMOptions/.test(value ?? '') &&
    /extraJavaOptions$/.test(key) &&
    !/-XX:\+(Print|Log|Debug|Trace|Whitebox|Abort)/i.test(value ?? '')
  )
    return {
      why: '-XX:+UnlockDiagnosticVMOptions only allows diagnostic flags to be given, and none is.',
      todo: 'Remove that flag.',
      note: true,
    };
  return undefined;
}

/** Options of JDBC pools that people hand to Spark; Spark passes what it does not know to the driver as connection properties. */
const POOL =
  /^(max|min|initial)(imum)?(pool|active|idle)|^(maxPoolSize|minPoolSize|initialPoolSize|maxIdleTime|minimumIdle|idleTimeout|connectionTimeout|maxLifetime)$|pool/i;
export const isPoolOption = (option: string): boolean => POOL.test(option);
