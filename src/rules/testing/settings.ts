// For rules that judge settings: a run with these, and the case of a log that has none.
import { log, times } from './log.ts';

/** A small run of Spark 3.5 with these properties. */
export const withSettings = (conf: Readonly<Record<string, string>>) =>
  log({ conf, version: '3.5.7' }).job({ stages: [{ tasks: times(4, () => ({ ms: 1000 })) }] });

/** The case of `noData` that each of them has. */
export const WITHOUT_ENVIRONMENT = {
  name: 'a log without environment',
  run: withSettings({})
    .text()
    .split('\n')
    .filter((line) => !line.includes('EnvironmentUpdate'))
    .join('\n'),
  expect: { says: /settings/ },
};
