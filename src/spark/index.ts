// spark: the only door to a running Spark: find or install it, submit a job, follow it to its end, know where its log lies.
// Laws: only this room starts processes, and each one it starts is gone when its call returns; nothing outside the run's own folder and
// Firesteel's cache folder is written; a run always ends in a RunOutcome, never in a thrown error; no secret is in a process's arguments.

export { cacheFolder } from './cache.ts';
export { checkout } from './checkout.ts';
export { type DoctorReport, doctor, type Problem } from './doctor.ts';
export { SPARK_LINES } from './embedded.ts';
export { type FindOptions, findSpark } from './find.ts';
export { codeFingerprint, confFingerprint, gitState } from './identity.ts';
export { type InstallOptions, installSpark } from './install.ts';
export { ensureJars, JAR_KINDS, type JarKind, type JarSet } from './jars.ts';
export { outcomeOfLost } from './lost.ts';
export type { JobSpec, RunException, RunOutcome, RunPurpose, RunStart, RunStatus, SparkInstall } from './outcome.ts';
export type { InstallProgress } from './pip.ts';
export { newRunId, type Preparation, prepareRun, runFolder } from './prepare.ts';
export { isAlive } from './processes.ts';
export { effectiveProperties, type Property, parseProperties } from './properties.ts';
export { type SubmitHooks, submit } from './submit.ts';
