// Harmful settings: properties of an application's environment; a log without one.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const job = (conf: Readonly<Record<string, string>>) =>
  log({ conf, version: '3.5.7' }).job({ stages: [{ tasks: times(4, () => ({ ms: 1000 })) }] });

ruleTester(rule, {
  found: [
    { name: 'no limit for results', run: job({ 'spark.driver.maxResultSize': '0' }), expect: { heldMs: [0, 0], cause: /limit/ } },
    { name: 'AQE off', run: job({ 'spark.sql.adaptive.enabled': 'false' }), expect: { heldMs: [0, 0], cause: /adapts plans/ } },
  ],
  clear: [
    { name: 'a limit', run: job({ 'spark.driver.maxResultSize': '4g' }) },
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
