// UDFs and what becomes of them, case by case; on real Spark the same table is held against Python's own results elsewhere.

import { describe, expect, test } from 'vitest';
import { pyspark } from '../testing/programs.ts';
import { type TranslateOptions, translateUdf, type UdfTranslation } from './translate.ts';

const HEAD = `import argparse
from pyspark.sql import functions as F
from pyspark.sql.types import *
parser = argparse.ArgumentParser()
parser.add_argument("--period", default="2026-01")
parser.add_argument("--days", type=int, default=1)
parser.add_argument("--note")
args = parser.parse_args()
LIMIT = 20
RATE = 1.19
NAMES = {"a": "Alpha", "b": "Beta"}
GROWING = {"a": "b"}
GROWING["c"] = "d"
KNOWN = ("web", "app")
PERIOD = args.period
NOTE = args.note
SINCE = compute()
TWICE = 1
TWICE = 2
`;

function translate(code: string, options?: TranslateOptions): UdfTranslation {
  const udf = pyspark.parse({ path: 'job.py', text: HEAD + code }).udfs[0]!;
  return translateUdf(udf, options);
}

const lambda = (type: string, body: string) => `f = F.udf(lambda x: ${body}, "${type}")`;
const made = (result: UdfTranslation) => (result.ok ? result.expression : `no: ${result.why}`);

/** Return type, body, argument's type, expression. */
const EXACT: [string, string, string, string][] = [
  ['string', '"low" if x is None or x < 20 else "high"', 'int', 'F.when(x.isNull() | (x < 20), F.lit("low")).otherwise(F.lit("high"))'],
  ['boolean', 'x == 1', 'int', 'x.eqNullSafe(1)'],
  ['boolean', 'x != "a"', 'string', '~x.eqNullSafe("a")'],
  ['boolean', 'x is not None and x > 3', 'int', 'x.isNotNull() & (x > 3)'],
  ['boolean', 'x is not None and x > 3', 'double', 'x.isNotNull() & ((x > 3) & (~F.isnan(x)))'],
  ['boolean', 'x is not None and x < 3', 'double', 'x.isNotNull() & (x < 3)'],
  ['boolean', 'x == x', 'double', 'x.eqNullSafe(x) & (~F.isnan(x))'],
  ['boolean', 'x in KNOWN', 'string', 'F.coalesce(x.isin("web", "app"), F.lit(False))'],
  ['boolean', 'x in (1, None)', 'int', 'x.isNull() | F.coalesce(x.isin(1), F.lit(False))'],
  ['boolean', 'not x', 'string', '~(x.isNotNull() & (x != ""))'],
  ['boolean', 'bool(x)', 'boolean', 'F.coalesce(x, F.lit(False))'],
  ['string', 'x or "none"', 'string', 'F.when(x.isNotNull() & (x != ""), x).otherwise(F.lit("none"))'],
  ['string', 'NAMES.get(x, "?")', 'string', 'F.when(x == "a", F.lit("Alpha")).when(x == "b", F.lit("Beta")).otherwise(F.lit("?"))'],
  ['string', 'NAMES.get(x)', 'string', 'F.when(x == "a", F.lit("Alpha")).when(x == "b", F.lit("Beta"))'],
  ['string', 'str(x)', 'date', 'F.coalesce(x.cast("string"), F.lit("None"))'],
  ['double', '0.0 if x is None else -(-(-2.25))', 'double', 'F.when(x.isNull(), F.lit(0.0)).otherwise(F.lit((-(-(-2.25)))))'],
  // An argument that is None on its way is a text there, not the column of that name.
  ['string', 'x if x is not None else f"{x}-{x}"', 'string', 'F.when(x.isNotNull(), x).otherwise(F.lit("None-None"))'],
  ['string', 'f"{x}!"', 'int', 'F.concat(F.coalesce(x.cast("string"), F.lit("None")), F.lit("!"))'],
  ['boolean', 'str(x)[:7] == PERIOD', 'date', 'F.substring(F.coalesce(x.cast("string"), F.lit("None")), 1, 7) == F.lit(PERIOD)'],
  ['boolean', 'str(x) >= str(SINCE)', 'date', 'F.coalesce(x.cast("string"), F.lit("None")) >= F.lit(str(SINCE))'],
  ['int', 'x % 7 if x is not None else 0', 'int', 'F.when(x.isNotNull(), F.pmod(x, F.lit(7))).otherwise(F.lit(0))'],
  ['bigint', 'x // 7 if x is not None else 0', 'int', 'F.when(x.isNotNull(), F.floor(x / 7)).otherwise(F.lit(0))'],
  ['double', 'x / 3 if x is not None else None', 'int', 'F.when(x.isNotNull(), x.cast("double") / 3)'],
  ['double', '1 / x if x else None', 'double', 'F.when(x.isNotNull() & (x != 0), F.try_divide(F.lit(1), x))'],
  ['double', 'x * RATE if x is not None else None', 'double', 'F.when(x.isNotNull(), x * RATE)'],
  ['bigint', 'x + 1 if x is not None else None', 'int', 'F.when(x.isNotNull(), x.cast("bigint") + 1)'],
  ['bigint', 'x + 1 if x is not None else None', 'smallint', 'F.when(x.isNotNull(), x + 1).cast("bigint")'],
  ['string', 'x[2:5] if x else None', 'string', 'F.when(x.isNotNull() & (x != ""), F.substring(x, 3, 3))'],
  ['int', 'x.year if x is not None else None', 'date', 'F.when(x.isNotNull(), F.year(x))'],
  ['boolean', 'x is not None and x.startswith(("a", "b"))', 'string', 'x.isNotNull() & ((x.startswith("a")) | (x.startswith("b")))'],
  ['boolean', 'x is not None and "a" in x', 'string', 'x.isNotNull() & x.contains("a")'],
];

