// Findings of the code alone, and the catalogue of their kinds.
// Law: a finding says what the code shows and how sure that is; what it costs only a run can say.

import type { Node } from '../node.ts';
import type { Program } from '../program.ts';
import type { Range } from '../text.ts';

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
  readonly runtimeRule: string | undefined;
}

/** Source of the ids: the rule catalogue, section I; the last five are additions. */
export const CODE_RULES = [
  { id: 'collect-in-loop', title: 'Actions in a Python loop', runtimeRule: 'driver-loop' },
  { id: 'count-as-empty-check', title: 'count() only to see whether there are rows', runtimeRule: undefined },
  { id: 'withcolumn-loop', title: 'withColumn in a loop', runtimeRule: 'plan-blowup' },
  { id: 'udf-translatable', title: 'Python UDF that Spark can express itself', runtimeRule: 'python-row-udf' },
  { id: 'action-repeated', title: 'The same frame computed by several actions', runtimeRule: 'recomputed-lineage' },
  { id: 'cache-unreleased', title: 'Cache that is never released', runtimeRule: undefined },
  { id: 'coalesce-one', title: 'Work squeezed into one task', runtimeRule: 'single-partition' },
  { id: 'cross-join', title: 'Join without an equality', runtimeRule: 'cartesian-product' },
  { id: 'window-unpartitioned', title: 'Window over all rows at once', runtimeRule: 'single-partition' },
  { id: 'filter-on-derived-partition', title: 'Filter that Spark cannot use to skip partitions', runtimeRule: 'unpruned-partitions' },
  { id: 'select-star', title: 'All columns taken, few used', runtimeRule: 'wide-read' },
  { id: 'infer-schema', title: 'Schema inferred by reading the data', runtimeRule: 'schema-inference' },
  { id: 'order-before-write', title: 'Total order that the output does not keep', runtimeRule: 'global-sort' },
  { id: 'random-salt-on-retry', title: 'Random values decide where rows go', runtimeRule: undefined },
  { id: 'jdbc-unpartitioned', title: 'JDBC read through one connection', runtimeRule: 'serial-jdbc-read' },
  { id: 'sql-string-injection', title: 'Values put into SQL text', runtimeRule: undefined },
  { id: 'topandas-large', title: 'Many rows brought to the driver', runtimeRule: 'driver-collect' },
  { id: 'repartition-redundant', title: 'Repartition before another shuffle', runtimeRule: 'repeated-shuffle' },
  { id: 'cache-once', title: 'Cache that is read once or never', runtimeRule: 'needless-cache' },
  { id: 'cache-all-columns', title: 'All columns cached, few used', runtimeRule: 'wide-read' },
  { id: 'write-unclustered', title: 'Partitioned write from unclustered rows', runtimeRule: 'small-output-files' },
  { id: 'udf-filter', title: 'Python UDF in a filter', runtimeRule: 'udf-in-filter' },
  { id: 'distinct-counts', title: 'Several exact distinct counts at once', runtimeRule: 'heavy-distinct' },
] as const satisfies readonly CodeRule[];

export type CodeRuleId = (typeof CODE_RULES)[number]['id'];

/** What a check hands over; the place and the rule's data are filled in around it. */
export interface Draft {
  readonly node: Node;
  readonly message: string;
  readonly certainty: Certainty;
  readonly places?: readonly { readonly node: Node; readonly what: string }[];
}

export type Check = (program: Program) => Draft[];
