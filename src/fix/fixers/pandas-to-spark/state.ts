// What a variable of pandas stands for while its statements are read as Spark steps: columns, what they may hold, and what is asked of the rows.
// Laws: a type that the run does not tell is asked for, never assumed in silence; what pandas does with nulls and NaN is followed or asked for.

import { type Action, type Node, type Read, textOf } from '../../../pyspark/index.ts';
import type { FixContext, Precondition } from '../../define.ts';
import { lineOf } from '../../places.ts';
import { quoted, wentThrough } from '../../propose.ts';
import { typeOf } from '../column-types.ts';

/** Why the statements are left as they are. */
export class Left extends Error {}

export function left(node: Node, why: string): never {
  throw new Left(`line ${lineOf(node)}: ${why}`);
}

/** A node as one short line. */
export const shown = (node: Node): string => {
  const text = textOf(node).replaceAll(/\s+/g, ' ');
  return `\`${text.length > 60 ? `${text.slice(0, 57)}…` : text}\``;
};

export interface Column {
  /** Spark's type of it; undefined when it is not known. */
  readonly type: string | undefined;
  readonly mayNull: boolean;
  readonly mayNaN: boolean;
  /** The column whose nulls went away with their rows: of whole numbers pandas has made doubles before, and keeps them. */
  readonly hadNull?: string | undefined;
  /** Never 0: the rows of a group. */
  readonly nonZero?: boolean;
}

/** `.toPandas()` of a frame: where the statements begin. */
export interface Origin {
  readonly action: Action;
  /** The frame's columns, when a select above names them all. */
  readonly columns: readonly string[] | undefined;
  /** The read, when its columns come here as they are. */
  readonly whole: Read | undefined;
  /** Columns that a filter above leaves without nulls. */
  readonly notNull: ReadonlySet<string>;
}

export interface State {
  /** Columns that were made, or of which more is known than of the origin's. */
  readonly columns: ReadonlyMap<string, Column>;
  /** All columns in pandas' order, when they are known. */
  readonly order: readonly string[] | undefined;
  /** Gone from the columns of the origin. */
  readonly gone: ReadonlySet<string>;
  readonly origins: readonly Origin[];
  /** Keys of a grouping that stand in the index: no columns yet for pandas, columns already for Spark. */
  readonly index: readonly string[];
  /** The one column that a Series has. */
  readonly series: string | undefined;
  /** Sorted by these, and nothing done since. */
  readonly sorted: readonly string[] | undefined;
}

/** What is asked of rows and types, over all statements. */
export class Asked {
  readonly context: FixContext;
  /** Is data moved by Arrow? undefined: not known. */
  readonly arrow: boolean | undefined;
  readonly casts = new Map<Origin, Set<string>>();
  private readonly nulls = new Set<string>();
  private readonly nan = new Set<string>();
  private readonly valued = new Set<string>();
  private readonly untyped = new Set<string>();
  private readonly said = new Map<string, Precondition>();
  private readonly names = new Map<string, string>();

  constructor(context: FixContext, arrow: boolean | undefined) {
    this.context = context;
    this.arrow = arrow;
  }

  noNull(name: string): void {
    this.nulls.add(name);
  }

  /** Null has not been there before its rows went either. */
  neverNull({ hadNull }: { readonly hadNull?: string | undefined }): void {
    if (hadNull !== undefined)
      this.say(
        `No null stands in "${hadNull}" before its rows go: pandas makes doubles of its whole numbers then, and keeps them.`,
        undefined,
      );
  }

  /** Some value comes back: of nothing but nulls no type can be told. */
  some(name: string): void {
    this.valued.add(name);
  }

  noNaN(name: string): void {
    this.nan.add(name);
  }

  withoutArrow(): void {
    this.say('Arrow is off: what is brought and sent back are bigint and double.', undefined);
  }

  double(names: readonly string[]): void {
    this.say(`${quoted(names)}: of type double.`, undefined);
  }

  say(text: string, holds: boolean | undefined): void {
    this.said.set(text, { text, holds });
  }

