// Harmful settings: properties of an application's environment; a log without one.
import { ruleTester, WITHOUT_ENVIRONMENT, withSettings } from '../testing/index.ts';
import { rule } from './rule.ts';

ruleTester(rule, {
  found: [
    { name: 'no limit for results', run: withSettings({ 'spark.driver.maxResultSize': '0' }), expect: { heldMs: [0, 0], cause: /limit/ } },
    { name: 'AQE off', run: withSettings({ 'spark.sql.adaptive.enabled': 'false' }), expect: { heldMs: [0, 0], cause: /adapts plans/ } },
  ],
  clear: [
    { name: 'a limit', run: withSettings({ 'spark.driver.maxResultSize': '4g' }) },
    { name: 'nothing set', run: withSettings({}) },
  ],
  noData: [WITHOUT_ENVIRONMENT],
});
