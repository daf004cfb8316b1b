// Laws of reading: any text gives a program, ranges slice back, notebooks keep their bytes, edits touch only their ranges.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits, type Edit, editFile } from './edits.ts';
import { lint } from './lint/index.ts';
import { constantOf, pythonLiteral } from './literal.ts';
import { named, rangeOf, textOf, walk } from './node.ts';
import { isNotAnalysed, sourceOf } from './source.ts';
import { HEAD, program, pyspark } from './testing/programs.ts';
import { lineStarts, positionAt } from './text.ts';

const PIECES = [
  'df = spark.read.parquet("a")\n',
  'df.join(x, "k")',
  '.withColumn("a", F.col("b") + 1)',
  'for i in range(3):\n',
  '    ',
  'if df.count() == 0:\n',
  'def f(x, *a, **k):\n',
  'return x\n',
  '@udf("int")\n',
  'lambda q: q',
  '(',
  ')',
  '[',
  '{',
  '"',
  "'''",
  'f"{x}"',
  '\n',
  '\r\n',
  '\t',
  ' = ',
  '# 😀\n',
  'spark.sql(f"select * from {t}")',
  'import a.b as c\n',
  'from .x import *\n',
  'class A(B):\n',
  '\0',
  '\ud83d',
  '\ufeff',
  '%sql\n',
  'while True:\n',
  'df.cache()',
  'df.write.mode("x").partitionBy("d").parquet(p)\n',
  'Window.orderBy("a")',
  'x = x = ',
  'try:\n',
  'match x:\n case 1: pass\n',
];

const code = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 40 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

