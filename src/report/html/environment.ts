// The environment for the page: settings with who set them, the system, and what to know about the log.
// Laws: no secret's value is shown; a log says what holds, and of who set it only what it really tells.

import { formatBytes, formatCount, isSecret, plural, redacted } from '../../base/index.ts';
import type { FactStore } from '../../facts/index.ts';
import { clean } from '../text.ts';
import type { PageSetting } from './types.ts';

/** What the catalogue of configuration knows of a key. */
export type KeyLookup = (key: string) => { readonly default?: string | undefined; readonly about?: string | undefined } | undefined;

/** Where code sets a key, and to what (undefined: computed): `job.py:20`. */
export type SetInCode = (key: string) => { readonly place: string; readonly value: string | undefined } | undefined;

const MAX_SETTINGS = 400;

/** Keys that Spark or the resource manager write themselves for each application. */
const INTERNAL =
  /^spark\.(app\.(id|startTime|submitTime|initial\.)|driver\.(host|port)|executor\.id$|submit\.|repl\.|ui\.|yarn\.app|org\.apache\.hadoop|rdd\.compress$|serializer\.objectStreamReset$|hadoop\.fs\.s3a\.vectored|driver\.extraJavaOptions$|executor\.extraJavaOptions$|sql\.warehouse\.dir$|kubernetes\.driver\.pod|resource)/;

/** Settings shown with their default when nobody set them: they decide what the findings are about. */
const NOTABLE = [
  'spark.sql.shuffle.partitions',
  'spark.sql.adaptive.enabled',
  'spark.sql.adaptive.skewJoin.enabled',
  'spark.sql.adaptive.advisoryPartitionSizeInBytes',
  'spark.sql.autoBroadcastJoinThreshold',
  'spark.sql.files.maxPartitionBytes',
  'spark.executor.memory',
  'spark.executor.cores',
  'spark.driver.memory',
  'spark.dynamicAllocation.enabled',
  'spark.speculation',
];

export function settingsOf(store: FactStore, lookup: KeyLookup, inCode?: SetInCode): readonly PageSetting[] {
  const { run } = store;
  const shown = (key: string, value: string) => (isSecret(key, value) ? '(secret, not shown)' : clean(redacted(value), 400));
  const facts = (key: string) => {
    const known = lookup(key);
    return {
      ...(known?.default === undefined ? {} : { default: clean(known.default, 120) }),
      ...(known?.about === undefined ? {} : { about: clean(known.about, 240) }),
    };
  };
  const setBy = (key: string, value: string): string => {
    const at = inCode?.(key);
    if (at !== undefined && (at.value === undefined || at.value === value)) return `code, ${at.place}`;
    return inCode === undefined ? 'application (file, submit or code)' : 'application (file or submit)';
  };
  const out: PageSetting[] = [];
  for (const [key, value] of run.environment.spark)
    out.push({
      key: clean(key, 160),
      value: shown(key, value),
      by: INTERNAL.test(key) ? 'Spark' : setBy(key, value),
      ...(INTERNAL.test(key) ? { internal: true } : {}),
      ...facts(key),
    });
  const perQuery = new Map<string, { key: string; value: string; queries: number[] }>();
  for (const { id, modifiedConfigs } of run.sql)
    for (const [key, value] of modifiedConfigs) {
      if (run.environment.spark.get(key) === value) continue;
      const entry = perQuery.get(`${key}\0${value}`) ?? { key, value, queries: [] };
      entry.queries.push(id);
      perQuery.set(`${key}\0${value}`, entry);
    }
  for (const { key, value, queries } of perQuery.values()) {
    const which =
      queries.length === run.sql.length && queries.length > 1
        ? 'every query'
        : `${queries.length === 1 ? 'query' : 'queries'} ${queries.slice(0, 6).join(', ')}${queries.length > 6 ? ' …' : ''}`;
    out.push({
      key: clean(key, 160),
      value: shown(key, value),
      by: inCode?.(key) === undefined ? `session, for ${which}` : `code, ${inCode(key)?.place}, for ${which}`,
      ...facts(key),
    });
  }
  const set = new Set(out.map((one) => one.key));
  if (run.environment.seen)
    for (const key of NOTABLE) {
      const known = facts(key);
      if (!set.has(key) && known.default !== undefined) out.push({ key, value: known.default, by: 'default', ...known });
    }
  return out.sort((a, b) => a.key.localeCompare(b.key)).slice(0, MAX_SETTINGS);
}

export function systemOf({ run }: FactStore): readonly (readonly [string, string])[] {
  const { system, jvm } = run.environment;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['Spark', run.application.sparkVersion],
    ['Master', run.environment.spark.get('spark.master')],
    ['Java', jvm.get('Java Version') ?? system.get('java.version')],
    ['Scala', jvm.get('Scala Version')],
    ['Operating system', [system.get('os.name'), system.get('os.version')].filter((part) => part !== undefined).join(' ')],
    ['Time zone of the driver', system.get('user.timezone')],
    ['User', run.application.user],
  ];
  return pairs.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, clean(redacted(value), 160)] as const]));
}

/** What a reader must know before trusting a number, in rows. */
export function logOf({ run }: FactStore): readonly (readonly [string, string])[] {
  const { quality } = run;
  const yes = (value: boolean, words: string) => (value ? [words] : []);
  const state = [
    ...yes(quality.truncated, 'cut'),
    ...yes(quality.compacted, 'compacted'),
    ...yes(quality.inProgress === true, 'in progress'),
    ...yes(quality.missingStart, 'without a start'),
    ...yes(quality.missingApplicationEnd, 'without an end'),
    ...yes(quality.gaps.length > 0, `parts ${quality.gaps.slice(0, 8).join(', ')} are missing`),
  ];
  return [
    ['Log', clean(quality.name, 200)],
    ['Form', clean(`${quality.layout}, ${quality.codec}${quality.parts > 1 ? `, ${quality.parts} parts` : ''}`, 120)],
    ['Size', `${formatBytes(quality.storedBytes)} stored, ${formatBytes(quality.bytes)} of text`],
    [
      'Read',
      `${plural(quality.events, 'event')} on ${plural(quality.lines, 'line')}, ${formatCount(quality.taskEnds)} of them ends of tasks`,
    ],
    ['Skipped', quality.skippedLines === 0 ? 'nothing' : plural(quality.skippedLines, 'line')],
    ['Whole', state.length === 0 ? 'yes' : state.join('; ')],
    ...quality.notes.map((note) => ['Note', clean(note, 300)] as const),
  ];
}
