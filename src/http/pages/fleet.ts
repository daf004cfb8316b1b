// The fleet as a plain page: models ranked by what could be saved, shared fixes, the newest runs.
// Law: a saving is called a forecast; a link goes to what it says.

import { formatMillis, plural } from '../../base/index.ts';
import type { FleetView } from '../fleet.ts';
import type { StoredRun } from '../store/types.ts';
import { html, page } from './layout.ts';

const time = (ms: number | null): string => (ms === null ? '' : formatMillis(ms));
const when = (ms: number | null): string => (ms === null ? '' : `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`);
const MAX_ROWS = 200;

export interface FleetPage {
  readonly fleet: FleetView;
  readonly newest: readonly StoredRun[];
  readonly waiting: number;
  readonly watching: number;
}

export function fleetPage({ fleet, newest, waiting, watching }: FleetPage): string {
  const { totals, models, fixes } = fleet;
  const shared = fixes.filter((fix) => fix.models.length > 1).slice(0, 50);
  return page(
    'Fleet',
    html`<h1>Fleet</h1>
<p class="lead">${plural(fleet.runs, 'run')} of ${plural(models.length, 'model')} took ${formatMillis(totals.wallMs)}.${
      totals.savedMs === null ? '' : ` Cured of what was found they would have taken about ${formatMillis(totals.savedMs)} less (forecast).`
    }</p>
<p class="dim">${plural(watching, 'watched folder')}${waiting === 0 ? '' : `; to be audited: ${plural(waiting, 'log')}`}${
      fleet.failedLogs === 0 ? '' : html`; <a href="/api/v1/logs?state=failed">${plural(fleet.failedLogs, 'log')} could not be read</a>`
    }.</p>
${
  models.length === 0
    ? html`<p>No run yet. Start the server with <code>--watch FOLDER</code>, or send a log:
<code>curl -H 'content-type: application/octet-stream' --data-binary @app.zstd '…/api/v1/runs?name=app.zstd'</code></p>`
    : html`<h2>Models, the most to save first</h2>
<div class="scroll"><table>
<tr><th>Model</th><th class="n">Runs</th><th class="n">A day</th><th class="n">Typical run</th><th class="n">Could be saved</th><th class="n">A day</th><th>Heaviest finding of the newest run</th></tr>
${models
  .slice(0, MAX_ROWS)
  .map(
    (model) =>
      html`<tr><td><a href="/runs/${model.lastRun}">${model.model}</a></td><td class="n">${model.runs}</td><td class="n">${
        model.runsPerDay === null ? '' : model.runsPerDay.toPrecision(2)
      }</td><td class="n">${time(model.medianWallMs)}</td><td class="n">${time(model.savedMs)}</td><td class="n">${time(model.savedMsPerDay)}</td><td>${
        model.top?.title ?? ''
      }</td></tr>`,
  )}
</table></div>`
}
${
  shared.length === 0
    ? ''
    : html`<h2>Fixes that several models share</h2>
<div class="scroll"><table>
<tr><th>Cause</th><th>Where</th><th>Models</th><th class="n">Runs</th><th class="n">Alone it would save</th></tr>
${shared.map(
  (fix) =>
    html`<tr><td>${fix.title}</td><td>${fix.target?.name ?? ''}</td><td>${fix.models.slice(0, 8).join(', ')}${
      fix.models.length > 8 ? `, ${fix.models.length - 8} more` : ''
    }</td><td class="n">${fix.runs}</td><td class="n">${time(fix.savedMs)}</td></tr>`,
)}
</table></div>`
}
${
  newest.length === 0
    ? ''
    : html`<h2>Newest runs</h2>
<div class="scroll"><table>
<tr><th>Began</th><th>Model</th><th class="n">Took</th><th>What held it</th></tr>
${newest.map(
  ({ id, summary }) =>
    html`<tr><td>${when(summary.startMs)}</td><td><a href="/runs/${id}">${summary.model}</a></td><td class="n">${time(summary.wallMs)}</td><td>${
      summary.headline
    }</td></tr>`,
)}
</table></div>`
}`,
  );
}
