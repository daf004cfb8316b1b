// Steps of pandas as steps of Spark: letter by letter with the types of a run, what is asked of the rows, and what stays with pandas.
// Laws: the changed text parses, has no toPandas left and nothing to change a second time; a precondition that is known to fail makes no change.

import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { FactStore } from '../../../facts/index.ts';
import type { CodeMap } from '../../../join/index.ts';
import { walk } from '../../../pyspark/index.ts';
import { pyspark } from '../../../pyspark/testing/programs.ts';
import { asked, fixed, parse, rewrites } from '../testing/asked.ts';
import { HEAD } from '../testing/samples.ts';
import { pandasToSpark } from './index.ts';
import { PANDAS_CASES, TYPES } from './testing/cases.ts';

const codeWith = (types: ReadonlyMap<string, string>): { code: CodeMap } => ({
  code: { columnTypesOf: () => types } as unknown as CodeMap,
});

/** What comes of a program: its text, and what is asked; the reasons when it is left. */
function changed(
  text: string,
  types: ReadonlyMap<string, string> = TYPES,
  more: object = {},
): { text: string; asked: string[]; left: string } {
  const program = parse(HEAD + text);
  const proposals = asked(pandasToSpark, program, { ...codeWith(types), ...more });
  const made = rewrites(proposals);
  for (const one of made) {
    expect(one.safety).toBe('review');
    expect(one.preconditions.every(({ holds }) => holds !== false)).toBe(true);
  }
  const after = fixed(program, made);
  const errors = parse(after).roots.flatMap((root) => [...walk(root)].filter((one) => one.type === 'ERROR'));
  expect(errors, after).toEqual([]);
  if (made.length > 0) expect(rewrites(asked(pandasToSpark, parse(after), codeWith(types)))).toEqual([]);
  return {
    text: after.slice(HEAD.length),
    asked: made.flatMap((one) => one.preconditions.flatMap(({ text: said, holds }) => (holds === true ? [] : [said]))),
    left: proposals
      .filter((one) => one.verdict === 'leave')
      .map((one) => one.reason)
      .join('\n'),
  };
}

describe('letter by letter', () => {
  test.each(PANDAS_CASES.map((one) => [one.name, one] as const))('%s', (_, { before, after }) => {
    expect(changed(before).text).toBe(after);
  });
});

