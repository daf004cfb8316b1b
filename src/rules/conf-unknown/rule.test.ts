// Settings that Spark does not know: properties of an application's environment; a log without one.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const job = (conf: Readonly<Record<string, string>>) =>
  log({ conf, version: '3.5.7' }).job({ stages: [{ tasks: times(4, () => ({ ms: 1000 })) }] });

ruleTester(rule, {
  found: [
    {
      name: 'a misspelt key',
      run: job({ 'spark.sql.shufle.partitions': '8' }),
      expect: { heldMs: [0, 0], remedies: /spark\.sql\.shuffle\.partitions/ },
    },
    {
      name: 'a key that never was',
      run: job({ 'spark.executor.memoryFraction': '0.8' }),
      expect: { heldMs: [0, 0], remedies: /memory\.fraction/ },
    },
  ],
  clear: [
    { name: 'a key of the application', run: job({ 'spark.acme.retries': '3' }) },
    { name: 'a key behind an open prefix', run: job({ 'spark.executorEnv.PYTHONHASHSEED': '0' }) },
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
