// The words of configuration: a key of the catalogue, a setting somebody wrote, what is wrong with it.
// Law: plain data; what is not known is undefined, never a guess.

/** When a key is read. `core`: as the application starts; `submit`: before the driver's JVM starts; `daemon`: by a server beside the application. */
export type Scope = 'session' | 'static' | 'core' | 'submit' | 'daemon' | 'hadoop' | 'option' | 'table';

export type ValueType = 'string' | 'boolean' | 'int' | 'long' | 'double' | 'bytes' | 'time' | 'list';

/** Whose key it is. */
export type Owner = 'spark' | 'delta' | 'iceberg' | 'kafka' | 's3a' | 'jdbc';

/** A key as one version knows it. */
export interface ConfKey {
  readonly key: string;
  readonly owner: Owner;
  /** Undefined: Spark reads it somewhere in its code and declares nothing about it. */
  readonly scope: Scope | undefined;
  readonly type: ValueType;
  /** Unit of a number without one: `b`, `k`, `m`; `ms`, `s`. */
  readonly unit: string | undefined;
  /** As Spark writes it; undefined: none, or it depends on the machine. */
  readonly default: string | undefined;
  /** The key whose value holds while this one is not set. */
  readonly fallback: string | undefined;
  readonly values: readonly string[] | undefined;
  /** Values must be written with these capitals. */
  readonly cased: boolean;
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** Version of Spark that brought it. */
  readonly since: string | undefined;
  /** A live session does not know it: setting it there is no error, and does nothing. */
  readonly quiet: boolean;
  /** Not in Spark's documentation. */
  readonly internal: boolean;
  /** For options: `read`, `write`, `both`, `batch` (reads only), `stream` (reads only). */
  readonly on: string | undefined;
  /** One line. */
  readonly about: string | undefined;
}

/** A key that Spark no longer wants or no longer reads. */
export interface Retired {
  readonly key: string;
  readonly deprecated: string | undefined;
  readonly removed: string | undefined;
  /** The key that took its place. */
  readonly use: string | undefined;
  readonly doc: string | undefined;
}

/**
 * Who sets it: a properties file, `spark-submit --conf`, an operator's manifest, a model of firesteel.json, the session's builder or
 * SparkConf, `spark.conf.set` or SQL SET on a live session, a reader's or writer's option, a table property, the log of a run
 * (`query`: changed for one of its queries). `unknown`: a map or list of pairs of which it is not seen what becomes of it.
 */
export type Origin = 'file' | 'submit' | 'operator' | 'model' | 'builder' | 'runtime' | 'option' | 'table' | 'log' | 'query' | 'unknown';

/** One setting as written. */
export interface Setting {
  readonly key: string;
  /** Undefined: computed, redacted, or a template. */
  readonly value: string | undefined;
  readonly origin: Origin;
  readonly file: string;
  /** From 1; undefined in a log. */
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** Of an option: the data source in lower case, when the chain names it. */
  readonly format?: string | undefined;
  /** Of an option: what its chain does. */
  readonly on?: 'read' | 'write' | undefined;
  readonly streaming?: boolean | undefined;
}

/** What one file or log sets. */
export interface Source {
  readonly file: string;
  readonly kind: 'properties' | 'shell' | 'python' | 'sql' | 'yaml' | 'project' | 'log';
  readonly settings: readonly Setting[];
  /** What the code or log shows about the engine in use; undefined: nothing. */
  readonly uses: Uses;
  /** Version that the source itself names. */
  readonly sparkVersion: string | undefined;
}

export interface Uses {
  readonly structuredStreaming: boolean | undefined;
  readonly dstreams: boolean | undefined;
}

export type ConfKind = 'unknown' | 'no-effect' | 'deprecated' | 'restates-default' | 'harmful';
/** The rule that a finding belongs to: one for each kind. */
export type ConfRule = `conf-${ConfKind}`;

/** `error`: Spark refuses it or fails; `warning`: not what its author expects; `note`: true, and nothing need be done. */
export type Severity = 'error' | 'warning' | 'note';

export interface ConfFinding {
  readonly rule: ConfRule;
  readonly severity: Severity;
  readonly key: string;
  /** Without secrets. */
  readonly value: string | undefined;
  readonly origin: Origin;
  readonly file: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  /** One or two sentences. */
  readonly why: string;
  /** What to do, one sentence. */
  readonly todo: string;
  /** The key to use instead. */
  readonly use: string | undefined;
}

/** What is to be said about a setting. */
export interface Said {
  readonly severity: Severity;
  readonly why: string;
  readonly todo: string;
  readonly use?: string | undefined;
}
