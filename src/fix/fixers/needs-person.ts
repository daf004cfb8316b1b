// Causes whose cure needs knowledge that neither code nor log has: a comment at the line says what to do.
// Law: the comment names what the analysis knows of the place; nothing is changed.

import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { firstOf } from '../places.ts';
import { leave, mark, ruleOf } from '../propose.ts';

const FIXER = 'needs-person';

interface Advice {
  /** The finding of the code. */
  readonly id: string;
  readonly title: string;
  readonly comment: readonly string[];
}

const ADVICE: readonly Advice[] = [
  {
    id: 'window-unpartitioned',
    title: 'A window over all rows needs a key, or another way',
    comment: [
      'without partitionBy all rows go to one task. Add the key within which the window is meant; for a running number of all rows take rdd.zipWithIndex(), for a running total the totals of ranges first, then their sums.',
    ],
  },
  {
    id: 'topandas-large',
    title: 'Rows are brought to the driver',
    comment: ['every row comes into the memory of the driver. Keep the work in Spark, or take a limit or an aggregate.'],
  },
  {
    id: 'random-salt-on-retry',
    title: 'Random values decide where rows go',
    comment: ['a task that is run again sends its rows elsewhere. Derive the value from the row: F.pmod(F.xxhash64(key), F.lit(n)).'],
  },
];

export const needsPerson = defineFixer({
  id: FIXER,
  title: 'A comment where a person must decide',
  rules: ['single-partition', 'driver-collect'],
  codeRules: ADVICE.map((one) => one.id),
  safety: 'review',
  order: 90,
  propose: (context) => ADVICE.flatMap((one) => proposalsFor(context, one)),
});

function proposalsFor(context: FixContext, advice: Advice): Proposal[] {
  const found = context.lint.filter((one) => one.id === advice.id);
  return firstOf(found, (one) => `${one.file} ${one.range.start.offset}`).flatMap((one) => {
    const node = context.program.statementAt(one.file, one.range.start.line);
    if (node === undefined) return [];
    const given = { fixer: FIXER, rule: ruleOf(context), at: node, title: advice.title, reason: one.message };
    // A thing that only may cost something is not worth a line in somebody's file.
    if (one.certainty === 'possible' && context.finding === undefined) return [leave(given)];
    return [mark({ ...given, comment: advice.comment })];
  });
}
