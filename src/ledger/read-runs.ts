// Runs of the ledger, with their ends and audits. Laws: queries only; whether a run without an end still runs is asked, not guessed.

import type { Selectable } from 'kysely';
import { z } from 'zod';
import type { RunOutcome, RunStart, RunStatus } from '../spark/index.ts';
import type { Tables } from './schema.ts';
import type { Store } from './store.ts';
import type { AuditRow, IsAlive, RunFilter, RunRecord, RunRow, RunState } from './types.ts';
import { json, some } from './values.ts';

const RUN_COLUMNS = [
  'runs.run_id',
  'runs.model',
  'runs.purpose',
  'runs.proof_id',
  'runs.arm',
  'runs.started_ms',
  'runs.host',
  'runs.pid',
  'runs.pid_start',
  'runs.folder',
  'runs.script',
  'runs.master',
  'runs.spark_version',
  'runs.application_name',
  'runs.code_fingerprint',
  'runs.conf_fingerprint',
  'runs.git_commit',
  'runs.git_branch',
  'runs.git_dirty',
  'run_ends.status',
  'run_ends.reason',
  'run_ends.next_step',
  'run_ends.exit_code',
  'run_ends.ended_ms',
  'run_ends.duration_ms',
  'run_ends.application_id',
  'run_ends.log_path',
  'run_ends.driver_log',
  'run_ends.core_ms',
  'run_ends.allocated_core_ms',
  'run_ends.memory_mib_ms',
  'run_ends.executor_ms',
  'run_ends.input_bytes',
  'run_ends.input_records',
  'run_ends.output_bytes',
  'run_ends.output_records',
  'run_ends.cost_amount',
  'run_ends.cost_currency',
  'run_ends.cost_version',
] as const;

type Joined = Omit<Selectable<Tables['runs']>, 'launch' | 'recorded_ms'> & {
  [K in keyof Omit<Selectable<Tables['run_ends']>, 'run_id' | 'recorded_ms' | 'outcome' | 'exception_type' | 'cost_parts'>]:
    | Selectable<Tables['run_ends']>[K]
    | null;
};

/** States that have no end on record. */
const OPEN: readonly RunState[] = ['running', 'lost', 'unknown'];

function stateOf(row: Joined, isAlive: IsAlive): RunState {
  if (row.status !== null) return row.status as RunStatus;
  const alive = isAlive({ pid: row.pid, pidStart: some(row.pid_start), host: row.host });
  return alive === undefined ? 'unknown' : alive ? 'running' : 'lost';
}

const runRow = (row: Joined, isAlive: IsAlive): RunRow => ({
  runId: row.run_id,
  model: row.model,
  purpose: row.purpose as RunRow['purpose'],
  proofId: some(row.proof_id),
  arm: some(row.arm) as RunRow['arm'],
  startedMs: row.started_ms,
  host: row.host,
  pid: row.pid,
  folder: row.folder,
  script: row.script,
  master: some(row.master),
  sparkVersion: row.spark_version,
  applicationName: row.application_name,
  codeFingerprint: row.code_fingerprint,
  confFingerprint: row.conf_fingerprint,
  gitCommit: some(row.git_commit),
  gitBranch: some(row.git_branch),
  gitDirty: row.git_dirty === null ? undefined : row.git_dirty !== 0,
  state: stateOf(row, isAlive),
  reason: some(row.reason),
  nextStep: some(row.next_step),
  exitCode: some(row.exit_code),
  endedMs: some(row.ended_ms),
  durationMs: some(row.duration_ms),
  applicationId: some(row.application_id),
  logPath: some(row.log_path),
  driverLog: some(row.driver_log),
  usage: {
    coreMs: some(row.core_ms),
    allocatedCoreMs: some(row.allocated_core_ms),
    memoryMibMs: some(row.memory_mib_ms),
    executorMs: some(row.executor_ms),
    inputBytes: some(row.input_bytes),
    inputRecords: some(row.input_records),
    outputBytes: some(row.output_bytes),
    outputRecords: some(row.output_records),
  },
  cost:
    row.cost_amount === null || row.cost_currency === null || row.cost_version === null
      ? undefined
      : { amount: row.cost_amount, currency: row.cost_currency, version: row.cost_version },
});

export async function readRuns({ db }: Store, filter: RunFilter, isAlive: IsAlive): Promise<RunRow[]> {
  const { model, state, purpose, proofId, last } = filter;
  let query = db.selectFrom('runs').leftJoin('run_ends', 'run_ends.run_id', 'runs.run_id').select(RUN_COLUMNS);
  if (model !== undefined) query = query.where('runs.model', '=', model);
  if (purpose !== undefined) query = query.where('runs.purpose', '=', purpose);
  if (proofId !== undefined) query = query.where('runs.proof_id', '=', proofId);
  const open = state !== undefined && OPEN.includes(state);
  if (state !== undefined) query = open ? query.where('run_ends.status', 'is', null) : query.where('run_ends.status', '=', state);
  query = query.orderBy('runs.started_ms', 'desc').orderBy('runs.run_id', 'desc');
  // Which of the open ones it is only the living processes tell: they are few, and are all read.
  if (last !== undefined && !open) query = query.limit(last);
  const rows = (await query.execute()).map((row) => runRow(row, isAlive)).filter((row) => state === undefined || row.state === state);
  return (last === undefined ? rows : rows.slice(0, last)).reverse();
}

const launchShape = z.looseObject({ runId: z.string(), job: z.looseObject({ model: z.string() }) });
const outcomeShape = z.looseObject({ runId: z.string(), status: z.string() });

export async function readRun(store: Store, runId: string, isAlive: IsAlive): Promise<RunRecord | undefined> {
  const { db, place } = store;
  const row = await db
    .selectFrom('runs')
    .leftJoin('run_ends', 'run_ends.run_id', 'runs.run_id')
    .select([...RUN_COLUMNS, 'runs.launch', 'run_ends.outcome'])
    .where('runs.run_id', '=', runId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    run: runRow(row, isAlive),
    start: json(row.launch, launchShape, `run ${runId}`, place) as unknown as RunStart,
    outcome: row.outcome === null ? undefined : (json(row.outcome, outcomeShape, `run ${runId}`, place) as unknown as RunOutcome),
    audits: await readAudits(store, runId),
  };
}

async function readAudits({ db }: Store, runId: string): Promise<AuditRow[]> {
  const audits = await db
    .selectFrom('audits')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('recorded_ms', 'desc')
    .orderBy('audit_id')
    .execute();
  const findings = await db
    .selectFrom('findings')
    .innerJoin('audits', 'audits.audit_id', 'findings.audit_id')
    .selectAll('findings')
    .where('audits.run_id', '=', runId)
    .orderBy('findings.position')
    .execute();
  return audits.map((audit) => ({
    auditId: audit.audit_id,
    runId,
    recordedMs: audit.recorded_ms,
    headline: audit.headline,
    wallMs: some(audit.wall_ms),
    findings: findings
      .filter((finding) => finding.audit_id === audit.audit_id)
      .map((finding) => ({
        rule: finding.rule,
        status: finding.status,
        title: finding.title,
        cause: finding.cause,
        heldMs: finding.held_ms,
        wastedCoreMs: some(finding.wasted_core_ms),
        saves: finding.saves,
        fixability: finding.fixability,
      })),
  }));
}
