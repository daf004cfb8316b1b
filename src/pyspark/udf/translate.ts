// translateUdf: the body of a row UDF → the same value as an expression of Spark's own functions.
// Laws: exact for every row of the named types, nulls, NaN and empty texts with it, unless a precondition says otherwise; what is not shown
// equal is refused with the reason; the same UDF gives the same text.

import { parametersOf } from '../flow/functions.ts';
import type { Udf } from '../model.ts';
import { child, named, textOf } from '../node.ts';
import type { Body, Shared } from './body.ts';
import { asValue, render, statements, type Tree, treeOf } from './statements.ts';
import { ARGUMENT_TYPES, type ArgumentType, argumentTerm, fits, NO_FACTS, type Precondition, Refusal, refuse, type Term } from './terms.ts';

export type { Precondition } from './terms.ts';

export type UdfTranslation =
  | {
      readonly ok: true;
      /** Python: an expression of Columns; the UDF's parameters stand in it as Columns of the same names, Spark's functions as `F.…`. */
      readonly expression: string;
      readonly parameters: readonly string[];
      /** Spark's type of the result: the UDF's return type. */
      readonly returnType: string;
      /** Names outside the UDF that the expression uses; it must stand where they are in reach. */
      readonly freeNames: readonly string[];
      /** Empty: exact as it stands. */
      readonly preconditions: readonly Precondition[];
      /** May the result be null? */
      readonly mayNull: boolean;
    }
  | { readonly ok: false; readonly why: string };

export interface TranslateOptions {
  /** Spark types of the arguments by parameter, as far as they are known (`double`, `decimal(10,2)`); a known type needs no precondition. */
  readonly types?: Readonly<Record<string, string>>;
  /** Arguments that are never null and never NaN, by what is known where the function is used. */
  readonly sure?: readonly string[];
}

type Types = readonly ArgumentType[];
interface Made {
  readonly text: string;
  readonly preconditions: readonly Precondition[];
  readonly freeNames: readonly string[];
  readonly mayNull: boolean;
}

/** More parameters than this without known types would mean too many combinations to try. */
const MAX_FREE_TYPES = 4;
/** One of each kind; the others are tried once these stand. */
const FIRST_TYPES: readonly ArgumentType[] = ['string', 'int', 'bigint', 'double', 'boolean', 'date'];

/** Translates a UDF of a program. */
export function translateUdf(udf: Udf, options: TranslateOptions = {}): UdfTranslation {
  try {
    return translate(udf, options);
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, why: error.message };
    throw error;
  }
}

function translate(udf: Udf, options: TranslateOptions): UdfTranslation {
  if (udf.kind !== 'row') refuse(udf.kind === 'java' ? 'it runs on the JVM already' : 'it works on batches, not on values');
  if (udf.definition === undefined) refuse('its function is not in the files that were read');
  if (udf.nonDeterministic) refuse('it is said to be non-deterministic');
  const returnType = udf.returnType ?? refuse('its return type is computed');
  const parameters = parametersOf(udf.definition) ?? refuse('it takes a varying number of arguments');
  if (parameters.length === 0) refuse('it takes no arguments');
  if (parameters.includes('F')) refuse('a parameter is named F');
  if (udf.definition.type !== 'lambda' && udf.definition.children.some((one) => textOf(one) === 'async')) refuse('it is asynchronous');

  const choices = parameters.map((name): readonly ArgumentType[] => {
    const known = options.types?.[name];
    if (known === undefined) return FIRST_TYPES;
    const type = ARGUMENT_TYPES.find((one) => one === known);
    return type === undefined ? refuse(`${name} is a ${known}`) : [type];
  });
  if (choices.filter((one) => one.length > 1).length > MAX_FREE_TYPES) refuse('too many arguments of unknown types');

  const tried = new Map<string, Made | string>();
  const attempt = (types: Types): Made | string => {
    const key = types.join();
    const known = tried.get(key);
    if (known !== undefined) return known;
    let made: Made | string;
    try {
      made = withTypes(
        udf,
        parameters,
        types,
        returnType,
        choices.some((one) => one.length > 1),
        options.sure ?? [],
      );
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      made = error.message;
    }
    tried.set(key, made);
    return made;
  };

  const groups = new Map<string, Types[]>();
  let why = '';
  for (const types of product(choices)) {
    const made = attempt(types);
    if (typeof made === 'string') why ||= made;
    else {
      const key = `${made.text}\n${JSON.stringify(made.preconditions)}`;
      groups.set(key, [...(groups.get(key) ?? []), types]);
    }
  }
  let best: Types[] | undefined;
  for (const group of groups.values()) if (best === undefined || group.length > best.length) best = group;
  if (best === undefined) return { ok: false, why: reasonOf(tried, why) };
  const start = best[0] as Types;
  const made = attempt(start) as Made;
  const sets = widened(start, made, parameters, options, attempt);
  const typed = parameters.flatMap((name, i): Precondition[] => {
    if (options.types?.[name] !== undefined) return [];
    const oneOf = sets[i] as readonly string[];
    return [{ kind: 'type', argument: name, oneOf, text: `${name} is of type ${oneOf.join(', ')}` }];
  });
  return {
    ok: true,
    expression: made.text,
    parameters,
    returnType,
    freeNames: made.freeNames,
    preconditions: [...typed, ...made.preconditions],
    mayNull: made.mayNull,
  };
}

