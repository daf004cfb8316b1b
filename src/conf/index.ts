// conf: the catalogue of configuration keys, readers of everything that sets them, and the rules of configuration.
// Laws: pure but for its own data files; what a key is comes from Spark itself (scripts/gen-conf.ts); text of a setting is redacted when secret.
export { catalogueLines, findKey, findProperty, findRetired, keysOf, type Version, versionOf } from './catalogue.ts';
export { type LintOptions, lint } from './lint.ts';
export { type Near, nearestKeys } from './near.ts';
export { kindOf, readSource } from './read/index.ts';
export { type PropertyLine, parseProperties, propertyLines } from './read/properties.ts';
export type {
  ConfFinding,
  ConfKey,
  ConfKind,
  ConfRule,
  Origin,
  Owner,
  Retired,
  Scope,
  Setting,
  Severity,
  Source,
  Uses,
  ValueType,
} from './types.ts';
export { bytesOf, meaningOf, millisOf, refusal, sameValue } from './values.ts';
