// Imports that a patch leaves unused: which names go, and which stay although nothing seems to use them.
import { describe, expect, it } from 'vitest';
import { applyEdits, type Edit, editFile, loadPySpark, type Source } from '../pyspark/index.ts';
import { functionsImport, importEdits } from './imports.ts';
import { withUnusedImports } from './unused.ts';

const pyspark = await loadPySpark();

/** Cuts each of these texts out of the first file, or puts another in its place. */
const cut = (text: string, changes: readonly (readonly [string, string])[]): Edit[] =>
  changes.map(([from, to]) => ({ file: 'job.py', start: text.indexOf(from), end: text.indexOf(from) + from.length, text: to }));

function patchedText(
  text: string,
  changes: readonly (readonly [string, string])[],
  others: Record<string, string> = {},
  needsF = false,
): string {
  const program = pyspark.parse([{ path: 'job.py', text }, ...Object.entries(others).map(([path, of]) => ({ path, text: of }))]);
  const needed = needsF ? [functionsImport(program, 'job.py')] : [];
  const edits = withUnusedImports(program, [...importEdits(program, needed), ...cut(text, changes)]);
  return applyEdits(
    text,
    edits.filter((one) => one.file === 'job.py'),
  );
}

const USE = '@udf(StringType())\n';
const BODY = 'def up(x):\n    return x\n';

describe('names that a patch leaves unused', () => {
  it.each<[string, string, string]>([
    ['a line of their own', 'from pyspark.sql.functions import udf\nfrom pyspark.sql.types import StringType\n', ''],
    [
      'the first names',
      'from pyspark.sql.functions import udf, col\nfrom pyspark.sql.types import StringType, LongType\n',
      'from pyspark.sql.functions import col\nfrom pyspark.sql.types import LongType\n',
    ],
    ['the last name', 'from pyspark.sql.functions import col, udf\n', 'from pyspark.sql.functions import col\n'],
    ['in the middle', 'from pyspark.sql.functions import col, udf, sum as sum_\n', 'from pyspark.sql.functions import col, sum as sum_\n'],
    ['under another name', 'from pyspark.sql.functions import col, udf as u\n', 'from pyspark.sql.functions import col, udf as u\n'],
    [
      'over several lines',
      'from pyspark.sql.functions import (\n    udf,\n    col,\n    lit,\n)\n',
      'from pyspark.sql.functions import (\n    col,\n    lit,\n)\n',
    ],
    ['with a comment', 'from pyspark.sql.functions import udf  # noqa: F401\n', 'from pyspark.sql.functions import udf  # noqa: F401\n'],
    ['not of PySpark', 'from ours import udf, StringType\n', 'from ours import udf, StringType\n'],
    ['a module under a name', 'import pyspark.sql.types as T\n', 'import pyspark.sql.types as T\n'],
    ['not used before either', 'from pyspark.sql.types import LongType\n', 'from pyspark.sql.types import LongType\n'],
    ['a line end of Windows', 'from pyspark.sql.functions import udf\r\nimport os\r\n', 'import os\r\n'],
    ['two on a line', 'import os; from pyspark.sql.functions import udf\n', 'import os; from pyspark.sql.functions import udf\n'],
  ])('%s', (_, head, rest) => {
    expect(patchedText(`${head}${USE}${BODY}`, [[USE, '']])).toBe(rest + BODY);
  });

  it.each<[string, string, Record<string, string>]>([
    ['another use', 'clean = udf(up)\n', {}],
    ['__all__', '__all__ = ["up", "udf"]\n', {}],
    ['a type in quotes', 'def f(x: "udf"): ...\n', {}],
    ['another file', '', { 'more.py': 'from job import udf\n' }],
    ['all names for another file', '', { 'more.py': 'from job import *\n' }],
  ])('stay for %s', (_, tail, others) => {
    const head = 'from pyspark.sql.functions import udf\n';
    expect(patchedText(`${head}@udf\n${BODY}${tail}`, [['@udf\n', '']], others)).toBe(head + BODY + tail);
  });

  it('stay when the patch itself uses them', () => {
    const head = 'from pyspark.sql import functions as F\n';
    expect(patchedText(`${head}x = F.udf(f)\n`, [['F.udf(f)', 'F.upper']])).toBe(`${head}x = F.upper\n`);
    expect(patchedText(`${head}x = F.udf(f)\n`, [['F.udf(f)', 'f']])).toBe('x = f\n');
  });

  it('give their line to the import that the patch needs', () => {
    const text = `import os\nfrom pyspark.sql.functions import udf\n@udf\n${BODY}`;
    expect(
      patchedText(
        text,
        [
          ['@udf\n', ''],
          ['return x', 'return F.upper(x)'],
        ],
        {},
        true,
      ),
    ).toBe('import os\nfrom pyspark.sql import functions as F\ndef up(x):\n    return F.upper(x)\n');
  });

  it('leave alone what is put in above the statement behind them', () => {
    const head = 'from pyspark.sql.functions import udf\n';
    const text = `${head}x = udf(f)\n`;
    const program = pyspark.parse({ path: 'job.py', text });
    const above = { file: 'job.py', start: head.length, end: head.length, text: 'y = 1\n' };
    expect(applyEdits(text, withUnusedImports(program, [above, ...cut(text, [['udf(f)', 'f']])]))).toBe('y = 1\nx = f\n');
  });

  it('go from the end of a line behind which an import is put', () => {
    const text = `from pyspark.sql.functions import col, udf\n@udf\n${BODY}`;
    expect(patchedText(text, [['@udf\n', '']], {}, true)).toBe(
      `from pyspark.sql.functions import col\nfrom pyspark.sql import functions as F\n${BODY}`,
    );
  });

  it('go in a notebook without a step over the end of the cell', () => {
    const cells = [
      ['import os\n', 'from pyspark.sql.functions import udf'],
      ['@udf\n', 'def up(x):\n', '    return x'],
    ];
    const text = JSON.stringify({
      cells: cells.map((source) => ({ cell_type: 'code', source, metadata: {}, outputs: [] })),
      metadata: {},
      nbformat: 4,
    });
    const program = pyspark.parse({ path: 'job.ipynb', text });
    const source = program.source('job.ipynb') as Source;
    const start = source.text.indexOf('@udf');
    const edits = [{ file: 'job.ipynb', start, end: start + 5, text: '' }];
    const made = (more: readonly Edit[]) =>
      JSON.parse(editFile(source, withUnusedImports(program, [...more, ...edits]))).cells.map((one: { source: string[] }) =>
        one.source.join(''),
      );
    const body = 'def up(x):\n    return x';
    expect(made([])).toEqual(['import os', body]);
    expect(made(importEdits(program, [functionsImport(program, 'job.ipynb')]))).toEqual([
      'import os\nfrom pyspark.sql import functions as F',
      body,
    ]);
  });
});
