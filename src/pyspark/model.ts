// What a PySpark program is, as data: sessions, settings, reads, frames and how they come from each other, actions, writes, UDFs, caches.
// Laws: everything has the syntax node that it came from; `undefined` means "not known", never "not so"; frames form a graph that may have
// circles (loops), so whoever walks it remembers where it was.

import type { Value } from './flow/values.ts';
import type { Constant } from './literal.ts';
import type { Node } from './node.ts';
import type { NotAnalysed, Source } from './source.ts';

/** A syntactic call: `df.join(other, "id")`. */
export interface Call {
  readonly node: Node;
  /** The name that is called: `join`. */
  readonly name: string;
  readonly arguments: readonly Argument[];
}

export interface Argument {
  /** Set for `name=value`. */
  readonly name: string | undefined;
  readonly node: Node;
  /** As the analysis last saw it. */
  readonly value: Value;
  /** True for `*list` and `**dict`. */
  readonly splat: boolean;
}

/** A path, a table name or another text as far as it is known. */
export interface KnownText {
  readonly node: Node;
  /** The text with `*` for every part that is known at run time only. */
  readonly pattern: string;
  /** The whole text, when all of it is constant. */
  readonly constant: string | undefined;
}

export interface Option {
  readonly name: string;
  readonly value: Constant | undefined;
  readonly node: Node;
}

export interface Session {
  readonly id: number;
  readonly node: Node;
  readonly name: KnownText | undefined;
  readonly master: KnownText | undefined;
}

/** A configuration key that the program sets. */
export interface Setting {
  readonly key: string;
  /** As Spark gets it; undefined when it is computed. */
  readonly value: string | undefined;
  /** Where key and value stand. */
  readonly node: Node;
  /** `dict`: an entry of a dict of keys, of which the code does not show that it is set. */
  readonly how: 'builder' | 'SparkConf' | 'conf.set' | 'sql' | 'unset' | 'dict';
}

export interface Read {
  readonly call: Call;
  /** `parquet`, `csv`, `jdbc`, `table`…; undefined when computed. */
  readonly format: string | undefined;
  readonly streaming: boolean;
  readonly paths: readonly KnownText[];
  readonly table: KnownText | undefined;
  readonly options: readonly Option[];
  /** `given` by .schema(…); `inferred` when asked for with inferSchema; `none` otherwise. */
  readonly schema: 'given' | 'inferred' | 'none';
  readonly frame: Frame;
}

/** A DataFrame at one point of the program. */
export interface Frame {
  readonly id: number;
  /** The DataFrame method that made it, or `read`, `sql`, `table`, `createDataFrame`, `range`, `parameter` (came from outside), `either` (branches), `loop` (before or after a turn). */
  readonly method: string;
  readonly call: Call | undefined;
  readonly node: Node;
  /** Mutable while the program is analysed: the way back of a loop is known only after its body. */
  readonly parents: readonly Frame[];
  /** The names that the program gave it. */
  readonly names: string[];
  readonly read: Read | undefined;
  /** Keys and kind of a grouping: `groupBy`, `rollup`, `cube`; set on what `agg`, `count`, `applyInPandas` made of it. */
  readonly grouping: Grouping | undefined;
  readonly loops: readonly Loop[];
}

export interface Grouping {
  readonly method: string;
  readonly call: Call;
  readonly keys: readonly Argument[];
  readonly pivoted: boolean;
}

/** What brings work to the cluster: `count`, `collect`, a write. */
export interface Action {
  readonly call: Call;
  /** `count`, `collect`, `toPandas`, `show`, `write`, `start`… */
  readonly method: string;
  /** One for each way in which the program comes here. */
  readonly frames: readonly Frame[];
  readonly loops: readonly Loop[];
  readonly write: Write | undefined;
  /** From 0, in the order in which the program comes to them. */
  readonly order: number;
}

