// What an expression may stand for while the program is followed.
// Law: `unknown` is a value like any other and stays unknown; nothing is guessed from a variable's name but a free `spark` or `sc`, and free names of functions
// that only Spark has.

import type { Constant } from '../literal.ts';
import type { Action, Frame, Grouping, KnownText, Option, Session, Setting, Udf, WindowSpec } from '../model.ts';
import type { Node } from '../node.ts';

/** A reader or writer on its way through its chain. */
export interface IoState {
  /** Undefined when none was named, or when it is computed. */
  readonly format: string | undefined;
  readonly formatIsComputed: boolean;
  readonly options: readonly Option[];
  readonly schema: boolean;
  readonly streaming: boolean;
  readonly mode: string | undefined;
  readonly partitionBy: readonly string[];
  readonly bucketBy: readonly string[];
  readonly table: KnownText | undefined;
}

/** A column expression: what it reads and what it is made of. */
export interface ColumnValue {
  readonly kind: 'column';
  readonly node: Node;
  /** Names of columns, wherever they stand in it. */
  readonly columns: readonly string[];
  /** False when a column may be read that is not in `columns`. */
  readonly complete: boolean;
  /** Names of Spark functions used, at any depth. */
  readonly functions: readonly string[];
  readonly udfs: readonly Udf[];
  readonly windows: readonly WindowSpec[];
  readonly alias: string | undefined;
  /** `column` for a bare reference, an operator (`==`, `&`, `|`, `>`), a function's name, `literal`, or `other`. */
  readonly shape: string;
  readonly parts: readonly Value[];
  /** The frame of `df.x` and `df["x"]`. */
  readonly frame: Frame | undefined;
}

export type Scope = Map<string, Value>;

export interface FunctionValue {
  readonly kind: 'function';
  readonly name: string;
  readonly node: Node;
  readonly scopes: readonly Scope[];
  readonly self: Value | undefined;
}

export interface ClassValue {
  readonly kind: 'class';
  readonly name: string;
  readonly node: Node;
  readonly members: Scope;
  readonly bases: readonly Value[];
}

export type Value =
  | { readonly kind: 'unknown' }
  /** A value of Python's own: certainly no frame, session or column. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'constant'; readonly value: Constant; readonly node: Node }
  | { readonly kind: 'text'; readonly text: KnownText; readonly holes: readonly Node[] }
  | { readonly kind: 'list'; readonly items: readonly Value[]; readonly exact: boolean }
  | { readonly kind: 'dict'; readonly entries: readonly (readonly [Value, Value, Node])[]; readonly exact: boolean }
  | { readonly kind: 'oneOf'; readonly items: readonly Value[]; readonly loop: Node }
  | { readonly kind: 'module'; readonly name: string }
  | { readonly kind: 'member'; readonly name: string }
  | FunctionValue
  | ClassValue
  | { readonly kind: 'instance'; readonly of: ClassValue; readonly attributes: Scope }
  | { readonly kind: 'session'; readonly session: Session | undefined }
  | { readonly kind: 'context' }
  | { readonly kind: 'runtimeConf' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'sparkConf'; readonly settings: Setting[] }
  | { readonly kind: 'builder'; readonly name: KnownText | undefined; readonly master: KnownText | undefined }
  | { readonly kind: 'reader'; readonly io: IoState }
  | { readonly kind: 'writer'; readonly io: IoState; readonly frame: Frame }
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'grouped'; readonly frame: Frame; readonly grouping: Grouping }
  | { readonly kind: 'rdd'; readonly frame: Frame }
  | { readonly kind: 'helper'; readonly of: 'na' | 'stat'; readonly frame: Frame }
  | { readonly kind: 'rows'; readonly frame: Frame; readonly action: Action; readonly pandas: boolean }
  | { readonly kind: 'count'; readonly action: Action }
  | { readonly kind: 'udfRegistry' }
  | { readonly kind: 'udf'; readonly udf: Udf }
  | { readonly kind: 'udfFactory'; readonly udfKind: 'row' | 'pandas'; readonly returnType: string | undefined; readonly node: Node }
  | { readonly kind: 'window'; readonly window: WindowSpec }
  | { readonly kind: 'method'; readonly receiver: Value; readonly name: string }
  | ColumnValue;

export const UNKNOWN: Value = { kind: 'unknown' };
export const PLAIN: Value = { kind: 'plain' };

export const FRESH_IO: IoState = {
  format: undefined,
  formatIsComputed: false,
  options: [],
  schema: false,
  streaming: false,
  mode: undefined,
  partitionBy: [],
  bucketBy: [],
  table: undefined,
};

/** The string of a value, when it is one and constant. */
export function stringOf(value: Value | undefined): string | undefined {
  if (value?.kind === 'text') return value.text.constant;
  return value?.kind === 'constant' && typeof value.value === 'string' ? value.value : undefined;
}

/** The number of a value, when it is one and constant. */
export function numberOf(value: Value | undefined): number | undefined {
  return value?.kind === 'constant' && typeof value.value === 'number' ? value.value : undefined;
}

/** The strings of a list, or of one string; undefined when any is not known. */
export function stringsOf(value: Value | undefined): string[] | undefined {
  if (value === undefined) return undefined;
  const one = stringOf(value);
  if (one !== undefined) return [one];
  if (value.kind === 'column' && value.shape === 'column' && value.columns.length === 1) return [...value.columns];
  if (value.kind !== 'list' || !value.exact) return undefined;
  const all: string[] = [];
  for (const item of value.items) {
    const inner = stringsOf(item);
    if (inner === undefined) return undefined;
    all.push(...inner);
  }
  return all;
}
