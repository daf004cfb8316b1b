// project: what a team wrote down once in firesteel.json: models, prices, where the ledger lies, which Spark.
// Laws: a wrong file is a FiresteelError that names the file, the place in it and the next step; nothing is guessed from a wrong key;
// no sheet of prices, no cost.
export { parseDuration } from './duration.ts';
export { fill, fillJob, PLACEHOLDERS } from './places.ts';
export { costOf, readPrices } from './prices.ts';
export { findProject, PROJECT_FILES, readProject, STATE_FOLDER } from './read.ts';
export { resolveModel } from './resolve.ts';
export type { Cost, CostPart, Model, Overrides, Places, PriceSheet, Project, ResolvedJob, Usage } from './types.ts';
