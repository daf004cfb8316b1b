// Settings that repeat the default: properties of an application's environment; a log without one.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const job = (conf: Readonly<Record<string, string>>) =>
  log({ conf, version: '3.5.7' }).job({ stages: [{ tasks: times(4, () => ({ ms: 1000 })) }] });

ruleTester(rule, {
  found: [
    {
      name: 'AQE put on where it is on',
      run: job({ 'spark.sql.adaptive.enabled': 'true' }),
      expect: { heldMs: [0, 0], cause: /default of Spark 3\.5/ },
    },
    {
      name: 'the same size in other words',
      run: job({ 'spark.sql.autoBroadcastJoinThreshold': '10485760' }),
      expect: { heldMs: [0, 0], cause: /10MB/ },
    },
  ],
  clear: [
    { name: 'another value', run: job({ 'spark.sql.autoBroadcastJoinThreshold': '20MB' }) },
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
