// Unsplittable input: say here in one or two lines which waste this finds, and what it is a cause of.
// Law: pure; it reads only what meta.needs declares.
import { defineRule } from '../define.ts';

export const rule = defineRule({
  meta: {
    id: 'unsplittable-input',
    title: 'Unsplittable input',
    category: 'shuffle',
    needs: [],
    fixability: 'advice',
    saves: 'time',
    thresholds: {
      minShare: {
        value: 0.1,
        unit: 'share',
        origin: 'to do: the source or the measurement this number comes from',
        description: 'below this share of the run the cause is not there',
      },
    },
    explains: [],
  },
  diagnose() {
    return { status: 'noData', missing: ['everything: this rule is not written yet'] };
  },
});
