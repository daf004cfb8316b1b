// The records in a run's folder as they are read back: the guard's, the launcher's, and the outcome.
// Law: the shapes are those that python/firesteel_guard.py, python/firesteel_launch.py and result.ts write; anything else is no record.

import { z } from 'zod';
import type { RunOutcome } from './outcome.ts';

/** What python/firesteel_guard.py writes: at the start, and again at the end. */
export const guardSchema = z.object({
  pid: z.number(),
  startedMs: z.number(),
  endedMs: z.number().nullable(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  stopped: z.enum(['asked', 'orphaned', 'terminated']).nullable(),
  forced: z.boolean(),
  error: z.string().nullable(),
});
export type Guard = z.output<typeof guardSchema>;

const applicationSchema = z.object({
  id: z.string(),
  sparkVersion: z.string(),
  startedMs: z.number(),
  endedMs: z.number().nullable(),
  eventLog: z.object({ enabled: z.boolean(), dir: z.string().nullable(), copied: z.string().nullable() }),
  conf: z.record(z.string(), z.string()),
});

/** What python/firesteel_launch.py writes while the job runs and when it ended. */
export const driverSchema = z.object({
  state: z.enum(['running', 'ending', 'ended']),
  pid: z.number(),
  pythonVersion: z.string(),
  startedMs: z.number(),
  endedMs: z.number().nullable(),
  exitCode: z.number().nullable(),
  exitMessage: z.string().nullable(),
  interrupted: z.boolean(),
  exception: z
    .object({
      type: z.string(),
      message: z.string(),
      file: z.string().nullable(),
      line: z.number().nullable(),
      traceback: z.string(),
    })
    .nullable(),
  applications: z.array(applicationSchema),
  connect: z.boolean(),
  traced: z.boolean(),
  problems: z.array(z.string()),
});
export type Driver = z.output<typeof driverSchema>;

const exceptionSchema = z.object({
  type: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.number().optional(),
  traceback: z.string(),
});

/** outcome.json as it is read back. */
export const outcomeSchema = z.object({
  runId: z.string(),
  status: z.enum(['succeeded', 'failed', 'timedOut', 'cancelled', 'killed']),
  reason: z.string().optional(),
  nextStep: z.string().optional(),
  exitCode: z.number().optional(),
  signal: z.string().optional(),
  endedMs: z.number(),
  durationMs: z.number(),
  exception: exceptionSchema.optional(),
  applicationId: z.string().optional(),
  logPath: z.string().optional(),
  driverLog: z.string(),
  sparkVersion: z.string().optional(),
  pythonVersion: z.string().optional(),
  effectiveConf: z.record(z.string(), z.string()).optional(),
  traced: z.boolean(),
  warnings: z.array(z.string()),
}) as unknown as z.ZodType<RunOutcome>;
