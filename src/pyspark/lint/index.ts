// lint: a program → findings of its code alone.
// Laws: pure; the same program gives the same findings in the same order (file, place, id); nothing here knows a name of a file or an application.

import { rangeOf } from '../node.ts';
import type { Program } from '../program.ts';
import { actionRepeated, collectInLoop, countAsEmptyCheck, topandasLarge } from './actions.ts';
import { cacheAllColumns, cacheOnce, cacheUnreleased } from './caches.ts';
import { apiMisuse } from './misuse.ts';
import { filterOnDerived, inferSchema, jdbcUnpartitioned, selectStar, udfFilter, writeUnclustered } from './reads.ts';
import { coalesceOne, crossJoin, distinctCounts, windowUnpartitioned, withcolumnLoop } from './shape.ts';
import { orderBeforeWrite, randomSalt, repartitionRedundant } from './shuffles.ts';
import { sqlInjection } from './texts.ts';
import { type Check, CODE_RULES, type CodeFinding, type CodeRuleId, runtimeRuleOf } from './types.ts';
import { udfTranslatable } from './udfs.ts';

const CHECKS: Readonly<Record<CodeRuleId, Check>> = {
  'collect-in-loop': collectInLoop,
  'count-as-empty-check': countAsEmptyCheck,
  'withcolumn-loop': withcolumnLoop,
  'udf-translatable': udfTranslatable,
  'action-repeated': actionRepeated,
  'cache-unreleased': cacheUnreleased,
  'coalesce-one': coalesceOne,
  'cross-join': crossJoin,
  'window-unpartitioned': windowUnpartitioned,
  'filter-on-derived-partition': filterOnDerived,
  'select-star': selectStar,
  'infer-schema': inferSchema,
  'order-before-write': orderBeforeWrite,
  'random-salt-on-retry': randomSalt,
  'jdbc-unpartitioned': jdbcUnpartitioned,
  'sql-string-injection': sqlInjection,
  'topandas-large': topandasLarge,
  'repartition-redundant': repartitionRedundant,
  'cache-once': cacheOnce,
  'cache-all-columns': cacheAllColumns,
  'write-unclustered': writeUnclustered,
  'udf-filter': udfFilter,
  'distinct-counts': distinctCounts,
  'api-misuse': apiMisuse,
};

const known = new WeakMap<Program, readonly CodeFinding[]>();

/** Every finding of the code, in the order of the files and of the places in them. Made once for each program. */
export function lint(program: Program): readonly CodeFinding[] {
  const found = known.get(program) ?? findingsIn(program);
  known.set(program, found);
  return found;
}

function findingsIn(program: Program): CodeFinding[] {
  const files = new Map(program.sources.map((one, i) => [one.path, i]));
  return CODE_RULES.flatMap((rule) =>
    CHECKS[rule.id](program).map(
      (draft): CodeFinding => ({
        id: rule.id,
        runtimeRule: runtimeRuleOf(rule.id),
        file: draft.node.source.path,
        range: rangeOf(draft.node),
        message: draft.message,
        certainty: draft.certainty,
        places: (draft.places ?? []).map((one) => ({ range: rangeOf(one.node), what: one.what })),
      }),
    ),
  ).sort(
    (a, b) =>
      (files.get(a.file) ?? 0) - (files.get(b.file) ?? 0) ||
      a.range.start.offset - b.range.start.offset ||
      (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

export { type Certainty, CODE_RULES, type CodeFinding, type CodePlace, type CodeRule, type CodeRuleId, runtimeRuleOf } from './types.ts';
