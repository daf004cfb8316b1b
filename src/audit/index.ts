// audit: evidence → report. Runs rules, folds consequences, ranks.
// Law: pure; knows rules by their meta only; never prints.

export { isSecret, redacted, withoutSecrets } from '../base/index.ts';
export { type AuditOptions, audit } from './audit.ts';
export { inRun, lintEntries } from './code.ts';
export {
  type Audited,
  type ComparedFinding,
  type ComparedRun,
  type ComparedStage,
  type Comparison,
  compareRuns,
  type Delta,
  type SettingChange,
  type StagePair,
} from './compare.ts';
export type { ReportCost, RunPrice, SavesCost } from './cost.ts';
export { type Cure, curesOf } from './cures.ts';
export * from './report.ts';
