// What is to be said of a key that the catalogue does not hold: a slip, a key of another version, of another product, or the user's own.
// Law: what may be an application's own key is a note, never a warning.

import { mistaken, productOf } from './advice.ts';
import { findKey, keysOf, linesOf, openPrefix, reaches, s3aKey, type Version } from './catalogue.ts';
import { nearestKeys } from './near.ts';
import type { Said, Setting } from './types.ts';

export const versionName = ({ line }: Version): string => `Spark ${line}`;

const own = new Map<string, ReadonlySet<string>>();
/** Groups of keys that are Spark's: `sql`, `executor`, `shuffle`. Those with few declared keys are left to applications. */
function groupsOf(version: Version): ReadonlySet<string> {
  let groups = own.get(version.served);
  if (groups === undefined) {
    const counts = new Map<string, number>();
    for (const { key, scope } of keysOf(['spark'], version)) {
      const group = key.split('.')[1] ?? '';
      if (scope !== undefined) counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    groups = new Set(
      [...counts].filter(([group, count]) => count >= 3 && !['app', 'job', 'test', 'testing'].includes(group)).map(([group]) => group),
    );
    own.set(version.served, groups);
  }
  return groups;
}

/** What is to be said of a key that the catalogue does not hold; undefined: it is a name of the user's. */
export function unknownProperty(setting: Setting, version: Version, platform: string | undefined): Said | undefined {
  const said = unknownHere(setting, version);
  if (said === undefined || said.severity === 'note') return said;
  // A Spark of another make, or one that is not in the catalogue, may know it.
  if (platform !== undefined && setting.key.startsWith('spark.'))
    return { ...said, severity: 'note', why: `Not a key of Apache ${versionName(version)}; that of ${platform} may know it.` };
  if (!version.exact && !version.assumed && mistaken(setting.key) === undefined && setting.key.startsWith('spark.'))
    return {
      ...said,
      severity: 'note',
      why: `Not a key of Spark ${version.served}, the nearest in the catalogue; ${versionName(version)} may know it.`,
    };
  return said;
}

function unknownHere({ key, origin }: Setting, version: Version): Said | undefined {
  const name = versionName(version);
  if (key.startsWith('spark.hadoop.fs.s3a.')) {
    const inner = s3aKey(key.slice('spark.hadoop.'.length));
    if (/^fs\.s3a\.impl\b/.test(inner)) return undefined;
    const near = nearestKeys(inner, ['s3a'], version)[0];
    if (linesOf(inner).length > 0)
      return { severity: 'note', why: `It came with a newer Hadoop than ${name} ships.`, todo: 'Fine when that Hadoop is in use.' };
    return {
      severity: 'warning',
      why: `Hadoop's S3A has no key ${inner} in the version that ${name} ships.`,
      todo: near === undefined ? 'Remove it, or check its name.' : `Did you mean spark.hadoop.${near.key}?`,
      use: near === undefined ? undefined : `spark.hadoop.${near.key}`,
    };
  }
  if (key.startsWith('spark.databricks.delta.properties.defaults.')) {
    const property = key.slice('spark.databricks.delta.properties.defaults.'.length);
    return property.startsWith('feature.')
      ? undefined
      : unknownTableProperty(`delta.${property}`, version, 'spark.databricks.delta.properties.defaults.');
  }
  if (openPrefix(key) !== undefined) return undefined;
  if (!key.startsWith('spark.')) {
    if (/^delta\./.test(key))
      return {
        severity: 'warning',
        why: 'It is a property of a table, not of a session.',
        todo: `Set it with TBLPROPERTIES, or for new tables as spark.databricks.delta.properties.defaults.${key.slice(6)}.`,
      };
    if (!['file', 'submit', 'model', 'operator'].includes(origin)) return undefined;
    return {
      severity: 'warning',
      why: 'spark-submit ignores properties that do not begin with spark.',
      todo: /^(fs|mapreduce|mapred|hadoop|hive|dfs|yarn|parquet|orc)\./.test(key)
        ? `Write spark.hadoop.${key}.`
        : 'Give it the prefix spark., or pass it to the program as an argument.',
      use: /^(fs|mapreduce|mapred|hadoop|hive|dfs|yarn|parquet|orc)\./.test(key) ? `spark.hadoop.${key}` : undefined,
    };
  }
  const meant = mistaken(key);
  if (meant !== undefined) return { severity: 'warning', ...meant };
  const elsewhere = linesOf(key);
  if (elsewhere.length > 0) {
    const [first, last] = [elsewhere[0] ?? '', elsewhere.at(-1) ?? ''];
    const later = reaches(first, version.line) && first !== version.line;
    // Outside of the catalogue's versions nothing is known for sure.
    if (!version.exact) return undefined;
    return {
      severity: 'warning',
      why: later ? `${name} does not have it yet: it came with ${first}.` : `${name} no longer has it: the last that did is ${last}.`,
      todo: later ? `Remove it, or use Spark ${first} or newer.` : 'Remove it.',
    };
  }
  const [near] = nearestKeys(key, ['spark', 'delta', 'iceberg'], version);
  const product = productOf(key);
  const group = key.split('.')[1] ?? '';
  const isSparks = groupsOf(version).has(group);
  if (near !== undefined && (near.slip || (isSparks && product === undefined)))
    return {
      severity: 'warning',
      why:
        near.key.toLowerCase() === key.toLowerCase()
          ? `${name} writes this key with other capitals; as it stands it is ignored.`
          : `${name} has no such key; it is ignored.`,
      todo: near.slip ? `Did you mean ${near.key}?` : `The nearest key is ${near.key}: if that is what it should be, write it so.`,
      use: near.key,
    };
  // A platform's own settings fill the logs of its runs; nobody wrote them there.
  if (product !== undefined && (origin === 'log' || origin === 'query')) return undefined;
  if (product !== undefined)
    return {
      severity: 'note',
      why: `Not a key of ${name}; it looks like one of ${product}.`,
      todo: 'Fine where that is in use; anywhere else it is ignored.',
    };
  if (isSparks) return { severity: 'warning', why: `${name} has no such key; it is ignored.`, todo: 'Remove it, or check its name.' };
  return { severity: 'note', why: `Not a key of ${name}.`, todo: 'Fine if your code reads it; anything else ignores it.' };
}

/** The same of a property of Delta tables; `prefix`: as it was written. */
export function unknownTableProperty(key: string, version: Version, prefix?: string): Said | undefined {
  if (findKey('delta', key, version) !== undefined || /^delta\.(feature|constraints|universalFormat|columnMapping)\./i.test(key))
    return undefined;
  const name = prefix === undefined ? key : `${prefix}${key.slice(6)}`;
  if (/^delta\.(targetFileSize|tuneFileSizesForRewrites)$/i.test(key))
    return {
      severity: 'error',
      why: 'Open-source Delta has no such property and rejects the whole statement; Databricks and delta-rs have it.',
      todo: 'Set spark.databricks.delta.optimize.maxFileSize in the session that runs OPTIMIZE.',
      use: 'spark.databricks.delta.optimize.maxFileSize',
    };
  const near = nearestKeys(key, ['delta'], version, (one) => one.scope === 'table')[0];
  return {
    severity: 'error',
    why: `Delta has no property ${name}: the statement is rejected unless spark.databricks.delta.allowArbitraryProperties.enabled is set.`,
    todo: near === undefined ? 'Remove it, or check its name.' : `Did you mean ${near.key}?`,
    use: near?.key,
  };
}
