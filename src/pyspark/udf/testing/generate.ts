// Python UDFs made at random: values, questions, branches and locals over arguments of known types.
// Law: the same seed gives the same functions; each is valid Python of its own, whatever it does on a row.

import fc from 'fast-check';

export interface GeneratedUdf {
  readonly name: string;
  /** The decorated function, as it stands in a file. */
  readonly text: string;
  /** Spark types of the arguments x, y. */
  readonly types: readonly string[];
}

/** What the functions may use: constants and containers of the module. */
export const GENERATED_HEAD = `from pyspark.sql.functions import udf
LIM = 13
RATE = 0.19
MAP = {"a": "A", "web": "W", "": "empty"}
CODES = {1: 10, 20: 5}
KNOWN = ("web", "app", None)
`;

/** text, whole number, float, truth value, date. */
type Kind = 's' | 'i' | 'f' | 'b' | 'd';
type Text = fc.Arbitrary<string>;
interface Reach {
  readonly args: Readonly<Record<Kind, readonly string[]>>;
}

const KINDS: Readonly<Record<string, Kind>> = {
  string: 's',
  bigint: 'i',
  int: 'i',
  smallint: 'i',
  tinyint: 'i',
  double: 'f',
  float: 'f',
  boolean: 'b',
  date: 'd',
};
/** Types of the arguments: few enough that functions of the same can be asked together. */
const ARGUMENTS: readonly (readonly string[])[] = [
  ...Object.keys(KINDS).map((one) => [one]),
  ...[
    'string bigint',
    'string double',
    'string string',
    'bigint int',
    'bigint double',
    'int float',
    'double double',
    'date string',
    'boolean int',
  ].map((one) => one.split(' ')),
];
const RETURNS: Readonly<Record<Kind, readonly string[]>> = {
  s: ['string'],
  i: ['bigint', 'int'],
  f: ['double'],
  b: ['boolean'],
  d: ['date'],
};
const LITERALS: Readonly<Record<Kind, readonly string[]>> = {
  s: ['"a"', '"web"', '""', '"ß"', '"None"', '"1"', '"m"', "'2026-01-05'"],
  i: ['0', '1', '-1', '7', '20', '100', '2147483647', 'LIM'],
  f: ['0.0', '1.5', '-2.25', '100.0', '0.1', 'RATE', '1e16'],
  b: ['True', 'False'],
  d: ['None'],
};

const pick = (items: readonly string[]): Text => fc.constantFrom(...items);
const join = (template: (...parts: string[]) => string, ...parts: Text[]): Text => fc.tuple(...parts).map((all) => template(...all));

/** An argument of the kind, or one made into it; a literal now and then, for an expression of literals alone is nobody's UDF. */
function leaf(of: Reach, kind: Kind): Text {
  const { s, i, f, b, d } = of.args;
  const own = of.args[kind];
  const made: Readonly<Record<Kind, readonly string[]>> = {
    s: [...i, ...d, ...s].map((one) => `str(${one})`),
    i: [...s.map((one) => `len(${one})`), ...b.map((one) => `int(${one})`), ...d.map((one) => `${one}.day`)],
    f: [...i.map((one) => `(${one} / 2)`), ...i.map((one) => `float(${one})`)],
    b: [...s, ...i, ...f].map((one) => `bool(${one})`),
    d: [],
  };
  const from = own.length > 0 ? own : made[kind];
  if (from.length === 0) return pick(LITERALS[kind]);
  return fc.oneof({ weight: 9, arbitrary: pick(from) }, { weight: 1, arbitrary: pick(LITERALS[kind]) });
}

/** Kinds that the arguments can give. */
const kindsOf = ({ args }: Reach): readonly Kind[] =>
  (['s', 'i', 'f'] as const).filter(
    (kind) => args[kind].length > 0 || (kind === 's' ? args.i.length + args.d.length : kind === 'i' ? args.s.length : args.i.length) > 0,
  );

