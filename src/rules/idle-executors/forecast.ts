// Fewer executors: the same work on fewer slots, and executors that start side by side on one host come up sooner when there are fewer of them.
// Law: money is what it is for; the time is what the replay on fewer slots says, which may be a loss.

import { assuming, executors, type WhatIf, withStages } from '../../simulate/index.ts';
import { defineForecast } from '../forecast.ts';

/** Of the wait for executors, the part that starting them together costs (one labelled pair: 4 on one host came after 7.5 s, 2 of them after 4.7 s). */
const TOGETHER = 0.5;

export const forecast = defineForecast({
  family: 'cores',
  basis: 'replay',
  whatIf: (places, { run }): WhatIf | undefined => {
    const number = (name: string) => places[0]?.numbers.find((one) => one.name === name)?.value;
    const [before, after] = [number('executors'), number('executors that would do')];
    if (typeof before !== 'number' || typeof after !== 'number' || after >= before || after < 1) return undefined;
    const hosts = new Set(run.executors.filter((executor) => executor.id !== 'driver').map((executor) => executor.host));
    return {
      name: `executors=${after}`,
      apply: (graph) => {
        const fewer = executors(after).apply(graph);
        if (hosts.size === 0 || before <= hosts.size) return fewer;
        const sooner = 1 - TOGETHER * (1 - after / before);
        const first = fewer.slots.times[0] ?? 0;
        // Stages that were ready before the first executor came stood still until then.
        const waited = withStages(fewer, (stage) =>
          stage.delayMs > first / 2 ? { ...stage, delayMs: stage.delayMs - first * (1 - sooner) } : stage,
        );
        return assuming(
          { ...waited, slots: { ...fewer.slots, times: fewer.slots.times.map((at) => at * sooner) } },
          'executors that start side by side on a host come up sooner when there are fewer',
        );
      },
    };
  },
});
