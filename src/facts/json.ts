// `firesteel facts --format json`: the run's numbers as `firesteel/facts@1`, field names fixed by the design (4.1).
// Law: unset numbers are null, never 0 or −1; times are epoch ms; sums cover every attempt that carries metrics.

import type { SparkRun, StageAttempt } from '../eventlog/index.ts';
import { FLAG } from '../eventlog/index.ts';
import { FactStore } from './define.ts';
import { executors } from './executors.ts';
import { plans } from './plans.ts';
import { distributionOf } from './stages.ts';

const orNull = <T>(value: T | undefined): T | null => value ?? null;

function durations(stage: StageAttempt) {
  const { tasks } = stage;
  const flags = tasks.int('flags');
  const all = tasks.int('duration');
  const successful: number[] = [];
  for (let i = 0; i < tasks.length; i++) if (((flags[i] as number) & FLAG.success) !== 0) successful.push(all[i] as number);
  const d = distributionOf(successful);
  return d === undefined ? null : { min: d.min, p25: d.p25, median: d.median, p75: d.p75, max: d.max };
}

/** The facts of a run as plain JSON. */
export function factsJson(run: SparkRun) {
  const store = new FactStore(run);
  const { application: app, quality } = run;
  const planOf = store.get(plans);
  return {
    schema: 'firesteel/facts@1',
    application: {
      id: orNull(app.id),
      attempt: orNull(app.attempt),
      name: orNull(app.name),
      sparkVersion: orNull(app.sparkVersion),
      startMs: orNull(app.startMs),
      endMs: orNull(app.endMs),
      lastEventMs: orNull(app.lastEventMs),
      completed: app.completed,
    },
    log: {
      layout: quality.layout,
      codec: quality.codec,
      bytes: quality.bytes,
      storedBytes: quality.storedBytes,
      parts: quality.parts,
      lines: quality.lines,
      skippedLines: quality.skippedLines,
      skipped: quality.skipped,
      truncated: quality.truncated,
      compacted: quality.compacted,
      gaps: quality.gaps,
      unknownEvents: Object.fromEntries(quality.unknownEvents),
      fullParses: quality.fullParses,
      notes: quality.notes,
    },
    jobs: run.jobs.map((job) => ({
      id: job.id,
      status: job.status,
      submittedMs: orNull(job.submittedMs),
      completedMs: orNull(job.completedMs),
      stageIds: job.stageIds,
      sqlExecutionId: orNull(job.sqlExecutionId),
    })),
    stages: run.stages.map((stage) => ({
      id: stage.id,
      attempt: stage.attempt,
      name: stage.name,
      status: stage.status,
      tasks: stage.taskCount,
      succeededTasks: stage.succeededTasks,
      failedTasks: stage.failedTasks,
      killedTasks: stage.killedTasks,
      submittedMs: orNull(stage.submittedMs),
      completedMs: orNull(stage.completedMs),
      runTimeMs: stage.tasks.total('runMs'),
      cpuTimeNs: stage.tasks.total('cpuNs'),
      gcTimeMs: stage.tasks.total('gcMs'),
      inputBytes: stage.tasks.total('inputBytes'),
      inputRecords: stage.tasks.total('inputRecords'),
      outputBytes: stage.tasks.total('outputBytes'),
      outputRecords: stage.tasks.total('outputRecords'),
      shuffleReadBytes: stage.tasks.total('shuffleReadBytes'),
      shuffleReadRecords: stage.tasks.total('shuffleReadRecords'),
      shuffleWriteBytes: stage.tasks.total('shuffleWriteBytes'),
      shuffleWriteRecords: stage.tasks.total('shuffleWriteRecords'),
      memorySpilledBytes: stage.tasks.total('memorySpilled'),
      diskSpilledBytes: stage.tasks.total('diskSpilled'),
      taskDurationMs: durations(stage),
    })),
    executors: store.get(executors).map(({ executor, taskTimeMs, succeededTasks, failedTasks }) => ({
      id: executor.id,
      host: orNull(executor.host),
      cores: orNull(executor.cores),
      addedMs: orNull(executor.addedMs),
      removedMs: orNull(executor.removedMs),
      removedReason: orNull(executor.removedReason),
      taskTimeMs,
      succeededTasks,
      failedTasks,
    })),
    sqlExecutions: run.sql.map((execution) => ({
      id: execution.id,
      rootId: execution.rootId,
      description: orNull(execution.description),
      status: execution.status,
      startMs: orNull(execution.startMs),
      endMs: orNull(execution.endMs),
      jobIds: execution.jobIds,
      nodes: (planOf.get(execution.id)?.nodes ?? []).map((node) => ({
        id: node.id,
        parent: node.parent?.id ?? null,
        name: node.name,
        detail: node.detail,
        metrics: node.metrics.map((metric) => ({ name: metric.name, type: metric.type, value: orNull(metric.value) })),
      })),
    })),
    streams: run.streams.map((query) => ({
      id: query.id,
      runId: query.runId,
      name: orNull(query.name),
      startedMs: orNull(query.startedMs),
      terminated: query.terminatedMs !== undefined,
      exception: orNull(query.exception),
      batches: query.progressCount,
      progress: query.progress.map((batch) => ({
        batchId: batch.batchId,
        timestampMs: orNull(batch.timestampMs),
        batchMs: orNull(batch.batchMs),
        durationMs: Object.fromEntries(batch.durations),
        inputRows: batch.sources.reduce((sum, source) => sum + source.inputRows, 0),
        stateRows: orNull(batch.stateRows),
      })),
    })),
  };
}
