// Deprecated and removed settings: properties of an application's environment; a log without one.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const job = (conf: Readonly<Record<string, string>>) =>
  log({ conf, version: '3.5.7' }).job({ stages: [{ tasks: times(4, () => ({ ms: 1000 })) }] });

ruleTester(rule, {
  found: [
    {
      name: 'an old name',
      run: job({ 'spark.sql.execution.arrow.enabled': 'true' }),
      expect: { heldMs: [0, 0], remedies: /arrow\.pyspark\.enabled/ },
    },
    {
      name: 'a fraction of Spark 1',
      run: job({ 'spark.storage.memoryFraction': '0.5' }),
      expect: { heldMs: [0, 0], remedies: /storageFraction/ },
    },
  ],
  clear: [
    { name: 'the new name', run: job({ 'spark.sql.execution.arrow.pyspark.enabled': 'true' }) },
    { name: 'nothing set', run: job({}) },
  ],
  noData: [
    {
      name: 'a log without environment',
      run: job({})
        .text()
        .split('\n')
        .filter((line) => !line.includes('EnvironmentUpdate'))
        .join('\n'),
      expect: { says: /settings/ },
    },
  ],
});
