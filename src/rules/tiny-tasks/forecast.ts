// Fewer, larger tasks: the overhead goes. Where the tasks stood in line for a core, their rows' own time was stretched too, and shrinks with it.
// Law: between what is known to be overhead and what the CPU time of the rows alone would take; the middle of the two is likely.

import { sum } from '../../base/index.ts';
import { assuming, compose, contentionOf, relief, scaled, withStages } from '../../simulate/index.ts';
import { defineForecast, reliefOf, stagesOfPlaces } from '../forecast.ts';

/** From this stretch on the tasks are seen to have stood in line. */
const IN_LINE = 1.5;
/** Time per unit of CPU time that no counter shows (see simulate/contention.ts). */
const HIDDEN = 0.6;

export const forecast = defineForecast({
  family: 'width',
  basis: 'fit',
  whatIf: (places, facts) => {
    const refs = stagesOfPlaces(places);
    const overhead = relief(places.map((place) => reliefOf(place, facts, false, 0.95)));
    return compose('tasks', [
      {
        name: 'in line',
        apply: (graph) => {
          if (!graph.local) return overhead.apply(graph);
          const { stretch } = contentionOf(graph);
          const less = overhead.apply(graph);
          const next = withStages(less, (stage, s) => {
            const before = graph.stages[s];
            if (before === undefined || stage === before || (stretch[s] as number) < IN_LINE) return stage;
            if (!refs.some((ref) => ref.stageId === stage.id && (ref.attempt ?? 0) === stage.attempt)) return stage;
            const left = sum(stage.tasks.duration);
            const rows = (1 + HIDDEN) * sum(before.tasks.parts().cpuMs);
            return left > 0 && rows < left ? scaled(stage, Math.sqrt(rows / left)) : stage;
          });
          return next === less
            ? next
            : assuming(next, 'the tasks stood in line for a core; with fewer of them the rows’ own work shrinks too');
        },
      },
    ]);
  },
});
