// One patch of many proposals: what is taken, offered, crossed and refused; imports; the diff.
import { applyPatch } from 'diff';
import { describe, expect, it } from 'vitest';
import type { Report } from '../audit/index.ts';
import { type CodeRuleId, loadPySpark, type Program } from '../pyspark/index.ts';
import { defineFixer, type Fixer, type Proposal } from './define.ts';
import { diffOf, diffText } from './diff.ts';
import { functionsImport, functionsName, importEdits, taken } from './imports.ts';
import { type FixOptions, planFixes } from './plan.ts';

const pyspark = await loadPySpark();
const CODE = `from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
a = spark.read.parquet("a")
n = a.count()
a.write.parquet("b")
`;
const parse = (text: string = CODE) => pyspark.parse({ path: 'job.py', text });

/** A report with findings of these rules, in this order. */
const report = (...rules: string[]) =>
  ({ findings: rules.map((rule) => ({ rule, status: 'found', evidence: [], forecast: null })) }) as unknown as Report;

/** A fixer that puts `to` in place of the first text `from`. */
function replacing(id: string, from: string, to: string, more: Partial<Proposal> & { rules?: string[]; order?: number } = {}): Fixer {
  const { rules = ['a-rule'], order, ...rest } = more;
  return defineFixer({
    id,
    title: id,
    rules,
    codeRules: [] as CodeRuleId[],
    safety: 'safe',
    ...(order === undefined ? {} : { order }),
    propose({ program, finding }) {
      const text = (program.source('job.py') as NonNullable<ReturnType<Program['source']>>).text;
      const start = text.indexOf(from);
      const line = text.slice(0, start).split('\n').length;
      return [
        {
          fixer: id,
          rule: finding?.rule ?? rules[0] ?? '',
          verdict: 'rewrite',
          title: `${from} → ${to}`,
          reason: 'because',
          safety: 'safe',
          preconditions: [],
          edits: start < 0 ? [] : [{ file: 'job.py', start, end: start + from.length, text: to }],
          imports: [],
          conf: [],
          at: start < 0 ? undefined : { file: 'job.py', line, endLine: line },
          ...rest,
        },
      ];
    },
  });
}

const plan = (fixers: Fixer[], rules: string[] = ['a-rule'], options: FixOptions = {}) =>
  planFixes({ pyspark, program: parse(), report: report(...rules) }, { fixers, ...options });
const states = (made: ReturnType<typeof plan>) => made.planned.map((one) => `${one.proposal.fixer} ${one.state}`);

describe('plan', () => {
  it('takes one cure for one finding and offers the others', () => {
    const made = plan([replacing('second', '"b"', '"c"', { order: 2 }), replacing('first', 'a.count()', 'a.isEmpty()', { order: 1 })]);
    expect(states(made)).toEqual(['first taken', 'second offered']);
    expect(made.patch.files[0]?.after).toBe(CODE.replace('a.count()', 'a.isEmpty()'));
  });

  it('takes cures of several findings; the same bytes only once', () => {
    const made = plan(
      [
        replacing('x', 'a.count()', 'a.isEmpty()', { rules: ['r1'] }),
        replacing('y', 'count', 'first', { rules: ['r2'] }),
        replacing('z', '"b"', '"c"', { rules: ['r3'] }),
      ],
      ['r1', 'r2', 'r3'],
    );
    expect(states(made)).toEqual(['x taken', 'y crossed', 'z taken']);
    expect(made.patch.files[0]?.after).toBe(CODE.replace('a.count()', 'a.isEmpty()').replace('"b"', '"c"'));
  });

  it.each<[string, Partial<Proposal>, FixOptions, string]>([
    ['a rewrite that needs a look, when only safe ones are asked for', { safety: 'review' }, { review: false }, 'offered'],
    ['the same otherwise', { safety: 'review' }, {}, 'taken'],
    ['a mark', { verdict: 'mark' }, {}, 'offered'],
    ['a mark, asked for', { verdict: 'mark' }, { marks: true }, 'taken'],
    ['what is to be left', { verdict: 'leave', edits: [] }, {}, 'refused'],
    ['a precondition that fails', { preconditions: [{ text: 'small', holds: false }] }, {}, 'offered'],
    ['a precondition that is open', { preconditions: [{ text: 'small', holds: undefined }] }, {}, 'taken'],
    ['another rule', {}, { rules: ['b-rule'] }, ''],
    [
      'a name that means something else',
      { imports: [{ file: 'job.py', module: 'pyspark.sql', name: 'functions', as: 'a' }] },
      {},
      'crossed',
    ],
  ])('%s', (_, more, options, state) => {
    const made = plan([replacing('x', 'a.count()', 'a.isEmpty()', more)], ['a-rule'], options);
    expect(states(made)).toEqual(state === '' ? [] : [`x ${state}`]);
    for (const one of made.planned) expect(one.why === undefined).toBe(one.state === 'taken');
    if (state !== 'taken') expect(made.patch.files).toEqual([]);
  });

  it('refuses a change after which the file is no Python', () => {
    expect(states(plan([replacing('x', 'a.count()', 'a.count(')]))).toEqual(['x crossed']);
  });

  it('does not set one key twice', () => {
    const conf = (to: string) => [{ key: 'spark.sql.shuffle.partitions', from: '200', to, why: '' }];
    const made = plan(
      [
        replacing('x', 'nowhere', '', { rules: ['r1'], conf: conf('8'), edits: [] }),
        replacing('y', 'nowhere', '', { rules: ['r2'], conf: conf('16'), edits: [] }),
      ],
      ['r1', 'r2'],
    );
    expect(states(made)).toEqual(['x taken', 'y crossed']);
    expect(made.patch.conf.map((one) => one.to)).toEqual(['8']);
  });

  it('what the team prescribes goes with every patch that is made, and with none that is not', () => {
    const enforce = { 'spark.sql.ansi.enabled': 'true' };
    const constraints = { enforce, preserve: [], exclude: [], ceilings: {} };
    const fixer = [replacing('x', 'a.count()', 'a.isEmpty()')];
    expect(plan(fixer, ['a-rule'], { constraints }).patch.conf).toMatchObject([{ key: 'spark.sql.ansi.enabled', to: 'true' }]);
    expect(plan(fixer, ['a-rule'], { constraints, only: new Set() }).patch.conf).toEqual([]);
  });

  it('says which option left a change out', () => {
    expect(plan([replacing('x', 'a.count()', 'a.isEmpty()', { safety: 'review' })], ['a-rule'], { review: false }).planned[0]?.why).toMatch(
      /--safe/,
    );
  });

  it('leaves out by key, which survives lines that move', () => {
    const fixer = [replacing('x', 'a.count()', 'a.isEmpty()')];
    const [one] = plan(fixer).planned;
    const moved = planFixes({ pyspark, program: parse(`# a line\n${CODE}`), report: report('a-rule') }, { fixers: fixer });
    expect(moved.planned[0]?.key).toBe(one?.key);
    expect(moved.planned[0]?.id).not.toBe(one?.id);
    expect(states(plan(fixer, ['a-rule'], { without: new Set([one?.key ?? '']) }))).toEqual(['x offered']);
    expect(states(plan(fixer, ['a-rule'], { only: new Set() }))).toEqual(['x offered']);
  });

  it('gives a diff that patch programs take, with the reason at the hunk', () => {
    const made = plan([replacing('x', 'a.count()', 'a.isEmpty()')]);
    const text = diffText(made.patch.files.map((file) => diffOf(file, made.planned)));
    expect(text).toContain('@@ a-rule: a.count() → a.isEmpty()\n');
    expect(applyPatch(CODE, text)).toBe(CODE.replace('a.count()', 'a.isEmpty()'));
    expect(diffText([])).toBe('');
  });

  it('says at a hunk of imports alone why it is there', () => {
    const code = `from pyspark.sql.functions import udf\n${'x = 1\n'.repeat(20)}y = udf(f)\n`;
    const made = planFixes({ pyspark, program: parse(code), report: report('a-rule') }, { fixers: [replacing('x', 'udf(f)', 'f')] });
    const text = diffText(made.patch.files.map((file) => diffOf(file, made.planned)));
    expect(text).toContain('@@ imports that the changes need or leave unused\n-from pyspark.sql.functions import udf\n');
    expect(applyPatch(code, text)).toBe(`${'x = 1\n'.repeat(20)}y = f\n`);
  });
});