/** For each argument, the types for which the same text stands, whatever the others are. */
function widened(
  start: Types,
  made: Made,
  parameters: readonly string[],
  options: TranslateOptions,
  attempt: (types: Types) => Made | string,
): ArgumentType[][] {
  const sets: ArgumentType[][] = start.map((one) => [one]);
  parameters.forEach((name, i) => {
    if (options.types?.[name] !== undefined) return;
    for (const type of ARGUMENT_TYPES) {
      if (sets[i]?.includes(type)) continue;
      const all = product(sets.map((set, j) => (j === i ? [type] : set)));
      const stands = all.every((types) => {
        const other = attempt(types);
        return (
          typeof other !== 'string' &&
          other.text === made.text &&
          JSON.stringify(other.preconditions) === JSON.stringify(made.preconditions)
        );
      });
      if (stands) sets[i]?.push(type);
    }
  });
  return sets;
}

function product(choices: readonly (readonly ArgumentType[])[]): Types[] {
  return choices.reduce<ArgumentType[][]>((all, one) => all.flatMap((types) => one.map((type) => [...types, type])), [[]]);
}

/** The reason that names the code and not a type that was only tried. */
function reasonOf(tried: ReadonlyMap<string, Made | string>, first: string): string {
  const counts = new Map<string, number>();
  for (const one of tried.values()) if (typeof one === 'string') counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? first;
}

function withTypes(
  udf: Udf,
  parameters: readonly string[],
  types: Types,
  returnType: string,
  generic: boolean,
  sure: readonly string[],
): Made {
  const definition = udf.definition as NonNullable<Udf['definition']>;
  const shared: Shared = { definition, generic, preconditions: new Map(), freeNames: new Set(), leaves: 0 };
  const argument = (name: string, i: number): Term => {
    const made = argumentTerm(name, types[i] as ArgumentType, generic);
    return sure.includes(name) ? { ...made, mayNull: false, mayNaN: false } : made;
  };
  const names = new Map(parameters.map((name, i) => [name, argument(name, i)]));
  const body: Body = { names, facts: NO_FACTS, shared };
  const code = child(definition, 'body');
  if (code === undefined) return refuse('it has no body');
  const tree: Tree = definition.type === 'lambda' ? treeOf(body, code) : statements(body, named(code));
  const value = asValue(tree);
  const text = asReturned(value, render(tree), returnType);
  return { text, preconditions: [...shared.preconditions.values()], freeNames: [...shared.freeNames].sort(), mayNull: value.mayNull };
}

/** The value as Spark takes it from Python: of the declared type, or not at all. */
function asReturned(value: Term, text: string, returnType: string): string {
  if (value.driver) refuse('it gives the same for every row');
  const cast = () => `${value.atom || text.startsWith('F.') ? text : `(${text})`}.cast("${returnType}")`;
  const wrong = () =>
    refuse(`it gives a ${value.type} where ${returnType} is declared: what Spark makes of that depends on how the UDF is run`);
  switch (returnType) {
    case 'string':
      return value.type === 'str' ? text : wrong();
    case 'boolean':
      return value.type === 'bool' ? text : wrong();
    case 'double':
      return value.type !== 'float' ? wrong() : value.spark === 'double' ? text : cast();
    case 'float':
      return value.type !== 'float' ? wrong() : value.spark === 'float' ? text : cast();
    case 'int':
    case 'bigint':
    case 'smallint':
    case 'tinyint': {
      if (value.type !== 'int') return wrong();
      if (!fits(value.low, value.high, returnType)) return refuse(`its result may not fit into ${returnType}`);
      return value.spark === returnType ? text : cast();
    }
    case 'date':
      return value.type === 'date' ? text : wrong();
    default:
      return refuse(`a return type of ${returnType}`);
  }
}
