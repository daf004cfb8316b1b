// base: units, errors, statistics, secrets in texts. Imports nothing of ours; everything else may import it.
export { type Column, packColumns, unpackColumns } from './columns.ts';
export * from './constraints.ts';
export * from './effects.ts';
export * from './errors.ts';
export * from './lists.ts';
export * from './near.ts';
export * from './quantiles.ts';
export { isSecret, redacted, withoutSecrets } from './secrets.ts';
export * from './statistics.ts';
export * from './units.ts';
export * from './writing.ts';