describe('imports', () => {
  const needed = (module: string, name: string, as?: string) => ({ file: 'job.py', module, name, ...(as === undefined ? {} : { as }) });
  it.each([
    ['from pyspark.sql import functions as F\n', 'F', ''],
    ['import pyspark.sql.functions as fn\n', 'fn', ''],
    ['from pyspark.sql import functions\n', 'functions', ''],
    [
      'from pyspark.sql import SparkSession\nimport os\n',
      'F',
      'from pyspark.sql import SparkSession\nfrom pyspark.sql import functions as F\nimport os\n',
    ],
    ['"""What it does."""\nx = 1\n', 'F', '"""What it does."""\n\nfrom pyspark.sql import functions as F\nx = 1\n'],
    ['x = 1\n', 'F', 'from pyspark.sql import functions as F\n\nx = 1\n'],
    [
      'from __future__ import annotations\nx = 1\n',
      'F',
      'from __future__ import annotations\nfrom pyspark.sql import functions as F\nx = 1\n',
    ],
  ])('%j calls the functions %s', (text, name, after) => {
    const program = parse(text);
    expect(functionsName(program, 'job.py')).toBe(name);
    const edits = importEdits(program, [functionsImport(program, 'job.py'), functionsImport(program, 'job.py')]);
    expect(edits.reduceRight((out, edit) => out.slice(0, edit.start) + edit.text + out.slice(edit.end), text)).toBe(
      after === '' ? text : after,
    );
  });

  it('several names of one module are one line', () => {
    const program = parse('import os\n');
    const [edit, ...more] = importEdits(program, [needed('pyspark.sql', 'Window'), needed('pyspark.sql', 'functions', 'F')]);
    expect(more).toEqual([]);
    expect(edit?.text).toBe('\nfrom pyspark.sql import Window, functions as F');
  });

  it.each([
    ['F = 3\n', true],
    ['def F(x): pass\n', true],
    ['for F in range(3): pass\n', true],
    ['from pyspark.sql import functions as F\ndef main(df, F): pass\n', true],
    ['from pyspark.sql import functions as F\ntotal = sum(F for F in rows)\n', true],
    ['from pyspark.sql import functions as F\nwith open("x") as F: pass\n', true],
    ['from pyspark.sql import functions as F\na, F = 1, 2\n', true],
    ['from pyspark.sql import functions as F\ndef main(df, f=F): pass\n', false],
    ['x.F = 3\n', false],
    ['call(F=3)\n', false],
    ['from pyspark.sql import functions as F\nF.col("a")\n', false],
  ])('%j means something else by F: %s', (text, is) => {
    expect(taken(parse(text), needed('pyspark.sql', 'functions', 'F')) !== undefined).toBe(is);
  });
});
