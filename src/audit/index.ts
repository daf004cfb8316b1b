// audit: evidence → report. Runs rules, folds consequences, ranks.
// Law: pure; knows rules by their meta only; never prints.
export { audit, type AuditOptions } from './audit.ts';
export * from './report.ts';
