// What the chart of a history shows: per model one or two lanes of runs, before and after.
// Laws: pure; a proof goes before versions, versions before plain runs; models without a success have no lane and are counted.

import type { RunSummary } from '../base/index.ts';
import type { Change, History } from './history-types.ts';
import { basisText, verdictText } from './history-words.ts';
import { clean } from './text.ts';

export interface ChartLane {
  readonly role: 'before' | 'after' | 'runs';
  readonly summary: RunSummary;
}

export interface ChartRow {
  readonly title: string;
  /** `slow → fast`; empty for plain runs. */
  readonly detail: string;
  /** What came of it, at the right. */
  readonly note: string;
  readonly lanes: readonly ChartLane[];
}

export interface Chart {
  readonly rows: readonly ChartRow[];
  /** Models that are not in it: without a success, and beyond `MAX_CHART_ROWS`. */
  readonly silent: number;
  readonly more: number;
  readonly nowMs: number;
}

/** More than this is no picture but a list. */
const MAX_CHART_ROWS = 30;

export function chartOf(history: History): Chart {
  const changes = new Map<string, Change>();
  for (const change of history.changes)
    if (lanesOf(change).length > 0 && changes.get(change.model)?.basis !== 'proof') changes.set(change.model, change);
  const names = [...new Set([...history.models.map(({ model }) => model), ...changes.keys()])];
  const rows: (ChartRow & { readonly changed: boolean })[] = [];
  let silent = 0;
  for (const name of names) {
    const change = changes.get(name);
    const model = history.models.find((candidate) => candidate.model === name);
    const own = model?.duration;
    if (change !== undefined) rows.push({ ...rowOf(change), changed: true });
    else if (own !== undefined)
      rows.push({ title: clean(name, 100), detail: '', note: '', lanes: [{ role: 'runs', summary: own }], changed: false });
    // What only ever ran as a side of a proof is in the row of that proof.
    else if (model !== undefined && (model.runs > 0 || model.proofRuns === 0)) silent++;
  }
  // What changed comes first.
  const shown = [...rows.filter((row) => row.changed), ...rows.filter((row) => !row.changed)];
  return { rows: shown.slice(0, MAX_CHART_ROWS), silent, more: Math.max(0, shown.length - MAX_CHART_ROWS), nowMs: history.nowMs };
}

function lanesOf({ before, after }: Change): ChartLane[] {
  const lane = (role: 'before' | 'after', summary: RunSummary | undefined): ChartLane[] =>
    summary === undefined ? [] : [{ role, summary }];
  return [...lane('before', before.duration), ...lane('after', after.duration)];
}

const rowOf = (change: Change): ChartRow => ({
  title: clean(change.model, 100),
  detail: `${clean(change.before.label, 60)} → ${clean(change.after.label, 60)}`,
  note: [verdictText(change), basisText(change)].filter((text) => text !== '').join(' · '),
  lanes: lanesOf(change),
});