describe('what is asked', () => {
  const GROUPS = `g = pdf.groupby("s").agg(t=("y", "sum")).reset_index()
spark.createDataFrame(g).write.parquet("out")
`;
  it('asks for no more than what the steps need', () => {
    const { asked: said } = changed(`pdf = df.where("s is not null and y > 0").toPandas()\n${GROUPS}`);
    expect(said.filter((one) => /null stands/.test(one))).toEqual([]);
    expect(said.join('\n')).toContain('No NaN stands in "y"');
  });
  it('knows which columns a filter leaves without nulls', () => {
    const { text } = changed(`pdf = df.where(F.col("y") > 0).where(df.s.isNotNull()).toPandas()\n${GROUPS}`);
    expect(text).toContain('g = pdf.groupBy("s").agg(F.sum("y").alias("t"))');
  });
  const FILTERED = `pdf = df.select("s", "v").toPandas()
pdf = pdf[pdf["v"] > 1]
`;
  it.each([
    ['come back', ''],
    ['are computed with', 'pdf["v"] = pdf["v"] + 1\n'],
    ['have another name', 'pdf["z"] = pdf["v"]\npdf = pdf.drop(columns=["v"])\n'],
    ['are written as text', 'pdf["v"] = pdf["v"].astype(str)\n'],
    ['are a key', 'pdf = pdf.groupby("v").agg(n=("s", "count")).reset_index()\n'],
    ['are an extreme', 'pdf = pdf.groupby("s").agg(v=("v", "max")).reset_index()\n'],
  ])('whole numbers that had nulls are doubles to pandas also where these rows went: they %s', (_, step) => {
    const { asked: said } = changed(`${FILTERED}${step}spark.createDataFrame(pdf).write.parquet("out")\n`);
    expect(said.join('\n')).toContain('No null stands in "v" before its rows go');
    const sure = changed(
      `${FILTERED.replace('.toPandas', '.where("v > 0").toPandas')}${step}spark.createDataFrame(pdf).write.parquet("out")\n`,
    );
    expect(sure.asked.join('\n')).not.toContain('before its rows go');
  });
  it('asks for no whole numbers where astype makes them', () => {
    const { asked: said } = changed(`${FILTERED}pdf["v"] = pdf["v"].astype(int)\nspark.createDataFrame(pdf).write.parquet("out")\n`);
    expect(said.join('\n')).not.toContain('before its rows go');
  });
  it('says what one draw, one limit and an early end were worth', () => {
    const drawn = changed(`pdf = df.where(F.rand() < 0.5).select("s").toPandas()
pdf["z"] = pdf["s"] == "a"
out = spark.createDataFrame(pdf)
out.write.parquet("out")
`);
    expect(drawn.asked.join('\n')).toContain('drawn anew');
    const returned = changed(`@retry
def made(spark, src):
    pdf = spark.read.parquet("in").limit(spark.rows).select("s").toPandas()
    pdf["z"] = pdf["s"] == "a"
    return spark.createDataFrame(pdf)
`);
    expect(returned.asked.join('\n')).toContain('No caller waits');
    expect(returned.asked.join('\n')).toContain('Its limit takes the same rows');
  });
  const CAUGHT = `try:
    pdf = df.select("s").toPandas()
    pdf["z"] = pdf["s"] == "a"
    out = spark.createDataFrame(pdf)
`;
  it.each([
    ['used behind the except', `${CAUGHT}except ValueError:\n    raise\nout.write.parquet("out")\n`, true],
    ['written before it', `${CAUGHT}    out.write.parquet("out")\nexcept ValueError:\n    raise\n`, false],
    ['without an except', `${CAUGHT}finally:\n    print("end")\nout.write.parquet("out")\n`, false],
  ])('an error that an except waits for: %s', (_, text, isLeft) => {
    const { left } = changed(text);
    if (isLeft) expect(left).toContain('an error would come behind');
    else expect(left).toBe('');
  });
  it('takes no argument of the command line for a column', () => {
    const { text } = changed(`args = argparse.ArgumentParser().parse_args()\npdf = df.where(F.col("day") == args.s).toPandas()\n${GROUPS}`);
    expect(text).toContain('F.col("s").isNotNull()');
  });
  it.each([
    ['decimal(10,2)', 'a decimal(10,2)'],
    ['float', 'a float'],
    ['array<int>', 'array<int>'],
    ['string', 'which is a string'],
  ])('leaves sums of %s', (type, why) => {
    const { left } = changed(`pdf = df.toPandas()\n${GROUPS}`, new Map([...TYPES, ['y', type]]));
    expect(left).toContain(why);
  });
  it('keeps narrow whole numbers that Arrow moves, and leaves what pandas computes of them', () => {
    const text = (what: string) => `spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
pdf = df.toPandas()
g = pdf.groupby("s").agg(t=("x", "${what}")).reset_index()
spark.createDataFrame(g).write.parquet("out")
`;
    expect(changed(text('sum')).left).toContain('which is a int');
    expect(changed(text('max')).text).toContain('F.max("x").alias("t")');
    expect(changed(text('max')).text).not.toContain('cast');
    expect(changed(text('sum'), new Map([...TYPES, ['x', 'bigint']])).text).not.toContain('toPandas');
  });
  it.each([
    ['collectAsArrowToPython', false],
    ['collectToPython', true],
  ])('sees in the stages of the run how rows came: %s', (method, isCast) => {
    const stage = { name: 'toPandas at job.py:7', details: `org.apache.spark.sql.Dataset.${method}(Dataset.scala:1)` };
    const run = { application: { completed: true, sparkVersion: '4.3.0' }, jobs: [], stages: [stage], environment: { spark: new Map() } };
    const text = `pdf = df.select("x").toPandas()
spark.createDataFrame(pdf[pdf["x"] > 1]).write.parquet("out")
`;
    expect(changed(text, TYPES, { store: { run } as unknown as FactStore }).text.includes('cast')).toBe(isCast);
  });
  it('asks for types where no run tells them', () => {
    const { asked: said } = changed(`pdf = df.toPandas()\n${GROUPS}`, new Map());
    expect(said[0]).toContain('"s", "y": of type');
  });
  it('is not made where the program writes what it reads', () => {
    const { left } = changed(`pdf = df.toPandas()\n${GROUPS.replace('"out"', '"in"')}`);
    expect(left).toContain('writes what it reads');
  });
  it('holds what the run of the original showed', () => {
    const run = { application: { completed: true, sparkVersion: '4.1.1' }, jobs: [], stages: [], environment: { spark: new Map() } };
    const text = `pdf = df.select("day").toPandas()
pdf["d"] = pdf["day"].apply(lambda v: v[:2])
spark.createDataFrame(pdf).write.parquet("out")
`;
    const { asked: said } = changed(text, TYPES, { store: { run } as unknown as FactStore });
    expect(said.filter((one) => /null/.test(one))).toEqual([]);
    expect(changed(text).asked.join('\n')).toContain('never null');
  });
});