function value(of: Reach, kind: Kind, depth: number): Text {
  if (depth <= 0) return leaf(of, kind);
  const own = (other: Kind, less = 1) => fc.constant(null).chain(() => value(of, other, depth - less));
  const asked = () => fc.constant(null).chain(() => question(of, depth - 1));
  const shared: Text[] = [
    leaf(of, kind),
    join((a, c, b) => `(${a} if ${c} else ${b})`, own(kind), asked(), own(kind)),
    join((a, b) => `(${a} or ${b})`, own(kind), own(kind)),
    join((a, b) => `(${a} and ${b})`, own(kind), own(kind)),
  ];
  const more: Readonly<Record<Kind, () => Text[]>> = {
    s: () => [
      join(
        (a, m) => `${a}.${m}`,
        own('s'),
        pick(['strip()', 'lstrip()', 'rstrip()', 'upper()', 'lower()', 'lstrip("a ")', 'replace("a", "bb")']),
      ),
      join((a, m) => `${a}[${m}]`, own('s'), pick(['1:', '0:3', ':2', '2:5', ':7'])),
      join((a, b) => `(${a} + ${b})`, own('s'), own('s')),
      join((a) => `str(${a})`, fc.oneof(own('i'), own('s'), own('d'))),
      join((a, b) => `f"{${a}}-{${b}}"`, pick(['x']), pick(['x'])),
      join((a, b) => `MAP.get(${a}, ${b})`, own('s'), leaf({ args: { s: [], i: [], f: [], b: [], d: [] } }, 's')),
    ],
    i: () => [
      join((a, o, b) => `(${a} ${o} ${b})`, own('i'), pick(['+', '-', '*']), own('i')),
      join((a, o) => `(${a} ${o})`, own('i'), pick(['% 2', '% 7', '% 10', '// 2', '// 7', '// -3'])),
      join((a) => `len(${a})`, own('s')),
      join((f, a) => `${f}${a})`, pick(['abs(', '(-', 'int(']), own('i')),
      join((f, a, b) => `${f}(${a}, ${b})`, pick(['min', 'max']), own('i'), own('i')),
      join((c) => `int(${c})`, asked()),
      join((a) => `CODES.get(${a}, 3)`, own('i')),
      ...(of.args.d.length > 0 ? [join((a, p) => `${a}.${p}`, pick(of.args.d), pick(['year', 'month', 'day']))] : []),
    ],
    f: () => [
      join((a, o, b) => `(${a} ${o} ${b})`, own('f'), pick(['+', '-', '*', '/']), fc.oneof(own('f'), own('i'))),
      join((a, o) => `(${a} / ${o})`, own('i'), pick(['2', '3.0', '7'])),
      join((f, a) => `${f}${a})`, pick(['abs(', '(-']), own('f')),
      join((a) => `float(${a})`, own('i')),
    ],
    b: () => [asked(), join((c) => `bool(${c})`, fc.oneof(own('s'), own('i'), own('f')))],
    d: () => [],
  };
  return fc.oneof(...shared, ...more[kind](), ...more[kind]());
}

