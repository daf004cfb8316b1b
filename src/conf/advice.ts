// Keys that people write and no Spark has: what they meant. And keys of products built around Spark, which are theirs to check.
// Law: an entry says something that nearness of names cannot; nothing here is a key of Spark (held by a test against the catalogue).

export interface Mistaken {
  readonly why: string;
  readonly todo: string;
  readonly use?: string;
}

const never = 'No version of Spark has this key; it is ignored.';

/** Exact keys. */
const KEYS: Readonly<Record<string, Mistaken>> = {
  'spark.executor.memoryFraction': {
    why: never,
    todo: 'Use spark.memory.fraction, the part of the heap for execution and storage together; its default of 0.6 is seldom the problem.',
    use: 'spark.memory.fraction',
  },
  'spark.sql.adaptive.join.enabled': {
    why: `${never} Adaptive joins come with spark.sql.adaptive.enabled, their size limit is spark.sql.adaptive.autoBroadcastJoinThreshold.`,
    todo: 'Remove it.',
    use: 'spark.sql.adaptive.autoBroadcastJoinThreshold',
  },
  'spark.sql.streaming.trigger.processingTime': {
    why: `${never} A trigger belongs to a query, not to the session.`,
    todo: 'Write .trigger(processingTime="10 seconds") on writeStream.',
  },
  'spark.sql.recovery.checkpointInterval': {
    why: `${never} A batch query cannot be resumed from a checkpoint.`,
    todo: 'Write an intermediate result, or call DataFrame.checkpoint() where the lineage should be cut.',
  },
  'spark.yarn.num.executors': { why: never, todo: 'Use spark.executor.instances.', use: 'spark.executor.instances' },
  'spark.num.executors': { why: never, todo: 'Use spark.executor.instances.', use: 'spark.executor.instances' },
  'spark.executors': { why: never, todo: 'Use spark.executor.instances.', use: 'spark.executor.instances' },
};

/** Families of keys. */
const FAMILIES: readonly (readonly [RegExp, (key: string, found: RegExpExecArray) => Mistaken])[] = [
  [
    /^spark\.sql\.streaming\.kafka\.(?:consumer\.|producer\.)?(.+)$/,
    (_key, [, name = '']) => {
      const option = `kafka.${name.replace(/([a-z0-9])([A-Z])/g, '$1.$2').toLowerCase()}`;
      return {
        why: `${never} Settings of Kafka's client are options of the source or sink, with the prefix kafka.`,
        todo: `Write .option("${option}", …) on readStream or writeStream.`,
        use: option,
      };
    },
  ],
  [
    /^spark\.executor\.memoryOffHeap\.(enabled|size)$/,
    (_key, [, name]) => ({
      why: never,
      todo: `Use spark.memory.offHeap.${name}; off-heap memory needs enabled=true and a size above 0, which is added to the executor's container.`,
      use: `spark.memory.offHeap.${name}`,
    }),
  ],
  [
    /^spark\.mesos\./,
    () => ({ why: 'Spark 4.0 no longer runs on Mesos.', todo: 'Remove it, or stay with Spark 3.5 (where Mesos is deprecated).' }),
  ],
];

/** What somebody meant who wrote this key; undefined: nothing is known about it. */
export function mistaken(key: string): Mistaken | undefined {
  const exact = KEYS[key];
  if (exact !== undefined) return exact;
  for (const [form, make] of FAMILIES) {
    const found = form.exec(key);
    if (found !== null) return make(key, found);
  }
  return undefined;
}

/** Exact keys of the table, for the test that holds it against the catalogue. */
export const MISTAKEN_KEYS: readonly string[] = Object.keys(KEYS);

const PRODUCTS: readonly (readonly [RegExp, string])[] = [
  [/^spark\.databricks\./, 'Databricks (or a Delta version that is not in the catalogue)'],
  [/^spark\.(dataproc|gcp)\./, 'Google Dataproc'],
  [/^spark\.(glue|emr|emr-serverless|emr-containers|sql\.emr)\b/, 'AWS EMR or Glue'],
  [/^spark\.(synapse|fabric|microsoft|sql\.parquet\.vorder)\b/, 'Microsoft Fabric or Synapse'],
  [/^spark\.(rapids|shuffle\.ucx)\./, 'the RAPIDS Accelerator'],
  [/^spark\.(gluten|comet|blaze|auron|celeborn|rss|uniffle)\./, 'a native engine or remote shuffle service'],
  [
    /^spark\.(cassandra|mongodb|es|bigquery|datasource|redis|snowflake|neo4j|couchbase|hbase|phoenix|singlestore|clickhouse)\./,
    'a connector',
  ],
  [/^spark\.(openlineage|extraListeners|sparkMeasure|dataflint|datahub|lineage)\./, 'a listener'],
  [/^spark\.(kyuubi|livy|zeppelin|jupyter|sedona|graphframes|jsl|synapseml|hoodie|paimon|hudi|lance)\b/, 'a library'],
  [/^spark\.firesteel\./, 'Firesteel'],
];

/** Products that ship a Spark of their own, with keys of their own in any group. */
const PLATFORM = /^(Databricks|Google|AWS|Microsoft)/;

/** The platform that a set of keys, or a version such as `3.1.2-amzn-0`, gives away. */
export function platformOf(keys: Iterable<string>, version: string | undefined): string | undefined {
  const suffix = /amzn|cloudera|databricks|dbr|dataproc|linkedin|\.hdp|mapr/i.exec(version ?? '')?.[0];
  if (suffix !== undefined) return `a distribution (${version})`;
  for (const key of keys) {
    const product = productOf(key);
    if (product !== undefined && PLATFORM.test(product)) return product.replace(/ \(.*/, '');
  }
  return undefined;
}

/** The product whose key this looks like. */
export const productOf = (key: string): string | undefined => PRODUCTS.find(([form]) => form.test(key))?.[1];

/** Set by Spark, PySpark, the launcher or Firesteel themselves; a log shows them and nobody wrote them. */
const OWN =
  /^spark\.(app\.(id|name|startTime|submitTime|attempt\.id|initial\..+)|master|executor\.id|driver\.(host|port|appUIAddress|bindAddress)|submit\.(deployMode|pyFiles)|rdd\.compress|serializer\.objectStreamReset|ui\.(showConsoleProgress|filters|proxyBase|port)|repl\..+|sql\.(warehouse\.dir|catalogImplementation|artifact\..+)|eventLog\..+|hadoop\.fs\.s3a\.(vectored\..+|downgrade\..+)|org\..+|yarn\.(app\..+|dist\..+|secondary\.jars|historyServer\.address)|kubernetes\..+|home|plugins\.internal\..+|local\.dir|scheduler\.mode|firesteel\..+|extraListeners)$/;
export const setBySpark = (key: string): boolean => OWN.test(key);
