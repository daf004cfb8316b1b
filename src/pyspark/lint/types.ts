// Findings of the code alone, and the catalogue of their kinds.
// Law: a finding says what the code shows and how sure that is; what it costs only a run can say.

import type { Node } from '../node.ts';
import type { Program } from '../program.ts';
import type { Range } from '../text.ts';
import arrows from './arrows.json' with { type: 'json' };

/** `certain`: the code shows it; `likely`: unless the data is small or unusual; `possible`: worth a look once a run shows a cost. */
export type Certainty = 'certain' | 'likely' | 'possible';

export interface CodePlace {
  readonly range: Range;
  /** What stands there, in a few words. */
  readonly what: string;
}

export interface CodeFinding {
  readonly id: CodeRuleId;
  /** The rule of a run that has the same cause: with a log the two are one finding. */
  readonly runtimeRule: string | undefined;
  readonly file: string;
  readonly range: Range;
  readonly message: string;
  readonly certainty: Certainty;
  /** Other places that belong to it. */
  readonly places: readonly CodePlace[];
}

export interface CodeRule {
  readonly id: string;
  readonly title: string;
}

/** Source of the ids: the rule catalogue, section I; the last six are additions. */
export const CODE_RULES = [
  { id: 'collect-in-loop', title: 'Actions in a Python loop' },
  { id: 'count-as-empty-check', title: 'count() only to see whether there are rows' },
  { id: 'withcolumn-loop', title: 'withColumn in a loop' },
  { id: 'udf-translatable', title: 'Python UDF that Spark can express itself' },
  { id: 'action-repeated', title: 'The same frame computed by several actions' },
  { id: 'cache-unreleased', title: 'Cache that is never released' },
  { id: 'coalesce-one', title: 'Work squeezed into one task' },
  { id: 'cross-join', title: 'Join without an equality' },
  { id: 'window-unpartitioned', title: 'Window over all rows at once' },
  { id: 'filter-on-derived-partition', title: 'Filter that Spark cannot use to skip partitions' },
  { id: 'select-star', title: 'All columns taken, few used' },
  { id: 'infer-schema', title: 'Schema inferred by reading the data' },
  { id: 'order-before-write', title: 'Total order that the output does not keep' },
  { id: 'random-salt-on-retry', title: 'Random values decide where rows go' },
  { id: 'jdbc-unpartitioned', title: 'JDBC read through one connection' },
  { id: 'sql-string-injection', title: 'Values put into SQL text' },
  { id: 'topandas-large', title: 'Many rows brought to the driver' },
  { id: 'repartition-redundant', title: 'Repartition before another shuffle' },
  { id: 'cache-once', title: 'Cache that is read once or never' },
  { id: 'cache-all-columns', title: 'All columns cached, few used' },
  { id: 'write-unclustered', title: 'Partitioned write from unclustered rows' },
  { id: 'udf-filter', title: 'Python UDF in a filter' },
  { id: 'distinct-counts', title: 'Several exact distinct counts at once' },
  { id: 'api-misuse', title: 'Call that fails when it is reached' },
] as const satisfies readonly CodeRule[];

export type CodeRuleId = (typeof CODE_RULES)[number]['id'];

/** The arrows of section I: the rule of a run with the same cause, where there is one. A table of data: this room knows no run-time rule. */
export function runtimeRuleOf(id: CodeRuleId): string | undefined {
  return (arrows as Readonly<Record<string, string>>)[id];
}

/** What a check hands over; the place and the rule's data are filled in around it. */
export interface Draft {
  readonly node: Node;
  readonly message: string;
  readonly certainty: Certainty;
  readonly places?: readonly { readonly node: Node; readonly what: string }[];
}

export type Check = (program: Program) => Draft[];