function question(of: Reach, depth: number): Text {
  const names = Object.values(of.args).flat();
  const inner = () => fc.constant(null).chain(() => question(of, depth - 1));
  const kinds = kindsOf(of);
  const either = (make: (kind: Kind) => Text): Text => (kinds.length === 0 ? none : fc.constantFrom(...kinds).chain(make));
  const none = join((a, n) => `(${a} is ${n}None)`, pick(names), pick(['', 'not ']));
  const texts = kinds.includes('s');
  const own = (kind: Kind): Text => value(of, kind, Math.max(0, depth - 1));
  const plain: Text[] = [
    none,
    either((kind) => join((a, o, b) => `(${a} ${o} ${b})`, own(kind), pick(['==', '!=', '<', '<=', '>', '>=']), own(kind))),
    either((kind) => join((a, b, c) => `(${a} <= ${b} < ${c})`, pick(LITERALS[kind]), own(kind), pick(LITERALS[kind]))),
    either((kind) =>
      join(
        (a, n, b, c, none) => `(${a} ${n} (${b}, ${c}${none}))`,
        own(kind),
        pick(['in', 'not in']),
        pick(LITERALS[kind]),
        pick(LITERALS[kind]),
        pick(['', ', None']),
      ),
    ),
    ...(texts
      ? [
          join((a, m) => `${a}.${m}`, own('s'), pick(['startswith("a")', 'endswith("a")', 'startswith(("w", ""))'])),
          join((a, b) => `(${a} in ${b})`, pick(LITERALS.s), own('s')),
          join((a) => `(${a} in KNOWN)`, own('s')),
        ]
      : []),
  ];
  if (depth <= 0) return fc.oneof(...plain);
  return fc.oneof(
    ...plain,
    join((a, o, b) => `(${a} ${o} ${b})`, inner(), pick(['and', 'or']), inner()),
    join((a) => `(not ${a})`, inner()),
  );
}

const lines = (all: readonly string[]): string => all.map((one) => `    ${one}`).join('\n');

/** A body: guards, branches, a local, a last return. */
function body(of: Reach, names: readonly string[], kind: Kind): Text {
  const result = (depth: number): Text => (kind === 'b' ? fc.oneof(question(of, depth), value(of, 'b', depth)) : value(of, kind, depth));
  const guard: fc.Arbitrary<string[]> = fc
    .tuple(fc.boolean(), ...names.map(() => pick(['None', 'None', ...LITERALS[kind]])))
    .map(([on, ...to]) => (on ? names.map((name, i) => `if ${name} is None: return ${to[i]}`) : []));
  const branch = fc.oneof(
    fc.constant([] as string[]),
    join((c, a) => `if ${c}: return ${a}`, question(of, 2), result(1)).map((one) => [one]),
    fc
      .tuple(question(of, 1), result(1), question(of, 1), result(1))
      .map(([a, x, b, y]) => [`if ${a}:`, `    return ${x}`, `elif ${b}:`, `    return ${y}`]),
  );
  const last = fc.oneof(
    result(3).map((one) => [`return ${one}`]),
    fc.tuple(result(2), question(of, 1), result(1)).map(([a, c, b]) => [`value = ${a}`, `return value if ${c} else ${b}`]),
  );
  return fc.tuple(guard, branch, last).map(([a, b, c]) => lines([...a, ...b, ...c]));
}

/** One function; `number` names it. */
function udf(number: number): fc.Arbitrary<GeneratedUdf> {
  return fc.tuple(fc.constantFrom(...ARGUMENTS), fc.constantFrom<Kind>('s', 'i', 'f', 'b')).chain(([types, wanted]) => {
    const args = types.map((one) => KINDS[one] as Kind);
    const names = ['x', 'y'].slice(0, args.length);
    const byKind = (kind: Kind) => names.filter((_, i) => args[i] === kind);
    const of: Reach = { args: { s: byKind('s'), i: byKind('i'), f: byKind('f'), b: byKind('b'), d: byKind('d') } };
    const can = kindsOf(of);
    const result: Kind = wanted === 'b' || can.includes(wanted) ? wanted : (can[0] ?? 'b');
    return fc.tuple(pick(RETURNS[result]), body(of, names, result)).map(([type, text]) => {
      const name = `f${String(number).padStart(5, '0')}`;
      return { name, types, text: `@udf("${type}")\ndef ${name}(${names.join(', ')}):\n${text}\n` };
    });
  });
}

/** So many functions of a seed. */
export function generateUdfs(count: number, seed: number): GeneratedUdf[] {
  return Array.from({ length: count }, (_, i) => fc.sample(udf(i), { numRuns: 1, seed: seed + i })[0] as GeneratedUdf);
}