  /** A name that Spark is given: it takes capitals and small letters for the same, and dots for fields. */
  name(name: string, node: Node): string {
    if (/[.`*"\\\p{Cc}]/u.test(name) || name === '') left(node, `a column is named "${name}"`);
    const other = this.names.get(name.toLowerCase());
    if (other !== undefined && other !== name) left(node, `"${other}" and "${name}" are one name to Spark`);
    this.names.set(name.toLowerCase(), name);
    return name;
  }

  /** A column as pandas has it of the frame that was brought. */
  brought(origin: Origin, name: string, node: Node): Column {
    const type = typeOf(this.context, origin.action.frames, name);
    const mayNull = !origin.notNull.has(name);
    if (type === undefined) {
      this.untyped.add(name);
      return { type, mayNull, mayNaN: true };
    }
    if (/^(int|smallint|tinyint)$/.test(type)) {
      if (this.arrow === true) return { type, mayNull, mayNaN: false };
      // Without Arrow every whole number comes back as a bigint.
      if (this.arrow === undefined) this.withoutArrow();
      this.casts.set(origin, (this.casts.get(origin) ?? new Set()).add(name));
      return { type: 'bigint', mayNull, mayNaN: false };
    }
    if (!/^(bigint|double|string|date|timestamp|boolean)$/.test(type)) left(node, `\`${name}\` is a ${type}, which pandas changes`);
    if (type === 'timestamp')
      this.say(
        `"${name}" lies between 1677 and 2262, and in no hour that the end of summer time repeats: pandas counts in nanoseconds of local time.`,
        undefined,
      );
    return { type, mayNull, mayNaN: type === 'double' };
  }

  preconditions(): Precondition[] {
    const list = (names: Iterable<string>) => quoted([...names].sort());
    return [
      ...(this.untyped.size === 0
        ? []
        : [
            {
              text: `${list(this.untyped)}: of type bigint, double, string, boolean, date or timestamp, as the steps use them (of other types pandas makes others).`,
              holds: undefined,
            },
          ]),
      ...(this.nulls.size === 0
        ? []
        : [{ text: `No null stands in ${list(this.nulls)}: pandas makes NaN of it, and doubles of whole numbers.`, holds: undefined }]),
      ...(this.nan.size === 0
        ? []
        : [{ text: `No NaN stands in ${list(this.nan)}: pandas takes it for a missing value, Spark for the largest.`, holds: undefined }]),
      ...(this.valued.size === 0
        ? []
        : [
            {
              text: `Some value comes back in ${list(this.valued)}: of nulls alone createDataFrame can tell no type${this.arrow === false ? ', and fails' : ''}.`,
              holds: this.arrow === false && wentThrough(this.context) ? true : undefined,
            },
          ]),
      ...this.said.values(),
    ];
  }
}

/** Whole numbers; the narrow ones stay narrow only where Arrow moves them. */
export const isWhole = (type: string | undefined): boolean => /^(bigint|int|smallint|tinyint)$/.test(type ?? '');

/** What is computed with; what narrow whole numbers become is left to pandas. */
export const isNumber = (type: string | undefined): boolean => type === 'bigint' || type === 'double';

/** A column of a variable by name. */
export function columnOf(state: State, name: string, asked: Asked, node: Node): Column {
  asked.name(name, node);
  if (state.index.includes(name)) left(node, `\`${name}\` stands in the index`);
  const known = state.columns.get(name);
  if (known !== undefined) return known;
  const [origin] = state.origins;
  const isThere = state.order === undefined ? !state.gone.has(name) : state.order.includes(name);
  if (!isThere || origin === undefined) return left(node, `no column \`${name}\` is known there`);
  return asked.brought(origin, name, node);
}

/** A column of which a step leaves only rows that have a value. */
export const filledRows = (column: Column, name: string): Column => {
  const isWidened = column.mayNull && (isWhole(column.type) || column.type === undefined);
  return { ...column, mayNull: false, hadNull: column.hadNull ?? (isWidened ? name : undefined) };
};

/** The state with a column made anew, or known better. */
export function withColumn(state: State, name: string, column: Column): State {
  const order = state.order === undefined || state.order.includes(name) ? state.order : [...state.order, name];
  return { ...state, order, columns: new Map(state.columns).set(name, column) };
}

/** What a frame holds just after it was brought. */
export const broughtState = (origin: Origin): State => ({
  columns: new Map(),
  order: origin.columns,
  gone: new Set(),
  origins: [origin],
  index: [],
  series: undefined,
  sorted: undefined,
});
