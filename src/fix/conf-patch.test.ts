// Configuration patches: what is changed, what is added, and that everything else stays byte for byte; constraints.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CONSTRAINTS } from '../base/index.ts';
import { parseProperties } from '../conf/index.ts';
import { applyEdits } from '../pyspark/index.ts';
import { pyspark } from '../pyspark/testing/programs.ts';
import { confProposal, constrain } from './conf-change.ts';
import { patchBuilder, patchProperties, patchSubmit } from './conf-patch.ts';
import type { ConfChange } from './define.ts';

const change = (key: string, to: string | undefined): ConfChange => ({ key, from: undefined, to, why: 'a test' });

describe('spark-defaults.conf', () => {
  it.each([
    ['a value in place', '# mine\nspark.a   1\nspark.b=2\n', [change('spark.a', '9')], '# mine\nspark.a   9\nspark.b=2\n'],
    ['a key goes', 'spark.a 1\n# x\nspark.b: 2\r\n', [change('spark.a', undefined)], '# x\nspark.b: 2\r\n'],
    ['a new key at the end', 'spark.a 1', [change('spark.b', '2')], 'spark.a 1\nspark.b 2\n'],
    ['a continued line', 'spark.a 1,\\\n  2\nspark.b 2\n', [change('spark.a', '3')], 'spark.a 3\nspark.b 2\n'],
    ['given twice: both', 'spark.a 1\nspark.a 2\n', [change('spark.a', '3')], 'spark.a 3\nspark.a 3\n'],
    ['nothing there', '', [change('spark.a', 'x')], 'spark.a x\n'],
    ['a key that only begins so', 'spark.ab 1\n', [change('spark.a', undefined)], 'spark.ab 1\n'],
  ])('%s', (_name, before, changes, after) => {
    expect(patchProperties(before, changes)).toEqual({ text: after, left: [] });
  });

  it('holds what was asked, and a second time changes nothing', () => {
    const key = fc.constantFrom('spark.a', 'spark.b', 'spark.c');
    const line = fc.oneof(
      fc.constant('# comment'),
      fc.constant(''),
      fc.tuple(key, fc.constantFrom(' ', '=', ': ', '\t'), fc.stringMatching(/^[a-z0-9]{1,4}$/)).map((one) => one.join('')),
    );
    fc.assert(
      fc.property(fc.array(line), key, fc.option(fc.stringMatching(/^[a-z0-9]{1,4}$/), { nil: undefined }), (lines, name, to) => {
        const text = lines.map((one) => `${one}\n`).join('');
        const after = patchProperties(text, [change(name, to)]).text;
        const expected = new Map(parseProperties(text));
        if (to === undefined) expected.delete(name);
        else expected.set(name, to);
        expect(new Map(parseProperties(after))).toEqual(expected);
        expect(patchProperties(after, [change(name, to)]).text).toBe(after);
      }),
      { seed: 3 },
    );
  });
});

describe('spark-submit', () => {
  const COMMAND =
    'spark-submit \\\n  --master yarn \\\n  --conf spark.sql.shuffle.partitions=200 \\\n  --conf "spark.x=a b" \\\n  --executor-memory 4g \\\n  job.py --conf spark.sql.shuffle.partitions\n';
  it.each([
    ['a pair in place', [change('spark.sql.shuffle.partitions', '64')], COMMAND.replace('=200', '=64')],
    ['a pair in quotes', [change('spark.x', 'c d')], COMMAND.replace('a b', 'c d')],
    ['a flag', [change('spark.executor.memory', '8g')], COMMAND.replace('memory 4g', 'memory 8g')],
    [
      'a pair goes',
      [change('spark.sql.shuffle.partitions', undefined)],
      COMMAND.replace(' \\\n  --conf spark.sql.shuffle.partitions=200', ''),
    ],
    [
      'a new pair on a line of its own',
      [change('spark.y', '1')],
      COMMAND.replace('spark-submit \\', 'spark-submit \\\n  --conf spark.y=1 \\'),
    ],
  ])('%s', (_name, changes, after) => {
    expect(patchSubmit(COMMAND, changes)).toEqual({ text: after, left: [] });
  });
  it('gives back what it cannot carry', () => {
    expect(patchSubmit('echo hello\n', [change('spark.a', '1')]).left).toMatchObject([{ why: 'the text has no spark-submit command' }]);
    const text = 'spark-submit --conf spark.a=$A job.py\n';
    expect(patchSubmit(text, [change('spark.a', '1')])).toMatchObject({ text, left: [{ why: 'its value is a variable of the script' }] });
    expect(patchSubmit('spark-submit job.py', [change('spark.a', 'x y')]).text).toBe("spark-submit --conf 'spark.a=x y' job.py");
  });
});

