// Options of readers and writers, and table properties: judged by the data source that their chain names.
// Law: an option is judged for Kafka, JDBC and Delta only; of other sources nothing is known here and nothing is said.

import { findKey } from './catalogue.ts';
import { isPoolOption } from './effects.ts';
import { harmfulOption } from './harmful.ts';
import type { JudgeContext, Say } from './judge.ts';
import { nearestKeys } from './near.ts';
import type { Setting } from './types.ts';
import { unknownTableProperty } from './unknown.ts';
import { refusal, sameValue } from './values.ts';

export function tableFindings({ key }: Setting, { version }: JudgeContext, say: Say): void {
  if (/^delta\./.test(key)) say('unknown', unknownTableProperty(key, version));
}

/** Options that any file source or sink takes, and those of Spark's formats; an option is only judged for a format that the catalogue holds. */
const ANY = new Set([
  'path',
  'checkpointlocation',
  'queryname',
  'compression',
  'mergeschema',
  'header',
  'basepath',
  'user',
  'password',
  'dbtable',
]);

export function optionFindings(setting: Setting, value: string | undefined, { version }: JudgeContext, say: Say): void {
  const { key, format, on, streaming } = setting;
  const owner = format === 'kafka' ? 'kafka' : format === 'jdbc' ? 'jdbc' : format === 'delta' ? 'delta' : undefined;
  if (value !== undefined) {
    const harm = harmfulOption(format, key, value);
    if (harm !== undefined) {
      say('harmful', harm);
      return;
    }
  }
  if (owner === undefined) return;
  const row = findKey(owner, key, version);
  if (row !== undefined) {
    if (row.on === 'stream' && on === 'read' && streaming !== true) {
      say('no-effect', {
        severity: 'warning',
        why: 'Only readStream reads it; a batch read takes everything.',
        todo: 'Use endingOffsets or endingTimestamp to bound a batch read.',
        use: 'endingOffsets',
      });
      return;
    }
    if (row.on === 'batch' && streaming === true) {
      say('harmful', {
        severity: 'error',
        why: "A stream has no end: Kafka's source refuses it with readStream.",
        todo: 'Remove it, or use read.',
      });
      return;
    }
    if (owner === 'kafka' && row.on === 'write' && on === 'read') {
      const topic = key.toLowerCase() === 'topic';
      say('no-effect', {
        severity: 'warning',
        why: 'It is an option of the sink; the source does not read it.',
        todo: topic ? 'Use subscribe to read a topic.' : 'Move it to write or writeStream.',
        use: topic ? 'subscribe' : undefined,
      });
      return;
    }
    if (value !== undefined) {
      const refused = refusal(row, value);
      if (refused !== undefined && row.type !== 'long') {
        say('harmful', { severity: 'error', why: `This value is refused: ${refused}.`, todo: 'Correct it.' });
        return;
      }
      if (row.default !== undefined && sameValue(row, value, row.default))
        say('restates-default', {
          severity: 'note',
          why: `${row.default === '' ? 'Empty' : row.default} is the default: it changes nothing.`,
          todo: 'Remove it.',
        });
    }
    return;
  }
  if (ANY.has(key.toLowerCase())) return;
  if (owner === 'jdbc') {
    // What Spark does not know goes to the driver as a connection property: only pools, which Spark has none of, are surely dead.
    if (isPoolOption(key)) {
      say('no-effect', {
        severity: 'warning',
        why: 'Spark opens one connection per partition and has no pool; it hands the option to the JDBC driver, which does not know it.',
        todo: 'Remove it; numPartitions bounds the connections.',
        use: 'numPartitions',
      });
      return;
    }
    const near = nearestKeys(key, ['jdbc'], version).find((one) => one.slip);
    if (near !== undefined)
      say('unknown', {
        severity: 'warning',
        why: 'Spark does not know this option and hands it to the JDBC driver.',
        todo: `Did you mean ${near.key}?`,
        use: near.key,
      });
    return;
  }
  if (owner === 'delta' && /^delta\./i.test(key)) {
    say('unknown', unknownTableProperty(key, version));
    return;
  }
  const bare = owner === 'kafka' && findKey('kafka', `kafka.${key}`, version) !== undefined;
  const near = bare ? { key: `kafka.${key}` } : nearestKeys(key, [owner], version, (one) => one.scope === 'option')[0];
  const auto = owner === 'delta' && key.toLowerCase() === 'autocompact';
  if (owner === 'kafka' && key.toLowerCase().startsWith('kafka.') && near === undefined) return;
  say('unknown', {
    severity: 'warning',
    why: `${owner === 'kafka' ? 'Kafka' : 'Delta'}'s ${on === 'read' ? 'source' : on === 'write' ? 'sink' : 'source and sink'} has no such option; it is ignored.`,
    todo: auto
      ? 'Set the table property delta.autoOptimize.autoCompact, or spark.databricks.delta.autoCompact.enabled in the session.'
      : near === undefined
        ? 'Remove it, or check its name.'
        : bare
          ? `Settings of Kafka's client have a prefix: ${near.key}.`
          : `Did you mean ${near.key}?`,
    use: auto ? 'spark.databricks.delta.autoCompact.enabled' : near?.key,
  });
}
