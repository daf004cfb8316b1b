// Facts → rows of the tables. Laws: pure; secrets are gone before a row is made; what is absent is null; times and sizes are whole numbers.

import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import { isSecret, type Report, withoutSecrets } from '../audit/index.ts';
import type { MeasuredRun, Proof } from '../prove/index.ts';
import type { RunStart } from '../spark/index.ts';
import { safeDefinition, safeOutcome, safeProof, safeStart } from './redact.ts';
import type { Tables } from './schema.ts';
import type { ModelDefinition, RunEnd } from './types.ts';

/** A whole number, or null for none: databases round floats in ways of their own. */
const whole = (value: number | undefined): number | null => {
  if (value === undefined || !Number.isFinite(value)) return null;
  const rounded = Math.round(value);
  return Number.isSafeInteger(rounded) ? rounded : null;
};
const real = (value: number | undefined): number | null => (value === undefined || !Number.isFinite(value) ? null : value);

/** PostgreSQL's texts hold no NUL; what a script printed may. Both homes say the same. */
const storable = <R extends object>(row: R): R =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value]),
  ) as R;
const flag = (value: boolean): number => (value ? 1 : 0);

/** JSON with keys in order: equal values give equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

export function modelRow(model: ModelDefinition): Omit<Tables['models'], 'version' | 'recorded_ms'> {
  const safe = withoutSecrets(model);
  const inputs = JSON.stringify(safe.inputs ?? []);
  const outputs = JSON.stringify(safe.outputs ?? []);
  const definition = canonical(safeDefinition(model.definition ?? {}));
  const row = {
    name: model.name,
    script: safe.script,
    owner: safe.owner ?? null,
    tier: safe.tier ?? null,
    schedule: safe.schedule ?? null,
    description: safe.description ?? null,
    inputs,
    outputs,
    definition,
  };
  return storable({ ...row, fingerprint: createHash('sha256').update(canonical(row)).digest('hex') });
}

export function startRow(start: RunStart, recordedMs: number): Insertable<Tables['runs']> {
  const safe = safeStart(start);
  const { purpose, job, git } = safe;
  return storable({
    run_id: safe.runId,
    recorded_ms: recordedMs,
    model: job.model,
    purpose: purpose.kind,
    proof_id: purpose.kind === 'run' ? null : purpose.proofId,
    arm: purpose.kind === 'run' ? null : purpose.arm,
    started_ms: Math.round(safe.startedMs),
    host: safe.host,
    pid: safe.pid,
    pid_start: safe.pidStart ?? null,
    folder: safe.folder,
    script: job.script,
    master: job.master ?? null,
    spark_version: safe.install.version,
    application_name: safe.applicationName,
    code_fingerprint: safe.codeFingerprint,
    conf_fingerprint: safe.confFingerprint,
    git_commit: git?.commit ?? null,
    git_branch: git?.branch ?? null,
    git_dirty: git === undefined ? null : flag(git.dirty),
    launch: JSON.stringify(safe),
  });
}

export function endRow({ outcome, usage = {}, cost }: RunEnd, recordedMs: number): Insertable<Tables['run_ends']> {
  const safe = safeOutcome(outcome);
  const priced = cost !== undefined && Number.isFinite(cost.amount);
  return storable({
    run_id: safe.runId,
    recorded_ms: recordedMs,
    status: safe.status,
    reason: safe.reason ?? null,
    next_step: safe.nextStep ?? null,
    exit_code: whole(safe.exitCode),
    ended_ms: Math.round(safe.endedMs),
    duration_ms: Math.round(safe.durationMs),
    exception_type: safe.exception?.type ?? null,
    application_id: safe.applicationId ?? null,
    log_path: safe.logPath ?? null,
    driver_log: safe.driverLog,
    core_ms: whole(usage.coreMs),
    allocated_core_ms: whole(usage.allocatedCoreMs),
    memory_mib_ms: whole(usage.memoryMibMs),
    executor_ms: whole(usage.executorMs),
    input_bytes: whole(usage.inputBytes),
    input_records: whole(usage.inputRecords),
    output_bytes: whole(usage.outputBytes),
    output_records: whole(usage.outputRecords),
    cost_amount: priced ? cost.amount : null,
    cost_currency: priced ? cost.currency : null,
    cost_version: priced ? cost.version : null,
    cost_parts: priced ? JSON.stringify(cost.parts) : null,
    outcome: JSON.stringify(safe),
  });
}

export function auditRow(auditId: string, runId: string, report: Report, recordedMs: number): Insertable<Tables['audits']> {
  return storable({
    audit_id: auditId,
    run_id: runId,
    recorded_ms: recordedMs,
    headline: withoutSecrets(report.headline),
    wall_ms: whole(report.time.wallMs),
    noise_floor_ms: Math.round(report.noiseFloorMs),
    found: report.findings.filter((finding) => finding.status === 'found').length,
    time: JSON.stringify(withoutSecrets(report.time)),
  });
}

export function findingRows(auditId: string, report: Report): Insertable<Tables['findings']>[] {
  return report.findings.map((finding, position) => {
    const { rule, status, title, cause, heldMs, wastedCoreMs, saves, fixability, evidence, places, ...rest } = withoutSecrets(finding);
    const details = {
      ...rest,
      evidence: evidence.map(safeEvidence),
      places: places.map((place) => ({ ...place, evidence: place.evidence.map(safeEvidence) })),
      explains: rest.explains.map((consequence) => ({ ...consequence, evidence: consequence.evidence.map(safeEvidence) })),
    };
    return storable({
      audit_id: auditId,
      position,
      rule,
      status,
      title,
      cause,
      held_ms: Math.round(heldMs),
      wasted_core_ms: whole(wastedCoreMs),
      saves,
      fixability,
      details: JSON.stringify(details),
    });
  });
}

/** The value of a secret setting is left out, as in the report's JSON. */
const safeEvidence = <E extends Report['findings'][number]['evidence'][number]>(ref: E): E =>
  ref.kind === 'conf' && isSecret(ref.key, ref.value) ? { ...ref, value: undefined } : ref;