test.each(EXACT)('%s: %s of a %s', (type, body, argument, expected) => {
  const result = translate(lambda(type, body), { types: { x: argument } });
  expect(made(result)).toBe(expected);
  expect(result.ok && result.preconditions).toEqual([]);
});

describe('preconditions', () => {
  const asked = (type: string, body: string, options?: TranslateOptions) => {
    const result = translate(lambda(type, body), options);
    return result.ok ? result.preconditions.map((one) => `${one.kind} ${one.argument ?? ''} ${one.oneOf.join()}`.trim()) : [result.why];
  };
  test.each<[string, string, TranslateOptions | undefined, string[]]>([
    ['string', '"a" if x < 5 else "b"', { types: { x: 'int' } }, ['no-raise x']],
    ['string', '"a" if x == 5 else "b"', { types: { x: 'int' } }, []],
    ['string', 'x.upper()', { types: { x: 'string' } }, ['no-raise x', 'unicode x']],
    ['string', 'NAMES[x]', { types: { x: 'string' } }, ['no-raise x', 'no-raise x']],
    ['double', '1.0 / x if x is not None else None', { types: { x: 'double' } }, ['no-raise x']],
    ['bigint', 'x + 1 if x is not None else None', { types: { x: 'bigint' } }, ['range']],
    ['boolean', 'x == "a"', undefined, ['type x string']],
    ['boolean', 'x is not None and x < 5', undefined, ['type x int,bigint,double,smallint,tinyint,float']],
    ['boolean', 'x is None', undefined, ['type x string,int,bigint,double,boolean,date,smallint,tinyint,float']],
    ['string', 'str(x)', undefined, ['type x string,int,bigint,date,smallint,tinyint']],
  ])('%s: %s', (type, body, options, expected) => {
    expect(asked(type, body, options)).toEqual(expected);
  });
});

