// Settings that repeat the default: properties of an application's environment; a log without one.
import { ruleTester, WITHOUT_ENVIRONMENT, withSettings } from '../testing/index.ts';
import { rule } from './rule.ts';

ruleTester(rule, {
  found: [
    {
      name: 'AQE put on where it is on',
      run: withSettings({ 'spark.sql.adaptive.enabled': 'true' }),
      expect: { heldMs: [0, 0], cause: /default of Spark 3\.5/ },
    },
    {
      name: 'the same size in other words',
      run: withSettings({ 'spark.sql.autoBroadcastJoinThreshold': '10485760' }),
      expect: { heldMs: [0, 0], cause: /10MB/ },
    },
  ],
  clear: [
    { name: 'another value', run: withSettings({ 'spark.sql.autoBroadcastJoinThreshold': '20MB' }) },
    { name: 'nothing set', run: withSettings({}) },
  ],
  noData: [WITHOUT_ENVIRONMENT],
});