describe('parse', () => {
  test('gives a program for any text, with ranges that slice back', () => {
    fc.assert(
      fc.property(code, fc.constantFrom('a.py', 'a.ipynb'), (text, path) => {
        const parsed = pyspark.parse({ path, text });
        for (const root of parsed.roots)
          for (const node of walk(root)) {
            const range = rangeOf(node);
            const { source } = node;
            expect(source.text.slice(range.start.offset, range.end.offset)).toBe(textOf(node));
            expect(lineStarts(source.text)[range.start.line - 1]! + range.start.column - 1).toBe(node.start);
            for (const child of node.children) expect(child.start >= node.start && child.end <= node.end).toBe(true);
          }
        for (const finding of lint(parsed)) expect(finding.range.start.offset).toBeLessThanOrEqual(finding.range.end.offset);
        for (const call of parsed.calls) parsed.chainOf(call);
        parsed.callsAt(path, 1);
        parsed.statementAt(path, 2);
      }),
      { numRuns: 300 },
    );
  });

  test('the same text gives the same findings', () => {
    fc.assert(
      fc.property(code, (text) => {
        const once = () => JSON.stringify(lint(pyspark.parse({ path: 'a.py', text: HEAD + text })));
        expect(once()).toBe(once());
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ['brackets', '('.repeat(20_000)],
    ['a sum', `x = ${'a + '.repeat(8_000)}a`],
    ['a chain', `df${'.filter("a")'.repeat(3_000)}.count()`],
    ['a recursion', 'def f(x):\n  return f(f(x))\nf(1)\n'],
    ['a circle of classes', 'class A(B): pass\nclass B(A): pass\nA().x()\n'],
  ])('%s as deep as it likes', (_, text) => {
    expect(() => lint(pyspark.parse({ path: 'a.py', text }))).not.toThrow();
  });

  test('positions count UTF-16 units and know all line ends', () => {
    const parsed = pyspark.parse({ path: 'a.py', text: 'a = "😀"; b = 1\r\nc = 2\rd = 3\n' });
    const names = [...walk(parsed.roots[0]!)].filter((node) => node.type === 'identifier');
    expect(names.map((node) => `${textOf(node)} ${rangeOf(node).start.line}:${rangeOf(node).start.column}`)).toEqual([
      'a 1:1',
      'b 1:11',
      'c 2:1',
      'd 3:1',
    ]);
    expect(positionAt(lineStarts('ab\ncd'), 4)).toEqual({ offset: 4, line: 2, column: 2 });
  });

  test.each([
    ['def f(:\n  pass\n', 1],
    ['a = 1\ndf = spark.table("x").select("a"\n', 2],
    ['a = 1\nb = = 2\n', 2],
  ])('a text that is no valid Python says where: %j', (text, line) => {
    expect(pyspark.parse({ path: 'a.py', text }).notes).toEqual([expect.stringContaining(`a.py: line ${line} is not valid Python`)]);
  });

  test('calls are found beside syntax errors', () => {
    const parsed = program('df = spark.read.parquet("a"\nx = df.count()\ndf2 = spark.read.csv("b")\ndef f(:\n  pass\ndf2.show()\n');
    expect(parsed.calls.map((call) => call.name)).toEqual(expect.arrayContaining(['count', 'csv', 'show']));
  });
});

describe('files', () => {
  test.each([
    ['job.scala', 'Scala'],
    ['Job.java', 'Java'],
    ['query.sql', 'SQL'],
  ])('%s is not analysed, and says so', (path, language) => {
    const parsed = pyspark.parse({ path, text: 'select 1' });
    expect(parsed.notAnalysed).toEqual([expect.objectContaining({ path, language, why: expect.stringContaining('not analysed') })]);
    expect(parsed.sources).toEqual([]);
  });

  test('a Databricks file keeps its lines; SQL cells are texts, Scala cells are named', () => {
    const text = `# Databricks notebook source
df = spark.read.parquet("a")
# COMMAND ----------
# MAGIC %sql
# MAGIC select * from t join u on t.a = u.a
# COMMAND ----------
# MAGIC %scala
# MAGIC val x = 1
# COMMAND ----------
display(df)
`;
    const parsed = pyspark.parse({ path: 'nb.py', text });
    expect(parsed.sources[0]!.cells.map((cell) => [cell.language, cell.firstLine, cell.lastLine])).toEqual([
      ['python', 1, 2],
      ['sql', 4, 5],
      ['scala', 7, 8],
      ['python', 10, 10],
    ]);
    expect(parsed.sql.map((one) => [one.kind, one.tables])).toEqual([['cell', ['t', 'u']]]);
    expect(parsed.notAnalysed).toEqual([expect.objectContaining({ language: 'Scala', lines: { first: 7, last: 8 } })]);
    expect(parsed.actions.map((one) => [one.method, rangeOf(one.call.node).start.line])).toEqual([['display', 10]]);
  });

  test('imports inside the project are followed, circles end', () => {
    const files: Record<string, string> = {
      'app/lib/io.py': 'from app.jobs import job\ndef load(spark, path):\n    return spark.read.parquet(path)\n',
      'app/lib/__init__.py': '',
    };
    const parsed = pyspark.parse(
      {
        path: 'app/jobs/job.py',
        text: 'from lib.io import load\nfrom lib import io as tools\ndf = load(spark, "a")\ntools.load(spark, "b").count()\ndf.count()\n',
      },
      (path) => files[path],
    );
    expect(parsed.sources.map((one) => one.path)).toEqual(['app/jobs/job.py', 'app/lib/io.py', 'app/lib/__init__.py']);
    expect(parsed.actions).toHaveLength(2);
    expect(parsed.actions[1]!.frames[0]!.read?.paths[0]?.constant).toBe('a');
    expect(parsed.definitionOf('load')).toHaveLength(1);
  });

  test('%run brings the names of another notebook', () => {
    const parsed = pyspark.parse(
      { path: 'w/main.py', text: '# Databricks notebook source\n# MAGIC %run ./shared/load\n# COMMAND ----------\ntx().count()\n' },
      (path) => (path === 'w/shared/load.py' ? '# Databricks notebook source\ndef tx():\n  return spark.table("t")\n' : undefined),
    );
    expect(parsed.actions[0]!.frames[0]!.read?.table?.constant).toBe('t');
  });
});

const notebook = (cells: readonly (string | readonly string[])[]) =>
  JSON.stringify(
    { cells: cells.map((source) => ({ cell_type: 'code', metadata: { source: 'no' }, source, outputs: [] })), metadata: {}, nbformat: 4 },
    null,
    1,
  );

describe('Jupyter notebooks', () => {
  const raw = notebook([
    ['df = spark.read.csv("ä\\\\n")\n', '%matplotlib inline\n', 'df.count()'],
    '!ls\nx = df.limit(5)',
    '%%sql\nselect 1',
  ]);
  const parsed = pyspark.parse({ path: 'a.ipynb', text: raw });
  const source = parsed.sources[0]!;

  test('cells become one text; magics are no code', () => {
    expect(source.text).toBe('df = spark.read.csv("ä\\\\n")\n%matplotlib inline\ndf.count()\n!ls\nx = df.limit(5)\n%%sql\nselect 1\n');
    expect(source.code).toHaveLength(source.text.length);
    expect(parsed.actions.map((one) => rangeOf(one.call.node).start.line)).toEqual([3]);
    expect(source.cells.map((cell) => cell.firstLine)).toEqual([1, 4, 6]);
  });

  test('an edit changes its characters inside the JSON and nothing else', () => {
    const call = parsed.calls.find((one) => one.name === 'count')!;
    const edited = editFile(source, [{ file: 'a.ipynb', start: call.node.start, end: call.node.end, text: 'df.isEmpty()  # "now"\n' }]);
    expect(edited).toBe(raw.replace('"df.count()"', '"df.isEmpty()  # \\"now\\"\\n"'));
    expect(pyspark.parse({ path: 'a.ipynb', text: edited }).actions[0]!.method).toBe('isEmpty');
    expect(editFile(source, [])).toBe(raw);
  });

  test('an edit over lines of one cell joins them; one over two cells is refused', () => {
    const edit = { file: 'a.ipynb', start: 0, end: source.text.indexOf('df.count'), text: '' };
    expect(JSON.parse(editFile(source, [edit])).cells[0].source.join('')).toBe('df.count()');
    expect(() => editFile(source, [{ ...edit, end: source.text.indexOf('x = ') }])).toThrow(/cell/);
  });

  test.each(['', '{', '[]', '{"cells": 1}', '{"cells":[null, {"cell_type":"code"}]}'])('%j is no reason to throw', (text) => {
    const one = sourceOf({ path: 'a.ipynb', text });
    expect(isNotAnalysed(one) || one.text === '\n').toBe(true);
  });

  test('every character of a cell maps to its own spelling in the file', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 4 }), { maxLength: 3 }), (cells) => {
        const text = notebook(cells);
        const one = sourceOf({ path: 'a.ipynb', text });
        if (isNotAnalysed(one)) throw new Error(one.why);
        for (const piece of one.pieces)
          for (let i = piece.start; i < piece.end; i++) {
            const from = piece.rawStart + piece.offsets[i - piece.start]!;
            const to = piece.rawStart + piece.offsets[i + 1 - piece.start]!;
            expect(JSON.parse(`"${text.slice(from, to)}"`)).toBe(one.text[i]);
          }
      }),
    );
  });
});

