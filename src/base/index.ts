// base: units, errors, statistics. Imports nothing of ours; everything else may import it.
export * from './errors.ts';
export * from './statistics.ts';
export * from './units.ts';