describe('bodies', () => {
  test('if chains, early returns and locals', () => {
    const result = translate(
      `@F.udf(StringType())
def band(amount):
    """Docstring."""
    if amount is None:
        return "unknown"
    net = amount
    if net < LIMIT:
        return "low"
    elif net < 100:
        kind = "mid"
    else:
        kind = "high"
    return kind
`,
      { types: { amount: 'double' } },
    );
    expect(result).toEqual({
      ok: true,
      mayNull: false,
      expression:
        'F.when(amount.isNull(), F.lit("unknown")).when(amount < LIMIT, F.lit("low")).when(amount < 100, F.lit("mid")).otherwise(F.lit("high"))',
      parameters: ['amount'],
      returnType: 'string',
      freeNames: ['LIMIT'],
      preconditions: [],
    });
  });

  test('falling off the end gives None', () => {
    expect(
      made(
        translate('@F.udf("int")\ndef f(x):\n    if x is None:\n        return 0\n    if x > 5:\n        return 1\n', {
          types: { x: 'int' },
        }),
      ),
    ).toBe('F.when(x.isNull(), F.lit(0)).when(x > 5, F.lit(1))');
  });

  test('several arguments', () => {
    expect(
      made(translate('f = F.udf(lambda a, b: f"{a}-{b}" if a and b else None, "string")', { types: { a: 'string', b: 'string' } })),
    ).toBe('F.when((a.isNotNull() & (a != "")) & (b.isNotNull() & (b != "")), F.concat(a, F.lit("-"), b))');
  });
});

/** Return type, body, why not. */
const REFUSED: [string, string, RegExp][] = [
  ['string', '5', /same for every row|declared/],
  ['double', '1 if x else 2', /declared/],
  ['string', '1 if x is None else "a"', /sometimes/],
  ['int', 'round(x)', /round/],
  ['string', 'str(x)', /float/],
  ['int', 'int(x)', /texts/],
  ['boolean', 'x == "a"', /compared/],
  ['boolean', 'x < 0.5', /bigint/],
  ['string', 'x.title()', /title/],
  ['string', 'x[0]', /index/],
  ['string', 'x[-3:]', /bounds/],
  ['string', 'GROWING.get(x)', /changed/],
  ['string', 'x + NOTE', /type of NOTE/],
  ['int', 'x + TWICE', /TWICE/],
  ['string', 'helper(x)', /helper/],
  ['double', 'x ** 2', /operator \*\*/],
  ['int', 'x % -3', /positive/],
  ['double', 'x % 3', /integer/],
  ['string', '[y for y in x]', /comprehension/],
  ['array<int>', 'x', /return type/],
  ['boolean', 'x is True', /is/],
];
const TYPE_OF: Record<string, string> = {
  'str(x)': 'double',
  'x == "a"': 'int',
  'x < 0.5': 'bigint',
  'x % 3': 'double',
  'round(x)': 'double',
  'x ** 2': 'double',
  'x % -3': 'int',
  'x + TWICE': 'int',
};

test.each(REFUSED)('%s: %s is refused', (type, body, why) => {
  const result = translate(lambda(type, body), { types: { x: TYPE_OF[body] ?? 'string' } });
  expect(result).toEqual({ ok: false, why: expect.stringMatching(why) });
});

test.each([
  ['a loop', '@F.udf("int")\ndef f(x):\n    for y in x:\n        return 1\n', /for/],
  ['an effect', '@F.udf("int")\ndef f(x):\n    print(x)\n    return 1\n', /effect/],
  ['try', '@F.udf("int")\ndef f(x):\n    try:\n        return 1\n    except E:\n        return 2\n', /try/],
  ['raise', '@F.udf("int")\ndef f(x):\n    if x is None:\n        raise ValueError()\n    return 1\n', /raise/],
  ['pandas', '@F.pandas_udf("int")\ndef f(x):\n    return x\n', /batches/],
  ['Java', 'spark.udf.registerJavaFunction("f", "x.Y", "int")', /JVM/],
  ['non-deterministic', 'f = F.udf(lambda x: x, "string").asNondeterministic()', /non-deterministic/],
  ['elsewhere', 'from other import g\nf = F.udf(g, "string")', /not in the files/],
  ['*args', '@F.udf("int")\ndef f(*xs):\n    return 1\n', /varying/],
  ['a computed type', 'f = F.udf(lambda x: x, TYPES["x"])', /computed/],
  ['a shadowed builtin', 'from pyspark.sql.functions import abs\nf = F.udf(lambda x: abs(x), "int")', /abs/],
  ['a decimal', 'f = F.udf(lambda x: x == 1, "boolean")', /decimal/],
])('%s is refused', (_, code, why) => {
  expect(translate(code, { types: { x: code.includes('x == 1') ? 'decimal(10,2)' : 'string' } })).toEqual({
    ok: false,
    why: expect.stringMatching(why),
  });
});
