// The join with its small side broadcast, replayed: shuffle writes, reads and sorts go, the stages fuse, the broadcast costs its rows.
// Law: where the graph cannot tell (sizes or heaps missing, a join that is not its stage's first) the share of measured pairs is taken instead.

import { broadcast, compose, type WhatIf } from '../../simulate/index.ts';
import { defineForecast, heldForecast } from '../forecast.ts';

/** Of the held time a broadcast took 0.4 (a run of five seconds) to 0.9 (a large one) away in the labelled pairs. */
const shareOfHeld = heldForecast('work', 0.7);

export const forecast = defineForecast({
  family: 'work',
  basis: 'fit',
  whatIf: (places, facts): WhatIf | undefined => {
    const changes = places.map((place): WhatIf => {
      const stage = place.evidence.find((ref) => ref.kind === 'stage');
      const held = shareOfHeld.whatIf([place], facts);
      const replayed = stage?.kind === 'stage' ? broadcast({ stageId: stage.stageId }) : undefined;
      return {
        name: replayed?.name ?? 'broadcast',
        fuses: true,
        apply: (graph) =>
          replayed !== undefined && replayed.refuse?.(graph) === undefined ? replayed.apply(graph) : (held?.apply(graph) ?? graph),
      };
    });
    return changes.length === 0 ? undefined : compose('broadcast', changes);
  },
});
