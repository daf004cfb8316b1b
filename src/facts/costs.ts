// What a run's allocated core time went into, by cause: useful work, spill, retries, skew, driver, start-up, and the rest idle.
// Laws: the parts are disjoint, none is negative, and they add up to the allocated core time; without known slots there is no split.

import { FLAG } from '../eventlog/index.ts';
import { activity } from './activity.ts';
import { clock } from './clock.ts';
import { defineFact } from './define.ts';
import { settings } from './settings.ts';
import { skew } from './skew.ts';
import { stages } from './stages.ts';
import { eachPiece, integral } from './steps.ts';
import { timeline } from './timeline.ts';

/**
 * `work`: attempts that counted. `spill`: their time for writing and reading what did not fit. `retries`: attempts that did not count.
 * `start-up`: no task yet, before the first query. `driver wait`: no task, any other reason. `skew tail`: slots empty while heavy tasks of a stage
 * ran on. `idle`: slots empty while other tasks ran.
 */
export type CostCause = 'work' | 'spill' | 'retries' | 'start-up' | 'driver wait' | 'skew tail' | 'idle';

export interface CostSplit {
  /** Core-milliseconds that executors held. */
  readonly allocatedCoreMs: number;
  /** By cause, heaviest first; Σ coreMs = allocatedCoreMs. */
  readonly parts: readonly { readonly cause: CostCause; readonly coreMs: number }[];
}

/** What a task spills it writes and reads once, bytes per ms (page cache; what simulate's memory what-if takes too). */
const SPILL_RATE = (200 * 1024 ** 2) / 1000;

export const costs = defineFact('costs', (_, get): CostSplit | undefined => {
  const { startMs, endMs } = get(clock);
  const active = get(activity);
  const { taskCpus } = get(settings);
  const { allocatedCoreMs, slots, running } = active;
  if (startMs === undefined || endMs === undefined || allocatedCoreMs === undefined || allocatedCoreMs <= 0) return undefined;
  const slotMs = integral(slots, startMs, endMs);
  if (slotMs <= 0) return undefined;
  // Cores that make no whole slot are held all the same.
  const perSlot = allocatedCoreMs / slotMs;
  const held = (from: number, to: number) => integral(slots, from, to) * perSlot;

  let startUp = 0;
  let driver = 0;
  for (const segment of get(timeline).segments) {
    const coreMs = held(segment.startMs, segment.endMs);
    if (segment.label === 'start-up') startUp += coreMs;
    else driver += coreMs;
  }
  let retries = 0;
  let spill = 0;
  for (const { stage } of get(stages).all) {
    const { tasks } = stage;
    const [flags, duration, disk] = [tasks.int('flags'), tasks.int('duration'), tasks.float('diskSpilled')];
    const spills = tasks.has('diskSpilled');
    for (let i = 0; i < tasks.length; i++) {
      const ms = duration[i] as number;
      if (((flags[i] as number) & FLAG.success) === 0 || ((flags[i] as number) & FLAG.duplicate) !== 0) retries += ms;
      else if (spills) spill += Math.min(ms, (2 * (disk[i] as number)) / SPILL_RATE);
    }
  }
  // Slots that stood empty while the heavy tasks of a stage ran on; stages side by side are not counted twice.
  let tail = 0;
  let until = startMs;
  const tails = get(skew)
    .all.map(({ stage, heldMs }) => ({ from: Math.max(stage.startMs, stage.endMs - heldMs), to: Math.min(endMs, stage.endMs) }))
    .sort((a, b) => a.from - b.from);
  for (const { from, to } of tails) {
    const begin = Math.max(from, until);
    if (to <= begin) continue;
    eachPiece(running, begin, to, (value, a, b) => {
      if (value > 0) tail += Math.max(0, held(a, b) - value * taskCpus * (b - a));
    });
    until = to;
  }
  // A driver that stamps the ends of tasks late makes them longer than their slots: what there is, is shared.
  const room = Math.max(0, allocatedCoreMs - startUp - driver);
  const busy = active.busyCoreMs;
  const squeeze = busy > room ? room / Math.max(1, busy) : 1;
  const lost = Math.min(busy, retries * taskCpus) * squeeze;
  const spilled = Math.min(Math.max(0, busy * squeeze - lost), spill * taskCpus * squeeze);
  const empty = Math.max(0, room - busy * squeeze);
  const skewed = Math.min(empty, tail);
  const parts: { cause: CostCause; coreMs: number }[] = [
    { cause: 'work', coreMs: Math.max(0, busy * squeeze - lost - spilled) },
    { cause: 'spill', coreMs: spilled },
    { cause: 'retries', coreMs: lost },
    { cause: 'start-up', coreMs: startUp },
    { cause: 'driver wait', coreMs: driver },
    { cause: 'skew tail', coreMs: skewed },
    { cause: 'idle', coreMs: empty - skewed },
  ];
  return { allocatedCoreMs, parts: parts.filter((part) => part.coreMs > 0).sort((a, b) => b.coreMs - a.coreMs) };
});