const CHAIN = `from pyspark.sql import SparkSession
spark = (
    SparkSession.builder.appName("x")
    .config("spark.sql.shuffle.partitions", 1200)  # many
    .config('spark.sql.adaptive.enabled', 'false')
    .getOrCreate()
)
spark.conf.set("spark.sql.ansi.enabled", "false")
spark.sql("SET spark.sql.files.maxPartitionBytes=1m")
`;

describe('builder', () => {
  const program = pyspark.parse({ path: 'job.py', text: CHAIN });
  it.each([
    ['a number stays a number', [change('spark.sql.shuffle.partitions', '64')], CHAIN.replace('1200', '64')],
    ['quotes stay', [change('spark.sql.adaptive.enabled', 'true')], CHAIN.replace("'false'", "'true'")],
    [
      'a link goes',
      [change('spark.sql.adaptive.enabled', undefined)],
      CHAIN.replace("    .config('spark.sql.adaptive.enabled', 'false')\n", ''),
    ],
    ['a new link', [change('spark.a', '1')], CHAIN.replace('    .getOrCreate()', '    .config("spark.a", "1")\n    .getOrCreate()')],
    [
      'a statement goes',
      [change('spark.sql.ansi.enabled', undefined)],
      CHAIN.replace('spark.conf.set("spark.sql.ansi.enabled", "false")\n', ''),
    ],
    ['SET in SQL', [change('spark.sql.files.maxPartitionBytes', '128m')], CHAIN.replace('=1m', '=128m')],
  ])('%s', (_name, changes, after) => {
    const { edits, left } = patchBuilder(program, changes);
    expect(left).toEqual([]);
    expect(applyEdits(CHAIN, edits)).toBe(after);
  });
  it('refuses what a program cannot set', () => {
    expect(patchBuilder(program, [change('spark.driver.memory', '4g')]).left).toHaveLength(1);
  });
});

describe('constraints', () => {
  const limits = {
    ...NO_CONSTRAINTS,
    enforce: { 'spark.e': 'yes' },
    preserve: ['spark.sql.*'],
    exclude: ['spark.x'],
    ceilings: { 'spark.executor.memory': '16g', 'spark.n': '8' },
  };
  it.each([
    ['spark.e', 'no', { may: true, to: 'yes' }],
    ['spark.e', 'yes', { may: true, to: 'yes', said: undefined }],
    ['spark.sql.shuffle.partitions', '3', { may: false }],
    ['spark.x', '3', { may: false }],
    ['spark.executor.memory', '20g', { may: true, to: '16g' }],
    ['spark.executor.memory', '8192m', { may: true, to: '8192m', said: undefined }],
    ['spark.n', '9', { may: true, to: '8' }],
    ['spark.n', 'many', { may: false }],
    ['spark.other', '1', { may: true, to: '1', said: undefined }],
  ])('%s to %s', (key, to, expected) => {
    expect(constrain({ key, to, why: '' }, limits)).toMatchObject(expected);
  });

  it('are shown, and a proposal without a change left is none', () => {
    const program = pyspark.parse({ path: 'job.py', text: CHAIN });
    const context = { program, code: undefined, store: undefined, finding: undefined, lint: [], places: [], constraints: limits };
    const ask = (key: string, to: string | undefined) =>
      confProposal(context, { fixer: 'x', title: 't', reason: 'because', wanted: [{ key, to, why: 'w' }] })[0];
    expect(ask('spark.sql.shuffle.partitions', '64')).toMatchObject({
      verdict: 'leave',
      reason: 'The project keeps spark.sql.shuffle.partitions as it is.',
    });
    expect(ask('spark.executor.memory', '20g')).toMatchObject({ verdict: 'rewrite', conf: [{ key: 'spark.executor.memory', to: '16g' }] });
    expect(ask('spark.speculation', 'false')).toMatchObject({ verdict: 'leave' });
  });
});
