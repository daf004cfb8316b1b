// Settings → findings: the five rules of configuration, for one context (a file with the defaults under it, or a run).
// Laws: pure; one setting gets one finding a rule at most; a key that is unknown is judged no further; secrets never leave.

import { isSecret } from '../base/index.ts';
import { setBySpark } from './advice.ts';
import { catalogueLines, defaultsOf, findProperty, findRetired, isRetired, reaches, type Version } from './catalogue.ts';
import { deadSetting, NEEDS, type Peek } from './effects.ts';
import { harmfulValue } from './harmful.ts';
import { optionFindings, tableFindings } from './options.ts';
import type { ConfFinding, ConfKey, ConfKind, Said, Setting, Uses } from './types.ts';
import { unknownProperty, versionName } from './unknown.ts';
import { isTemplate, refusal, sameValue } from './values.ts';

export interface JudgeContext {
  readonly version: Version;
  readonly uses: Uses;
  /** The value that holds for a key in this context, from whatever layer; undefined: none sets it. */
  readonly peek: Peek;
  /** The product whose own Spark this is: it may know keys that Spark does not. */
  readonly platform: string | undefined;
  /** Values of the key in other layers of this context: a default put back is no restated one. */
  readonly others: (setting: Setting) => readonly (string | undefined)[];
}

/** All findings of one setting. */
export function judge(setting: Setting, context: JudgeContext): ConfFinding[] {
  const found: ConfFinding[] = [];
  const { key, value } = setting;
  const say = (kind: ConfKind, said: Said | undefined) => {
    if (said === undefined) return;
    const { severity, why, todo, use } = said;
    const { origin, file, line, column } = setting;
    const shown = value === undefined ? undefined : isSecret(key, value) ? '***' : value;
    found.push({ rule: `conf-${kind}`, severity, key, value: shown, origin, file, line, column, why, todo, use });
  };
  // What the language fills in later cannot be judged; neither can what was redacted.
  const known = value === undefined || isTemplate(value) ? undefined : value;
  if (setting.origin === 'option') optionFindings(setting, known, context, say);
  else if (setting.origin === 'table') tableFindings(setting, context, say);
  else propertyFindings(setting, known, context, say);
  return found;
}

export type Say = (kind: ConfKind, said: Said | undefined) => void;

function propertyFindings(setting: Setting, value: string | undefined, context: JudgeContext, say: Say): void {
  const { version, peek, uses } = context;
  const { key, origin } = setting;
  const isLog = origin === 'log' || origin === 'query';
  if (isLog && setBySpark(key)) return;
  const row = findProperty(key, version);
  const retired = findRetired(key, version);
  if (retired !== undefined) {
    const removed = retired.removed !== undefined && reaches(version.line, retired.removed);
    const doc = retired.doc === undefined ? '' : ` ${retired.doc.replace(/\.?$/, '.')}`;
    const isAlias = !removed && retired.deprecated === undefined;
    say('deprecated', {
      severity: isAlias ? 'note' : 'warning',
      why: isAlias
        ? `It is another name of ${retired.use}.`
        : removed
          ? `It was taken out in Spark ${retired.removed}: no longer read.${doc}`
          : `Deprecated since Spark ${retired.deprecated}.${doc}`,
      todo: retired.use === undefined ? 'Remove it.' : `Use ${retired.use}.`,
      use: retired.use,
    });
    if (removed) return;
  }
  const isUnknown = row === undefined && !isRetired(key);
  if (isUnknown) {
    const said = unknownProperty(setting, version, context.platform);
    if (said !== undefined) {
      say('unknown', said);
      return;
    }
  }
  const misplaced = row === undefined ? undefined : wrongPlace(row, setting);
  say('no-effect', misplaced);
  // What raises takes no effect, so nothing more is to be said of its value.
  if (misplaced !== undefined && origin === 'runtime') return;
  const dead = deadSetting(key, value, uses, isLog);
  const before = dead === undefined || dead.note === true;
  if (row !== undefined && value !== undefined && !(row.quiet && row.scope === 'session')) {
    const refused = refusal(row, value);
    if (refused !== undefined) {
      say('harmful', {
        severity: 'error',
        why: `Spark refuses this value: ${refused}.`,
        todo: row.default === undefined ? 'Correct it.' : `Correct it; the default is ${shown(row.default)}.`,
      });
      return;
    }
  }
  if (dead !== undefined && misplaced === undefined)
    say('no-effect', { severity: dead.note === true ? 'note' : 'warning', why: dead.why, todo: dead.todo, use: dead.use });
  if (before && misplaced === undefined) say('no-effect', unmetNeed(key, value, row, peek, version));
  if (value === undefined) return;
  const number = Number(version.line.split('.')[0]) * 100 + Number(version.line.split('.')[1]);
  const harm = harmfulValue(key, value, { version: number, peek, default: row?.default });
  say('harmful', harm);
  if (row === undefined || harm !== undefined || dead !== undefined || misplaced !== undefined || retired !== undefined) return;
  say('restates-default', restated(setting, value, row, context));
}

