// What is known of a run of a Spark job, before it starts and after it ended: the two records that ledger, proof and reports share.
// Laws: plain data that survives JSON; times are epoch milliseconds; what was not seen is undefined, never 0 or "".

import type { ResolvedJob } from '../project/index.ts';

/** Which Spark, Python and Java a run uses. */
export interface SparkInstall {
  /** The folder with bin/ and jars/ (SPARK_HOME). */
  readonly home: string;
  readonly version: string;
  /** The Python that runs driver and workers. */
  readonly python: string;
  readonly pythonVersion: string;
  /** The folder given to Spark as JAVA_HOME. */
  readonly javaHome: string;
  readonly javaVersion: string;
  /** Where it was found. */
  readonly source: 'option' | 'project' | 'SPARK_HOME' | 'path' | 'embedded';
}

/** A job as it is to be run: placeholders are filled in. */
export type JobSpec = ResolvedJob;

export type RunPurpose =
  | { readonly kind: 'run' }
  | { readonly kind: 'proof' | 'warm-up'; readonly proofId: string; readonly arm: 'A' | 'B' };

/** Written before Spark starts. */
export interface RunStart {
  readonly runId: string;
  readonly job: JobSpec;
  /** Why it runs: alone, as half of a measured pair, or as a warm-up or comparison of a proof. */
  readonly purpose: RunPurpose;
  readonly startedMs: number;
  readonly host: string;
  /** Process id of Firesteel: a record without an end whose process is gone is a lost run. */
  readonly pid: number;
  /** What tells that process from a later one with the same number (its start time as the system counts it). */
  readonly pidStart: string | undefined;
  /** The run's own folder. */
  readonly folder: string;
  readonly install: SparkInstall;
  /** The name given to Spark (spark.app.name), unique to this run. */
  readonly applicationName: string;
  /** SHA-256 over the script and the project files it imports; over the sorted effective properties that Firesteel hands over. */
  readonly codeFingerprint: string;
  readonly confFingerprint: string;
  /** Commit of the script's repository, and whether its files differ from it. */
  readonly git: { readonly commit: string; readonly branch: string | undefined; readonly dirty: boolean } | undefined;
}

export type RunStatus =
  | 'succeeded'
  | 'failed'
  | 'timedOut'
  | 'cancelled'
  /** Ended from outside: a signal that Firesteel did not send, or its process vanished. */
  | 'killed';

export interface RunException {
  /** Class, such as `AnalysisException`, `Py4JJavaError`, `ZeroDivisionError`. */
  readonly type: string;
  readonly message: string;
  /** File and line in the user's code where it left it. */
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly traceback: string;
}

/** What a run left. */
export interface RunOutcome {
  readonly runId: string;
  readonly status: RunStatus;
  /** One sentence on why it did not succeed, and what to do next; undefined when it succeeded. */
  readonly reason: string | undefined;
  readonly nextStep: string | undefined;
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly endedMs: number;
  /** From the start of spark-submit to its end. */
  readonly durationMs: number;
  readonly exception: RunException | undefined;
  readonly applicationId: string | undefined;
  /** File or rolling folder of the event log; undefined when none was written (no SparkContext). */
  readonly logPath: string | undefined;
  /** Standard output and error of the driver, as written, in one file. */
  readonly driverLog: string;
  readonly sparkVersion: string | undefined;
  readonly pythonVersion: string | undefined;
  /** Spark's properties as the SparkContext had them at its start, values of secret ones `***`; undefined when there was none. */
  readonly effectiveConf: Readonly<Record<string, string>> | undefined;
  /** True when stages and SQL executions carry the user's file:line. */
  readonly traced: boolean;
  /** Things a user should know although the run succeeded (no SparkContext was made, two contexts, log incomplete …). */
  readonly warnings: readonly string[];
}
