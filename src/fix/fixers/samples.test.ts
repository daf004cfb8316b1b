// Every safe fixer on its samples: what comes out, letter by letter, and why nothing does.
import { describe, expect, test } from 'vitest';
import { editFile, type Source } from '../../pyspark/index.ts';
import type { Fixer } from '../define.ts';
import { fixers } from './index.ts';
import { asked, fixed, parse, rewrites } from './testing/asked.ts';
import { COUNTEREXAMPLES } from './testing/counterexamples.ts';
import { HEAD, SAMPLES } from './testing/samples.ts';

/** The text as a Jupyter notebook of one cell. */
const notebook = (text: string): string =>
  JSON.stringify(
    {
      cells: [{ cell_type: 'code', metadata: {}, outputs: [], source: text.split(/(?<=\n)/) }],
      metadata: {},
      nbformat: 4,
      nbformat_minor: 5,
    },
    null,
    1,
  );

const fixerOf = (id: string): Fixer => fixers.find((one) => one.id === id) as Fixer;

describe('samples', () => {
  test.each([...SAMPLES, ...COUNTEREXAMPLES].map((one) => [`${one.fixer}: ${one.name}`, one] as const))(
    '%s',
    (_, { fixer, before, after, why, unsure, silent }) => {
      const program = parse(HEAD + before);
      const proposals = asked(fixerOf(fixer), program);
      const made = rewrites(proposals);
      if (after !== undefined) expect(fixed(program, made)).toBe(HEAD + after);
      else if (unsure !== undefined) {
        expect(made.length).toBeGreaterThan(0);
        for (const one of made) {
          expect(one.safety).toBe('review');
          expect(one.preconditions.flatMap(({ holds, text }) => (holds === undefined ? [text] : [])).join('\n')).toContain(unsure);
        }
      } else {
        expect(made).toEqual([]);
        expect(proposals.length > 0).toBe(silent !== true);
        if (why !== undefined) expect(proposals.map((one) => one.reason).join('\n')).toContain(why);
      }
    },
  );

  test.each(
    SAMPLES.filter((one) => one.after !== undefined && !/import/.test(one.after)).map((one) => [`${one.fixer}: ${one.name}`, one] as const),
  )('in a notebook: %s', (_, { fixer, before, after }) => {
    const program = parse(notebook(HEAD + before), 'job.ipynb');
    const made = rewrites(asked(fixerOf(fixer), program));
    const text = editFile(
      program.source('job.ipynb') as Source,
      made.flatMap((one) => one.edits),
    );
    const { cells } = JSON.parse(text) as { cells: { source: string[] }[] };
    expect(cells.map((one) => one.source.join('')).join('')).toBe(HEAD + after);
  });

  test('a long chain of withColumn', () => {
    const links = Array.from({ length: 45 }, (_, i) => `    .withColumn("c${i}", F.col("x") + ${i})\n`).join('');
    const program = parse(`${HEAD}(\n    df.where("x > 1")\n${links}    .write.parquet("out")\n)\n`);
    const text = fixed(program, rewrites(asked(fixerOf('with-columns'), program)));
    expect(text).toContain('    .withColumns(\n        {\n            "c0": F.col("x") + 0,');
    const dependent = parse(`${HEAD}(\n    df.where("x > 1")\n${links}    .withColumn("d", F.col("c3"))\n    .write.parquet("out")\n)\n`);
    expect(rewrites(asked(fixerOf('with-columns'), dependent))).toEqual([]);
  });
});