/** A value as people write it: `134217728b` is `128MB` only in documentation. */
function shown(value: string): string {
  const bytes = /^(\d+)b$/.exec(value);
  if (bytes === null) return value === '' ? 'empty' : value;
  let amount = Number(bytes[1]);
  let i = 0;
  for (; amount >= 1024 && amount % 1024 === 0 && i < 4; i++) amount /= 1024;
  return `${amount}${['b', 'KB', 'MB', 'GB', 'TB'][i]}`;
}

/** Set where Spark cannot take it any more. */
function wrongPlace(row: ConfKey, { origin, key }: Setting): Said | undefined {
  if (
    origin === 'runtime' &&
    row.owner === 'spark' &&
    (row.scope === 'static' || row.scope === 'core' || row.scope === 'submit' || row.scope === 'daemon')
  )
    return {
      severity: row.quiet ? 'warning' : 'error',
      why: `spark.conf.set and SET ${row.quiet ? 'do nothing with it' : 'raise an error for it'}: ${row.scope === 'static' ? 'it is static' : 'it is read when the application starts'}.`,
      todo:
        row.scope === 'submit'
          ? `Give it to spark-submit (--conf ${key}=…) or spark-defaults.conf.`
          : `Set it before the session starts: in the builder, with --conf, or in spark-defaults.conf.`,
    };
  if (origin === 'builder' && row.scope === 'submit')
    return {
      severity: 'warning',
      why: 'It is read before the JVM of the driver starts: under spark-submit the builder comes too late, and so it does in a notebook with a running session.',
      todo: `Give it to spark-submit (--conf ${key}=…) or spark-defaults.conf.`,
    };
  if (row.scope === 'daemon' && ['builder', 'submit', 'model', 'operator'].includes(origin))
    return {
      severity: 'warning',
      why: 'A server beside the application reads it (History Server, master, worker), the application does not.',
      todo: 'Set it where that server starts.',
    };
  return undefined;
}

/** Another setting must be on for it. */
function unmetNeed(key: string, value: string | undefined, row: ConfKey | undefined, peek: Peek, version: Version): Said | undefined {
  for (const need of NEEDS) {
    if (!need.keys.test(key)) continue;
    const given = peek(need.needs);
    const fallback = findProperty(need.needs, version)?.default ?? need.otherwise;
    const holds = (given ?? fallback).trim().toLowerCase();
    if (holds === need.be || holds === '' || isTemplate(holds)) continue;
    // A switch that is off beside its master switch says nothing new.
    if (value?.toLowerCase() === 'false' && row?.type === 'boolean') continue;
    return {
      severity: 'warning',
      why: `It has no effect without ${need.needs}=${need.be === 'true' ? 'true' : 'org.apache.spark.serializer.KryoSerializer'}, which is ${given === undefined ? `not set (default ${fallback || 'false'})` : given}.`,
      todo: `Set ${need.needs}, or remove this.`,
      use: need.needs,
    };
  }
  if (key === 'spark.sql.adaptive.advisoryPartitionSizeInBytes' || key === 'spark.sql.adaptive.shuffle.targetPostShuffleInputSize') {
    const parallel = peek('spark.sql.adaptive.coalescePartitions.parallelismFirst') ?? 'true';
    if (parallel.toLowerCase() === 'true')
      return {
        severity: 'note',
        why: 'Coalescing keeps to it only with spark.sql.adaptive.coalescePartitions.parallelismFirst=false; by default it spreads the data over all cores first.',
        todo: 'Set parallelismFirst to false if partitions of this size are wanted.',
        use: 'spark.sql.adaptive.coalescePartitions.parallelismFirst',
      };
  }
  return undefined;
}

/** It says what holds anyway. */
function restated(setting: Setting, value: string, row: ConfKey, context: JudgeContext): Said | undefined {
  const { version, peek, others } = context;
  // What a query has changed is often put there by a table format for its own work.
  if ((!version.exact && !version.assumed) || setting.origin === 'query') return undefined;
  let from = row;
  const seen = new Set([row.key]);
  // While another key is set that holds for this one, its value is the default.
  while (from.default === undefined && from.fallback !== undefined && !seen.has(from.fallback)) {
    seen.add(from.fallback);
    const set = peek(from.fallback);
    const next = findProperty(from.fallback, version);
    if (next === undefined) return undefined;
    from = set === undefined ? next : { ...next, default: set, fallback: undefined };
  }
  if (
    from.default === undefined ||
    !sameValue({ ...row, type: row.type === 'string' ? from.type : row.type, unit: row.unit ?? from.unit }, value, from.default)
  )
    return undefined;
  if (others(setting).some((other) => other === undefined || !sameValue(row, other, value))) return undefined;
  const elsewhere = catalogueLines().filter((line) => {
    const other = defaultsOf(setting.key).get(line);
    return other !== undefined && row.default !== undefined && !sameValue(row, other, row.default);
  });
  if (version.assumed && elsewhere.length > 0) return undefined;
  const differs = elsewhere.length === 0 ? '' : ` (not so in Spark ${elsewhere.join(', ')})`;
  return {
    severity: 'note',
    why: `${shown(from.default)} is the default${version.assumed ? '' : ` of ${versionName(version)}`}${differs}${row.fallback !== undefined && from.key !== row.key ? `, taken from ${from.key}` : ''}: it changes nothing.`,
    todo: elsewhere.length === 0 ? 'Remove it.' : 'Remove it, unless other versions must behave the same.',
  };
}