export function proofRow(
  proof: Proof,
  models: { readonly a: string; readonly b: string },
  recordedMs: number,
): Insertable<Tables['proofs']> {
  const safe = safeProof(proof);
  const { estimate } = safe.verdict;
  return storable({
    proof_id: safe.proofId,
    recorded_ms: recordedMs,
    started_ms: Math.round(safe.startedMs),
    ended_ms: Math.round(safe.endedMs),
    model_a: models.a,
    model_b: models.b,
    aa: flag(safe.aa),
    metric: safe.plan.metric,
    verdict: safe.verdict.kind,
    sentence: safe.verdict.sentence,
    outputs: safe.outputs.status,
    n: whole(estimate?.n),
    ratio: real(estimate?.ratio),
    ratio_low: real(estimate?.low),
    ratio_high: real(estimate?.high),
    confidence: real(estimate?.confidence),
    p: real(estimate?.p),
    predicted_low: real(safe.predicted?.low),
    predicted_likely: real(safe.predicted?.likely),
    predicted_high: real(safe.predicted?.high),
    predicted_kind: safe.predicted?.kind ?? null,
    predicted_family: safe.predicted?.family ?? null,
    predicted_basis: safe.predicted?.basis ?? null,
    currency: safe.currency ?? null,
    subject_a: JSON.stringify(safe.a),
    subject_b: JSON.stringify(safe.b),
    proof: JSON.stringify(safe),
  });
}

export function pairRows({ proofId, pairs }: Proof): Insertable<Tables['proof_pairs']>[] {
  const side = (run: MeasuredRun) => ({
    run: run.runId,
    succeeded: flag(run.succeeded),
    wall: whole(run.values.wall),
    core: whole(run.values.core),
    cost: real(run.values.cost),
  });
  return pairs.map(({ pair, order, excluded, ...runs }) => {
    const a = side(runs.a);
    const b = side(runs.b);
    return storable({
      proof_id: proofId,
      pair,
      run_order: order,
      excluded: withoutSecrets(excluded) ?? null,
      run_a: a.run,
      succeeded_a: a.succeeded,
      wall_ms_a: a.wall,
      core_ms_a: a.core,
      cost_a: a.cost,
      run_b: b.run,
      succeeded_b: b.succeeded,
      wall_ms_b: b.wall,
      core_ms_b: b.core,
      cost_b: b.cost,
    });
  });
}

/** The definition of a model nobody defined: what its first run says of it. */
export const definitionOf = ({ job }: RunStart): ModelDefinition => ({
  name: job.model,
  script: job.script,
  inputs: job.inputs,
  outputs: job.outputs,
  definition: {},
});
