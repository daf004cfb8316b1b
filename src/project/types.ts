// The words of a project file: models, price sheet, and a job with everything about it resolved.
// Laws: plain data that survives JSON; what the file does not say is undefined; a resolved job has the fields of `JobSpec`
// (src/spark/outcome.ts), which this room may not import: a test there or a type error here tells when the two drift apart.

import type { ConfConstraints } from '../base/index.ts';

/** A model as the project file defines it: paths as written, relative to the folder of the file. */
export interface Model {
  readonly script: string;
  readonly args: readonly string[];
  readonly conf: Readonly<Record<string, string>>;
  readonly properties: string | undefined;
  readonly master: string | undefined;
  readonly deployMode: 'client' | 'cluster' | undefined;
  readonly packages: readonly string[];
  readonly jars: readonly string[];
  readonly pyFiles: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly owner: string | undefined;
  readonly tier: string | undefined;
  readonly schedule: string | undefined;
  readonly description: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What computing costs. Rates add up; one that is not set costs nothing of its own. */
export interface PriceSheet {
  /** ISO code or sign, such as `EUR`. */
  readonly currency: string;
  /** Date or name of the rate: recorded with every cost. */
  readonly version: string;
  /** For an hour of one allocated core. */
  readonly perCoreHour: number | undefined;
  /** For an hour of one allocated GiB of memory. */
  readonly perGiBHour: number | undefined;
  /** For an hour of one executor. */
  readonly perExecutorHour: number | undefined;
  /** For an hour of wall time, whatever runs: a flat rate for a cluster. */
  readonly perHour: number | undefined;
  /** Machines by the name that the cluster gives their type: each executor is one. */
  readonly instances: Readonly<Record<string, InstancePrice>> | undefined;
  /** The machine when the log does not name one. */
  readonly instance: string | undefined;
  /** For an hour of one unit of the platform (a DPU, a DBU). */
  readonly perUnitHour: number | undefined;
  /** Its name, for people. */
  readonly unit: string | undefined;
  /** Units that one executor is, unless its machine says so. */
  readonly unitsPerExecutor: number | undefined;
}

/** A type of machine. */
export interface InstancePrice {
  /** Money for an hour; 0 where only the platform's units are paid. */
  readonly perHour: number;
  /** Units of the platform that an hour of it is. */
  readonly units: number | undefined;
}

export interface Project {
  /** Absolute: where the project file lies; without one, the folder from which it was looked for. `.firesteel/` is in it. */
  readonly folder: string;
  /** Absolute path of the project file; undefined: none was found. */
  readonly file: string | undefined;
  readonly models: Readonly<Record<string, Model>>;
  readonly prices: PriceSheet | undefined;
  /** Absolute path of a SQLite file, or a `postgres://` URL. */
  readonly ledger: string;
  /** What fixes of configuration must keep to. */
  readonly constraints: ConfConstraints;
  readonly spark: { readonly home: string | undefined; readonly version: string | undefined };
}

/** Everything a run needs, paths absolute; placeholders are left in arguments and conf values (see `fillJob`). */
export interface ResolvedJob {
  /** Name of the model or, without one, the script's file name without extension. */
  readonly model: string;
  /** Absolute path of the PySpark script. */
  readonly script: string;
  readonly args: readonly string[];
  /** Working folder of the driver. */
  readonly cwd: string;
  /** `local[2]`, `spark://…`, `yarn`, `k8s://…`; undefined: what the properties file or Spark's default says. */
  readonly master: string | undefined;
  readonly deployMode: 'client' | 'cluster';
  /** Spark properties given on top of the properties file. */
  readonly conf: Readonly<Record<string, string>>;
  /** The user's own spark-defaults style file. */
  readonly propertiesFile: string | undefined;
  readonly packages: readonly string[];
  readonly jars: readonly string[];
  readonly pyFiles: readonly string[];
  /** Environment on top of the caller's. */
  readonly env: Readonly<Record<string, string>>;
  /** The run is ended after so long; undefined: no limit. */
  readonly timeoutMs: number | undefined;
  /** Named by the user, for the record (paths or URIs). */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What a caller sets on top of the model's definition; lists replace, maps are laid over. */
export interface Overrides {
  readonly args?: readonly string[] | undefined;
  readonly conf?: Readonly<Record<string, string>> | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Absolute, or relative to `cwd` of the caller, which makes it absolute. */
  readonly propertiesFile?: string | undefined;
  readonly master?: string | undefined;
  readonly deployMode?: 'client' | 'cluster' | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Values of the placeholders `{output}`, `{run}` and `{input}`. */
export interface Places {
  readonly output?: string | undefined;
  readonly run?: string | undefined;
  readonly input?: string | undefined;
}

/** What a run used. Milliseconds; memory in MiB × milliseconds. Undefined: not known. */
export interface Usage {
  /** From start to end. */
  readonly wallMs: number | undefined;
  /** Cores that executors held × time. */
  readonly coreMs: number | undefined;
  /** Memory that executors held × time. */
  readonly memoryMibMs: number | undefined;
  /** Executors × time. */
  readonly executorMs: number | undefined;
  /** Type of the executors' machines, when the log names it. */
  readonly instance?: string | undefined;
}

/** One rate applied. */
export interface CostPart {
  readonly rate: 'perCoreHour' | 'perGiBHour' | 'perExecutorHour' | 'perHour' | 'perInstanceHour' | 'perUnitHour';
  /** Hours of the rate's unit. */
  readonly hours: number;
  readonly price: number;
  readonly amount: number;
}

export interface Cost {
  /** In units of the currency, not rounded. */
  readonly amount: number;
  readonly currency: string;
  /** `version` of the price sheet. */
  readonly version: string;
  readonly parts: readonly CostPart[];
}