describe('applyEdits', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  const cuts = fc.array(fc.tuple(fc.nat(60), fc.nat(60), fc.string({ maxLength: 5 })), { maxLength: 6 });

  test('no edits give the same text', () => {
    fc.assert(
      fc.property(text, (one) => {
        expect(applyEdits(one, [])).toBe(one);
      }),
    );
  });

  test('what lies outside the ranges stays, what overlaps is refused', () => {
    fc.assert(
      fc.property(text, cuts, (one, parts) => {
        const edits: Edit[] = parts.map(([a, b, put]) => ({
          file: 'x',
          start: Math.min(a, b, one.length),
          end: Math.min(Math.max(a, b), one.length),
          text: put,
        }));
        const ordered = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
        const overlaps = ordered.some((edit, i) => i > 0 && edit.start < ordered[i - 1]!.end);
        if (overlaps) {
          expect(() => applyEdits(one, edits)).toThrow(/overlap/);
          return;
        }
        const made = applyEdits(one, edits);
        const kept = ordered.reduce((length, edit) => length - (edit.end - edit.start), one.length);
        expect(made).toHaveLength(kept + edits.reduce((length, edit) => length + edit.text.length, 0));
        const first = ordered[0]?.start ?? one.length;
        const last = ordered.length === 0 ? 0 : Math.max(...ordered.map((edit) => edit.end));
        expect(made.startsWith(one.slice(0, first))).toBe(true);
        expect(made.endsWith(one.slice(last))).toBe(true);
      }),
    );
  });

  test.each([[{ start: 2, end: 1 }], [{ start: 0, end: 9 }], [{ start: -1, end: 0 }], [{ start: 0.5, end: 1 }]])(
    '%j lies outside',
    (range) => {
      expect(() => applyEdits('abc', [{ file: 'x', text: '', ...range }])).toThrow(/outside/);
    },
  );
});

test.each([
  ['"a\\n\\x41\\u00e9\\U0001F600"', 'a\nAé😀'],
  ["r'\\n' 'b'", '\\nb'],
  ['"""a\r\nb"""', 'a\nb'],
  ["f'{{a}}'", '{a}'],
  ['-0x_ff', -255],
  ['1_000', 1000],
  ['1e3', 1000],
  ['True', true],
  ['None', null],
  ['b"x"', undefined],
  ['9007199254740993', 9007199254740993n],
  ['f"{x}"', undefined],
])('the value of %s', (text, value) => {
  const statement = named(pyspark.parse({ path: 'a.py', text: `x = ${text}` }).roots[0]!)[0]!;
  const right = [...walk(statement)].find((node) => node.field === 'right')!;
  expect(constantOf(right)).toEqual(value);
});

test('a literal written for a text is that text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const right = [...walk(pyspark.parse({ path: 'a.py', text: `x = ${pythonLiteral(value)}` }).roots[0]!)].find(
        (node) => node.field === 'right',
      )!;
      expect(constantOf(right)).toBe(value);
    }),
  );
});
