// Harmful settings: what the environment of the log says, judged by the catalogue of keys.
// Law: a note that holds 0 ms by itself. Where the program sets the key and a found cause names it as its evidence, it costs what that cause costs.

import { confResult } from '../conf-place.ts';
import { defineRule } from '../define.ts';

export const rule = defineRule({
  meta: {
    id: 'conf-harmful',
    title: 'Harmful settings',
    category: 'configuration',
    needs: ['configuration'],
    fixability: 'review',
    saves: 'time',
    inCode: ['setting'],
    costOfKeys: true,
    thresholds: {},
    explains: [],
  },
  diagnose: ({ configuration }) => confResult(configuration, 'conf-harmful', 'no setting is harmful'),
});
