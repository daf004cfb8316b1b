// Settings without effect: properties of an application's environment; a log without one.
import { log, ruleTester, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const job = (conf: Readonly<Record<string, string>>) =>
  log({ conf, version: '3.5.7' }).job({ stages: [{ tasks: times(4, () => ({ ms: 1000 })) }] });

ruleTester(rule, {
  found: [
    {
      name: 'a threshold of speculation without speculation',
      run: job({ 'spark.speculation.quantile': '0.5' }),
      expect: { heldMs: [0, 0], cause: /spark\.speculation=true/ },
    },
    {
      name: 'back-pressure of DStreams',
      run: job({ 'spark.streaming.backpressure.enabled': 'true' }),
      expect: { heldMs: [0, 0], cause: /DStreams/ },
    },
  ],
  clear: [
    { name: 'speculation with its threshold', run: job({ 'spark.speculation': 'true', 'spark.speculation.quantile': '0.5' }) },
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
