// Deprecated and removed settings: properties of an application's environment; a log without one.
import { ruleTester, WITHOUT_ENVIRONMENT, withSettings } from '../testing/index.ts';
import { rule } from './rule.ts';

ruleTester(rule, {
  found: [
    {
      name: 'an old name',
      run: withSettings({ 'spark.sql.execution.arrow.enabled': 'true' }),
      expect: { heldMs: [0, 0], remedies: /arrow\.pyspark\.enabled/ },
    },
    {
      name: 'a fraction of Spark 1',
      run: withSettings({ 'spark.storage.memoryFraction': '0.5' }),
      expect: { heldMs: [0, 0], remedies: /storageFraction/ },
    },
  ],
  clear: [
    { name: 'the new name', run: withSettings({ 'spark.sql.execution.arrow.pyspark.enabled': 'true' }) },
    { name: 'nothing set', run: withSettings({}) },
  ],
  noData: [WITHOUT_ENVIRONMENT],
});
