// Settings without effect: properties of an application's environment; a log without one.
import { ruleTester, WITHOUT_ENVIRONMENT, withSettings } from '../testing/index.ts';
import { rule } from './rule.ts';

ruleTester(rule, {
  found: [
    {
      name: 'a threshold of speculation without speculation',
      run: withSettings({ 'spark.speculation.quantile': '0.5' }),
      expect: { heldMs: [0, 0], cause: /spark\.speculation=true/ },
    },
    {
      name: 'back-pressure of DStreams',
      run: withSettings({ 'spark.streaming.backpressure.enabled': 'true' }),
      expect: { heldMs: [0, 0], cause: /DStreams/ },
    },
  ],
  clear: [
    { name: 'speculation with its threshold', run: withSettings({ 'spark.speculation': 'true', 'spark.speculation.quantile': '0.5' }) },
    { name: 'nothing set', run: withSettings({}) },
  ],
  noData: [WITHOUT_ENVIRONMENT],
});