export interface Write {
  readonly call: Call;
  readonly format: string | undefined;
  readonly mode: string | undefined;
  readonly path: KnownText | undefined;
  readonly table: KnownText | undefined;
  readonly partitionBy: readonly string[];
  readonly bucketBy: readonly string[];
  readonly options: readonly Option[];
  readonly streaming: boolean;
}

export interface Loop {
  readonly node: Node;
  readonly kind: 'for' | 'while' | 'comprehension';
  /** What it goes over: `rows` of a collected frame, a list in the code, or something else. */
  readonly over: 'rows' | 'literal' | 'unknown';
}

export interface Udf {
  readonly id: number;
  /** The name in the program or in SQL. */
  readonly name: string;
  readonly sqlName: string | undefined;
  /** `row`: a value at a time; `pandas`, `arrow`: a batch at a time; `java`: a class on the JVM. */
  readonly kind: 'row' | 'pandas' | 'arrow' | 'java';
  readonly how: 'decorator' | 'call' | 'register' | 'map';
  /** Where it is made a UDF. */
  readonly node: Node;
  /** The function or lambda; undefined when it comes from elsewhere. */
  readonly definition: Node | undefined;
  /** Spark's name for it: `string`, `bigint`, `decimal(12,2)`; undefined when computed. */
  readonly returnType: string | undefined;
  readonly nonDeterministic: boolean;
  readonly uses: Call[];
}

export interface Cache {
  readonly call: Call;
  readonly frame: Frame;
  /** What .cache() was called on. */
  readonly source: Frame;
  readonly level: string | undefined;
  released: Call | undefined;
}

export interface Join {
  readonly call: Call;
  readonly frame: Frame;
  readonly left: Frame;
  readonly right: Frame | undefined;
  readonly how: string | undefined;
  /** Names of key columns, when given by name. */
  readonly keys: readonly string[];
  /** The condition, when given by one. */
  readonly on: Value | undefined;
  /** Hints on either side: `broadcast`, `merge`, … */
  readonly hints: readonly { readonly name: string; readonly side: 'left' | 'right'; readonly node: Node }[];
}

/** A window of the Window class. */
export interface WindowSpec {
  readonly node: Node;
  readonly partitioned: boolean;
  readonly ordered: boolean;
  readonly keys: readonly string[];
  /** False when it may read a column that is not among `keys`. */
  readonly complete: boolean;
}

/** A text handed to Spark SQL. */
export interface SqlText {
  readonly node: Node;
  readonly call: Call | undefined;
  /** `*` for what is known at run time only. */
  readonly text: string;
  /** Expressions put into the text. */
  readonly holes: readonly Node[];
  readonly kind: 'statement' | 'expression' | 'cell';
  readonly tables: readonly string[];
  readonly output: string | undefined;
  readonly frame: Frame | undefined;
}

export interface FunctionInfo {
  readonly name: string;
  readonly node: Node;
  /** True when workers run it: a UDF, a function given to mapInPandas, rdd.map… */
  readonly onWorkers: boolean;
}

/** Everything found; `Program` is this with questions that can be put to it. */
export interface Findings {
  readonly sources: readonly Source[];
  readonly roots: readonly Node[];
  readonly notAnalysed: readonly NotAnalysed[];
  /** Limits that the analysis ran into, in words. */
  readonly notes: readonly string[];
  readonly sessions: readonly Session[];
  readonly settings: readonly Setting[];
  /** Where keys are set that the code does not show. */
  readonly computedKeys: readonly Node[];
  readonly reads: readonly Read[];
  readonly frames: readonly Frame[];
  readonly actions: readonly Action[];
  readonly udfs: readonly Udf[];
  readonly caches: readonly Cache[];
  readonly joins: readonly Join[];
  readonly windows: readonly WindowSpec[];
  readonly sql: readonly SqlText[];
  readonly loops: readonly Loop[];
  readonly functions: readonly FunctionInfo[];
  readonly calls: readonly Call[];
  /** What the analysis took each expression for, the last time it came there. */
  readonly values: ReadonlyMap<Node, Value>;
}
