// What a piece of a UDF's body is on Spark's side: the text of a column expression with its Python type and what it may be.
// Laws: a term's text gives, for every row, the value that Python would give; where Python raises, a precondition says so; whatever cannot
// be shown equal throws a Refusal with the reason.

import { pythonLiteral } from '../literal.ts';

export type PyType = 'str' | 'int' | 'float' | 'bool' | 'date' | 'none';

/** Spark types whose values reach a Python UDF as one of PyType. */
export const ARGUMENT_TYPES = ['string', 'int', 'bigint', 'double', 'boolean', 'date', 'smallint', 'tinyint', 'float'] as const;
export type ArgumentType = (typeof ARGUMENT_TYPES)[number];

export interface Precondition {
  /**
   * `type`: the column's Spark type. `no-raise`: the original fails on other rows, the rewrite gives NULL. `range`: numbers stay in 64 bits
   * (the rewrite fails or wraps otherwise). `unicode`: letters outside ASCII.
   */
  readonly kind: 'type' | 'no-raise' | 'range' | 'unicode';
  readonly argument: string | undefined;
  /** For `type`: Spark types for which the translation is exact. */
  readonly oneOf: readonly string[];
  readonly text: string;
}

export interface Term {
  /** A Column expression in Python; for `driver` a Python expression that reads no column. */
  readonly text: string;
  readonly type: PyType;
  /** Spark's type of the text. */
  readonly spark: string;
  /** True when the text can be an operand without brackets. */
  readonly atom: boolean;
  /** Evaluated in the driver: a literal, a constant of the module. */
  readonly driver: boolean;
  /** The value, when it is a literal. */
  readonly constant: string | number | bigint | boolean | null | undefined;
  readonly mayNull: boolean;
  readonly mayNaN: boolean;
  /** Bounds of an int. */
  readonly low: bigint;
  readonly high: bigint;
  /** Set when the term is an argument as it came. */
  readonly argument: string | undefined;
  /** Never 0, by what was asked before. */
  readonly nonZero: boolean;
}

/** What is known about arguments on the way to a place in the body. */
export interface Facts {
  readonly notNull: ReadonlySet<string>;
  readonly isNull: ReadonlySet<string>;
  readonly nonZero: ReadonlySet<string>;
}

export const NO_FACTS: Facts = { notNull: new Set(), isNull: new Set(), nonZero: new Set() };

export function withFacts(a: Facts, b: Facts): Facts {
  return {
    notNull: new Set([...a.notNull, ...b.notNull]),
    isNull: new Set([...a.isNull, ...b.isNull]),
    nonZero: new Set([...a.nonZero, ...b.nonZero]),
  };
}

export function commonFacts(a: Facts, b: Facts): Facts {
  const both = (x: ReadonlySet<string>, y: ReadonlySet<string>) => new Set([...x].filter((one) => y.has(one)));
  return { notNull: both(a.notNull, b.notNull), isNull: both(a.isNull, b.isNull), nonZero: both(a.nonZero, b.nonZero) };
}

/** A condition that is never NULL on rows where Python does not raise. */
export interface Condition {
  readonly text: string;
  readonly atom: boolean;
  readonly constant: boolean | undefined;
  readonly whenTrue: Facts;
  readonly whenFalse: Facts;
}

/** Why a body is left as it is. */
export class Refusal extends Error {}

export function refuse(why: string): never {
  throw new Refusal(why);
}

const INT_BOUNDS: Readonly<Record<string, bigint>> = { tinyint: 2n ** 7n, smallint: 2n ** 15n, int: 2n ** 31n, bigint: 2n ** 63n };
export const INT_RANK = ['tinyint', 'smallint', 'int', 'bigint'];
/** Ints up to here are the same number as a double. */
export const EXACT_IN_DOUBLE = 2n ** 53n;

export function intBounds(spark: string): { low: bigint; high: bigint } {
  const bound = INT_BOUNDS[spark] ?? 2n ** 63n;
  return { low: -bound, high: bound - 1n };
}

export function fits(low: bigint, high: bigint, spark: string): boolean {
  const bounds = intBounds(spark);
  return low >= bounds.low && high <= bounds.high;
}

