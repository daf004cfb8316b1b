// Approximate distinct counts: a comment at the exact ones. The numbers differ, so no rewrite is ever made.

import { defineFixer } from '../define.ts';
import { spotsOf } from '../measured.ts';
import { proposer } from '../propose.ts';

const COMMENT = [
  'Exact distinct counts make every row once per column and shuffle all of them. If a few per cent of error will do: approx_count_distinct(column, 0.02).',
  'What is unique anyhow (the id of the table) can be counted with count; several outputs of the same rows can share one deduplicated frame.',
];

export const approxDistinct = defineFixer({
  id: 'approx-distinct',
  title: 'Approximate distinct counts',
  rules: ['heavy-distinct'],
  codeRules: ['distinct-counts'],
  safety: 'review',
  propose(context) {
    const { program, finding } = context;
    const nodes =
      finding === undefined
        ? context.lint.flatMap((one) => program.statementAt(one.file, one.range.start.line) ?? [])
        : spotsOf(context, ['aggregate', 'distinct']).map((spot) => spot.located.node);
    return nodes.flatMap((node) => {
      const { mark } = proposer('approx-distinct', context, node);
      return mark(
        'Say where approximate counts would do',
        `${finding?.cause ?? context.lint[0]?.message ?? ''} Approximate counts give other numbers: a person must say whether they may.`,
        COMMENT,
      );
    });
  },
});
