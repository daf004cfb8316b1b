// ledger: what happened and what was claimed: models, runs, audits, findings, proofs. SQLite by default, PostgreSQL for a team.
// Laws: facts are added, never changed or removed; the start of a run is on record before Spark starts; several writers lose nothing;
// no secret is stored.
export { openLedger } from './open.ts';
export type {
  AuditRow,
  FindingRow,
  IsAlive,
  Ledger,
  LedgerOptions,
  ModelDefinition,
  ModelRow,
  PairSide,
  PredictionRow,
  ProofFilter,
  ProofRow,
  ProofSide,
  RunEnd,
  RunFilter,
  RunRecord,
  RunRow,
  RunState,
  RunUsage,
} from './types.ts';
