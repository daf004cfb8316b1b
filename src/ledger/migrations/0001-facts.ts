// Migration 1: models, runs and their ends, audits and findings, proofs and their pairs; and the guard that refuses to change them.

import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import type { Home } from './home.ts';

type Columns = Readonly<Record<string, 'whole' | 'real' | 'text' | 'whole?' | 'real?' | 'text?'>>;

const TABLES: Readonly<
  Record<string, { readonly key: readonly string[]; readonly of?: readonly [table: string, column: string]; readonly columns: Columns }>
> = {
  models: {
    key: ['name', 'version'],
    columns: {
      name: 'text',
      version: 'whole',
      recorded_ms: 'whole',
      fingerprint: 'text',
      script: 'text',
      owner: 'text?',
      tier: 'text?',
      schedule: 'text?',
      description: 'text?',
      inputs: 'text',
      outputs: 'text',
      definition: 'text',
    },
  },
  runs: {
    key: ['run_id'],
    columns: {
      run_id: 'text',
      recorded_ms: 'whole',
      model: 'text',
      purpose: 'text',
      proof_id: 'text?',
      arm: 'text?',
      started_ms: 'whole',
      host: 'text',
      pid: 'whole',
      pid_start: 'text?',
      folder: 'text',
      script: 'text',
      master: 'text?',
      spark_version: 'text',
      application_name: 'text',
      code_fingerprint: 'text',
      conf_fingerprint: 'text',
      git_commit: 'text?',
      git_branch: 'text?',
      git_dirty: 'whole?',
      launch: 'text',
    },
  },
  run_ends: {
    key: ['run_id'],
    of: ['runs', 'run_id'],
    columns: {
      run_id: 'text',
      recorded_ms: 'whole',
      status: 'text',
      reason: 'text?',
      next_step: 'text?',
      exit_code: 'whole?',
      ended_ms: 'whole',
      duration_ms: 'whole',
      exception_type: 'text?',
      application_id: 'text?',
      log_path: 'text?',
      driver_log: 'text',
      core_ms: 'whole?',
      allocated_core_ms: 'whole?',
      memory_mib_ms: 'whole?',
      executor_ms: 'whole?',
      input_bytes: 'whole?',
      input_records: 'whole?',
      output_bytes: 'whole?',
      output_records: 'whole?',
      cost_amount: 'real?',
      cost_currency: 'text?',
      cost_version: 'text?',
      cost_parts: 'text?',
      outcome: 'text',
    },
  },
  audits: {
    key: ['audit_id'],
    of: ['runs', 'run_id'],
    columns: {
      audit_id: 'text',
      run_id: 'text',
      recorded_ms: 'whole',
      headline: 'text',
      wall_ms: 'whole?',
      noise_floor_ms: 'whole',
      found: 'whole',
      time: 'text',
    },
  },
  findings: {
    key: ['audit_id', 'position'],
    of: ['audits', 'audit_id'],
    columns: {
      audit_id: 'text',
      position: 'whole',
      rule: 'text',
      status: 'text',
      title: 'text',
      cause: 'text',
      held_ms: 'whole',
      wasted_core_ms: 'whole?',
      saves: 'text',
      fixability: 'text',
      details: 'text',
    },
  },
  proofs: {
    key: ['proof_id'],
    columns: {
      proof_id: 'text',
      recorded_ms: 'whole',
      started_ms: 'whole',
      ended_ms: 'whole',
      model_a: 'text',
      model_b: 'text',
      aa: 'whole',
      metric: 'text',
      verdict: 'text',
      sentence: 'text',
      outputs: 'text',
      n: 'whole?',
      ratio: 'real?',
      ratio_low: 'real?',
      ratio_high: 'real?',
      confidence: 'real?',
      p: 'real?',
      predicted_low: 'real?',
      predicted_likely: 'real?',
      predicted_high: 'real?',
      currency: 'text?',
      subject_a: 'text',
      subject_b: 'text',
      proof: 'text',
    },
  },
  proof_pairs: {
    key: ['proof_id', 'pair'],
    of: ['proofs', 'proof_id'],
    columns: {
      proof_id: 'text',
      pair: 'whole',
      run_order: 'text',
      excluded: 'text?',
      run_a: 'text',
      succeeded_a: 'whole',
      wall_ms_a: 'whole?',
      core_ms_a: 'whole?',
      cost_a: 'real?',
      run_b: 'text',
      succeeded_b: 'whole',
      wall_ms_b: 'whole?',
      core_ms_b: 'whole?',
      cost_b: 'real?',
    },
  },
};

const INDEXES: readonly (readonly [table: string, ...columns: string[]])[] = [
  ['runs', 'model', 'started_ms'],
  ['runs', 'proof_id'],
  ['audits', 'run_id'],
  ['findings', 'rule'],
  ['proofs', 'model_a', 'started_ms'],
  ['proofs', 'model_b', 'started_ms'],
];

/** What the database itself answers to a change of a fact. */
export const REFUSAL = 'facts of the ledger are never changed';

export const facts = (home: Home): Migration => ({
  async up(plain: Kysely<unknown>) {
    const db = home.schema === undefined ? plain : plain.withSchema(home.schema);
    const prefix = home.schema === undefined ? '' : `${home.schema}.`;
    for (const [name, { key, of, columns }] of Object.entries(TABLES)) {
      let table = db.schema.createTable(name) as CreateTableBuilder<string, string>;
      for (const [column, type] of Object.entries(columns)) {
        const kind = type.replace('?', '') as 'whole' | 'real' | 'text';
        const required = (builder: ColumnDefinitionBuilder) => (type.endsWith('?') ? builder : builder.notNull());
        table = table.addColumn(column, kind === 'text' ? 'text' : home[kind], required);
      }
      table = table.addPrimaryKeyConstraint(`${name}_key`, [...key]);
      if (of !== undefined) {
        const [parent, column] = of;
        table = table.addForeignKeyConstraint(`${name}_of_${parent}`, [column], parent, [column]);
      }
      // SQLite checks types only where it is told to.
      if (home.kind === 'sqlite') table = table.modifyEnd(sql`strict`);
      await table.execute();
    }
    for (const [table, ...columns] of INDEXES)
      await db.schema
        .createIndex(`${table}_by_${columns.join('_')}`)
        .on(table)
        .columns([...columns])
        .execute();
    if (home.kind === 'postgres')
      await sql`create function ${sql.raw(prefix)}refuse() returns trigger language plpgsql as $$ begin raise exception '${sql.raw(REFUSAL)}'; end $$`.execute(
        db,
      );
    for (const name of Object.keys(TABLES)) {
      if (home.kind === 'postgres') {
        await sql`create trigger refuse_change before update or delete or truncate on ${sql.raw(prefix + name)} for each statement execute function ${sql.raw(prefix)}refuse()`.execute(
          db,
        );
        continue;
      }
      for (const change of ['update', 'delete'])
        await sql`create trigger ${sql.raw(`${name}_refuse_${change}`)} before ${sql.raw(change)} on ${sql.raw(name)} begin select raise(abort, '${sql.raw(REFUSAL)}'); end`.execute(
          db,
        );
    }
  },
});
