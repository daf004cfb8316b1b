// Settings that repeat the default: what the environment of the log says, judged by the catalogue of keys.
// Law: a note, never a cause of time: it holds 0 ms.

import { confResult } from '../conf-place.ts';
import { defineRule } from '../define.ts';

export const rule = defineRule({
  meta: {
    id: 'conf-restates-default',
    title: 'Settings that repeat the default',
    category: 'configuration',
    needs: ['configuration'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['setting'],
    thresholds: {},
    explains: [],
  },
  diagnose: ({ configuration }) => confResult(configuration, 'conf-restates-default', 'no setting repeats a default', true),
});