/** A term with what goes without saying filled in. */
export function term(text: string, type: PyType, spark: string, more: Partial<Term> = {}): Term {
  const bounds = type === 'int' ? intBounds(spark) : { low: 0n, high: 0n };
  return {
    text,
    type,
    spark,
    atom: true,
    driver: false,
    constant: undefined,
    mayNull: false,
    mayNaN: type === 'float',
    argument: undefined,
    nonZero: false,
    ...bounds,
    ...more,
  };
}

const PY_TYPES: Readonly<Record<ArgumentType, PyType>> = {
  string: 'str',
  int: 'int',
  bigint: 'int',
  smallint: 'int',
  tinyint: 'int',
  double: 'float',
  float: 'float',
  boolean: 'bool',
  date: 'date',
};

/** An argument. `generic`: its type is only assumed, so every number is guarded as if it could be NaN. */
export function argumentTerm(name: string, type: ArgumentType, generic: boolean): Term {
  const made = term(name, PY_TYPES[type], type, { argument: name, mayNull: true });
  return generic && made.type === 'int' ? { ...made, mayNaN: true } : made;
}

/** A constant; `text` keeps a literal as the user wrote it, or the name behind which it stands. */
export function constantTerm(value: string | number | bigint | boolean | null, isFloat: boolean, text: string): Term {
  if (value === null) return term('None', 'none', 'void', { driver: true, constant: null, mayNull: true });
  if (typeof value === 'string') return term(text, 'str', 'string', { driver: true, constant: value });
  if (typeof value === 'boolean') return term(text, 'bool', 'boolean', { driver: true, constant: value });
  if (isFloat) return term(text, 'float', 'double', { driver: true, constant: value, mayNaN: false, nonZero: Number(value) !== 0 });
  const big = BigInt(value);
  const spark = fits(big, big, 'int') ? 'int' : fits(big, big, 'bigint') ? 'bigint' : refuse(`${text} is larger than Spark's integers`);
  return term(text, 'int', spark, { driver: true, constant: value, low: big, high: big, nonZero: big !== 0n });
}

/** The text as a Column. */
export function column(one: Term): string {
  return one.driver ? `F.lit(${one.text})` : one.text;
}

/** The text as the right side of an operator, or as the receiver of a method. */
export function operand(one: Term): string {
  return one.driver ? (one.constant === undefined ? `F.lit(${one.text})` : one.text) : one.atom ? one.text : `(${one.text})`;
}

export function receiver(one: Term): string {
  return one.driver ? `F.lit(${one.text})` : one.atom ? one.text : `(${one.text})`;
}

export function textLiteral(value: string): string {
  return pythonLiteral(value);
}

export function condition(text: string, more: Partial<Condition> = {}): Condition {
  return { text, atom: false, constant: undefined, whenTrue: NO_FACTS, whenFalse: NO_FACTS, ...more };
}

export function both(a: Condition, b: Condition): Condition {
  return {
    text: `${wrapped(a)} & ${wrapped(b)}`,
    atom: false,
    constant: undefined,
    whenTrue: withFacts(a.whenTrue, b.whenTrue),
    whenFalse: commonFacts(a.whenFalse, b.whenFalse),
  };
}

export function either(a: Condition, b: Condition): Condition {
  return {
    text: `${wrapped(a)} | ${wrapped(b)}`,
    atom: false,
    constant: undefined,
    whenTrue: commonFacts(a.whenTrue, b.whenTrue),
    whenFalse: withFacts(a.whenFalse, b.whenFalse),
  };
}

export function negated(a: Condition): Condition {
  const constant = a.constant === undefined ? undefined : !a.constant;
  const text = constant === undefined ? `~${wrapped(a)}` : `F.lit(${constant ? 'True' : 'False'})`;
  return { text, atom: false, constant, whenTrue: a.whenFalse, whenFalse: a.whenTrue };
}

export function wrapped(a: Condition): string {
  return a.atom ? a.text : `(${a.text})`;
}

export function onArgument(kind: keyof Facts, ...terms: readonly Term[]): Facts {
  const names = new Set(terms.flatMap((one) => (one.argument === undefined ? [] : [one.argument])));
  return { ...NO_FACTS, [kind]: names };
}
