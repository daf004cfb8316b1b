// Settings without effect: what the environment of the log says, judged by the catalogue of keys.
// Law: a note, never a cause of time: it holds 0 ms.

import { confResult } from '../conf-place.ts';
import { defineRule } from '../define.ts';

export const rule = defineRule({
  meta: {
    id: 'conf-no-effect',
    title: 'Settings without effect',
    category: 'configuration',
    needs: ['configuration'],
    fixability: 'advice',
    saves: 'time',
    inCode: ['setting'],
    thresholds: {},
    explains: [],
  },
  diagnose: ({ configuration }) => confResult(configuration, 'conf-no-effect', 'every setting has an effect'),
});
