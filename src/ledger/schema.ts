// The tables as Kysely sees them; migrations/ makes them. One schema for SQLite and PostgreSQL.
// Laws: rows are added only, hence no column may be generated or updated; flags are 0 and 1; JSON is text.

import type { Kysely } from 'kysely';

export interface Tables {
  models: {
    name: string;
    version: number;
    recorded_ms: number;
    /** SHA-256 of the definition: equal when nothing changed. */
    fingerprint: string;
    script: string;
    owner: string | null;
    tier: string | null;
    schedule: string | null;
    description: string | null;
    /** JSON lists. */
    inputs: string;
    outputs: string;
    /** JSON. */
    definition: string;
  };
  runs: {
    run_id: string;
    recorded_ms: number;
    model: string;
    purpose: string;
    proof_id: string | null;
    arm: string | null;
    started_ms: number;
    host: string;
    pid: number;
    pid_start: string | null;
    folder: string;
    script: string;
    master: string | null;
    spark_version: string;
    application_name: string;
    code_fingerprint: string;
    conf_fingerprint: string;
    git_commit: string | null;
    git_branch: string | null;
    git_dirty: number | null;
    /** The RunStart whole, JSON. */
    launch: string;
  };
  run_ends: {
    run_id: string;
    recorded_ms: number;
    status: string;
    reason: string | null;
    next_step: string | null;
    exit_code: number | null;
    ended_ms: number;
    duration_ms: number;
    exception_type: string | null;
    application_id: string | null;
    log_path: string | null;
    driver_log: string;
    core_ms: number | null;
    allocated_core_ms: number | null;
    memory_mib_ms: number | null;
    executor_ms: number | null;
    input_bytes: number | null;
    input_records: number | null;
    output_bytes: number | null;
    output_records: number | null;
    cost_amount: number | null;
    cost_currency: string | null;
    cost_version: string | null;
    /** Rates and quantities behind the amount, JSON. */
    cost_parts: string | null;
    /** The RunOutcome whole, JSON. */
    outcome: string;
  };
  audits: {
    audit_id: string;
    run_id: string;
    recorded_ms: number;
    headline: string;
    wall_ms: number | null;
    noise_floor_ms: number;
    found: number;
    /** Where the time went (ReportTime), JSON. */
    time: string;
  };
  findings: {
    audit_id: string;
    /** Place in the report, from 0. */
    position: number;
    rule: string;
    status: string;
    title: string;
    cause: string;
    held_ms: number;
    wasted_core_ms: number | null;
    saves: string;
    fixability: string;
    /** Evidence, numbers, remedies, places, consequences, note: JSON. */
    details: string;
  };
  proofs: {
    proof_id: string;
    recorded_ms: number;
    started_ms: number;
    ended_ms: number;
    model_a: string;
    model_b: string;
    aa: number;
    metric: string;
    verdict: string;
    sentence: string;
    outputs: string;
    n: number | null;
    ratio: number | null;
    ratio_low: number | null;
    /** Null with a ratio: no upper bound. */
    ratio_high: number | null;
    confidence: number | null;
    p: number | null;
    predicted_low: number | null;
    predicted_likely: number | null;
    predicted_high: number | null;
    predicted_kind: string | null;
    predicted_family: string | null;
    predicted_basis: string | null;
    currency: string | null;
    /** Subjects A and B, JSON. */
    subject_a: string;
    subject_b: string;
    /** The Proof whole, JSON, without example rows. */
    proof: string;
  };
  proof_pairs: {
    proof_id: string;
    pair: number;
    run_order: string;
    excluded: string | null;
    run_a: string;
    succeeded_a: number;
    wall_ms_a: number | null;
    core_ms_a: number | null;
    cost_a: number | null;
    run_b: string;
    succeeded_b: number;
    wall_ms_b: number | null;
    core_ms_b: number | null;
    cost_b: number | null;
  };
}

export type Database = Kysely<Tables>;
