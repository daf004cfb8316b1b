// Where a core key takes effect: Spark declares session and static SQL keys, but not which core keys its launcher reads.
// Source: "Configuration" of Spark's documentation (what it says must not be set through SparkConf in client mode), SparkSubmitArguments.

import type { Scope } from './types.ts';

/** Read by spark-submit or by the JVM's own start; a SparkConf made in the program comes too late. */
const SUBMIT =
  /^spark\.(driver\.(memory|memoryOverhead|memoryOverheadFactor|minMemoryOverhead|cores|extraClassPath|extraLibraryPath|libraryPath|extraJavaOptions|defaultJavaOptions|userClassPathFirst|supervise)|submit\..+|jars\.(packages|excludes|repositories|ivy|ivySettings)|kubernetes\.(file\.upload\.path|submission\..+|driver\.pod\.name)|yarn\.(submit\..+|maxAppAttempts|am\..+))$/;

/** Read by the History Server, the standalone master and worker, the shuffle service: not by an application. */
const DAEMON = /^spark\.(history|deploy|worker|master\.(rest|ui)|yarn\.shuffle)\./;

/** The scope of a key that Spark's core declares. */
export const submitOnly = (key: string): Scope => (SUBMIT.test(key) ? 'submit' : DAEMON.test(key) ? 'daemon' : 'core');
