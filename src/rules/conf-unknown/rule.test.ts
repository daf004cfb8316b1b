// Settings that Spark does not know: properties of an application's environment; a log without one.
import { ruleTester, WITHOUT_ENVIRONMENT, withSettings } from '../testing/index.ts';
import { rule } from './rule.ts';

ruleTester(rule, {
  found: [
    {
      name: 'a misspelt key',
      run: withSettings({ 'spark.sql.shufle.partitions': '8' }),
      expect: { heldMs: [0, 0], remedies: /spark\.sql\.shuffle\.partitions/ },
    },
    {
      name: 'a key that never was',
      run: withSettings({ 'spark.executor.memoryFraction': '0.8' }),
      expect: { heldMs: [0, 0], remedies: /memory\.fraction/ },
    },
  ],
  clear: [
    { name: 'a key of the application', run: withSettings({ 'spark.acme.retries': '3' }) },
    { name: 'a key behind an open prefix', run: withSettings({ 'spark.executorEnv.PYTHONHASHSEED': '0' }) },
  ],
  noData: [WITHOUT_ENVIRONMENT],
});