describe('who else sees a variable', () => {
  const job = `${HEAD}pdf = df.select("s", "day").toPandas()
pdf["same"] = pdf["s"] == "a"
spark.createDataFrame(pdf).write.parquet("out")
`;
  it.each([
    ['another file that imports it', 'from job import pdf\n', false],
    ['another file that asks the module for it', 'import job\nprint(job.pdf)\n', false],
    ['another file with a variable of that name', 'pdf = 1\nprint(pdf)\n', true],
  ])('%s', (_, other, isChanged) => {
    const program = pyspark.parse([
      { path: 'job.py', text: job },
      { path: 'other.py', text: other },
    ]);
    const made = rewrites(asked(pandasToSpark, program, codeWith(TYPES)));
    expect(made.length > 0).toBe(isChanged);
  });
});

/** Steps in any order: whatever comes of them is Python, or the whole stays as it is. */
const STEPS = [
  'pdf["z"] = pdf["x"] + 1',
  'pdf["z"] = pdf["y"].round(1)',
  'pdf["b"] = pdf["s"].isna()',
  'pdf = pdf[pdf["x"] > 0]',
  'pdf = pdf[(pdf["x"] > 0) & ~(pdf["s"] == "a")]',
  'pdf = pdf[["s", "x", "y"]]',
  'pdf = pdf.drop(columns=["y"])',
  'pdf = pdf.rename(columns={"x": "n"})',
  'pdf = pdf.sort_values("x")',
  'pdf = pdf.head(3)',
  'pdf = pdf.dropna(subset=["s"])',
  'pdf = pdf.groupby("s").agg(x=("x", "sum"), y=("y", "max")).reset_index()',
  'pdf = pdf.groupby("s")["x"].sum()',
  'pdf = pdf.reset_index()',
  'pdf = pdf.drop_duplicates()',
  'del other',
  'print(pdf)',
  '# a comment',
];

test('steps in any order', () => {
  let made = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...STEPS), { maxLength: 6 }), fc.boolean(), (steps, inFunction) => {
      const lines = ['pdf = df.select("s", "x", "y").toPandas()', ...steps, 'spark.createDataFrame(pdf).write.parquet("out")'];
      const text = inFunction ? `def main():\n${lines.map((one) => `    ${one}\n`).join('')}\nmain()\n` : `${lines.join('\n')}\n`;
      const { text: after, left } = changed(text);
      if (steps.includes('print(pdf)')) expect(after).toBe(text);
      if (after === text) return;
      made++;
      expect(left).toBe('');
      expect(after).not.toContain('toPandas');
      expect(after.split('\n').filter((one) => /^ *#/.test(one)).length).toBe(text.split('\n').filter((one) => /^ *#/.test(one)).length);
    }),
    { numRuns: 300, seed: 20261121 },
  );
  expect(made).toBeGreaterThan(40);
});
