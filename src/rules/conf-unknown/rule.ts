// Settings that Spark does not know: what the environment of the log says, judged by the catalogue of keys.
// Law: a note, never a cause of time: it holds 0 ms.

import { confResult } from '../conf-place.ts';
import { defineRule } from '../define.ts';

export const rule = defineRule({
  meta: {
    id: 'conf-unknown',
    title: 'Settings that Spark does not know',
    category: 'configuration',
    needs: ['configuration'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['setting'],
    thresholds: {},
    explains: [],
  },
  diagnose: ({ configuration }) => confResult(configuration, 'conf-unknown', 'every setting is known'),
});
