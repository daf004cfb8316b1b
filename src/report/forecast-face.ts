// A forecast as people, agents and programs read it: likely time, its range, what it stands on, and the curve over cores.
// Laws: a forecast is never called a measurement; what cannot be predicted says why and shows no number.

import { formatMillis, formatShare, plural } from '../base/index.ts';
import type { Curve, CurvePoint, Forecast } from '../simulate/index.ts';
import { Canvas } from './canvas.ts';
import { plain } from './json.ts';
import { md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { Brief } from './terse.ts';
import { clean } from './text.ts';
import { formatCoreMillis } from './words.ts';

export interface ForecastView {
  readonly name: string;
  readonly id: string | undefined;
  readonly forecast: Forecast;
  readonly curve: Curve | undefined;
}

/** The documented fields first, the run's name and the curve behind them. */
export const forecastJson = ({ name, id, forecast, curve }: ForecastView) =>
  plain({ ...forecast, application: { id, name }, ...(curve === undefined ? {} : { curve }) });

const BASIS: Readonly<Record<Forecast['basis'], string>> = {
  replay: 'replay of the run’s own schedule',
  fit: 'replay, with task times fitted on the run’s own tasks',
  prior: 'replay, with the size of the effect taken from other runs',
};

const minus = (ms: number): string => (ms < 0 ? `−${formatMillis(-ms)}` : formatMillis(ms));

/** The answer in a sentence. */
export function forecastHeadline({ forecast }: ForecastView): string {
  const { measuredMs, likelyMs, lowMs, highMs, whatIfs } = forecast;
  if (forecast.cannotPredict !== null || likelyMs === null || measuredMs === null || lowMs === null || highMs === null)
    return `No forecast: ${forecast.cannotPredict ?? 'the run cannot be replayed'}.`;
  if (whatIfs.length === 0) {
    const miss = forecast.replayMs === null || measuredMs === 0 ? 0 : forecast.replayMs / measuredMs - 1;
    return `As it was, the run took ${formatMillis(measuredMs)}; its replay gives ${formatMillis(forecast.replayMs ?? 0)} (${(miss * 100).toFixed(1).replace(/^-(0\.0)$/, '$1')} % off).`;
  }
  const change = likelyMs - measuredMs;
  const word =
    Math.abs(change) < 0.02 * measuredMs
      ? 'hardly different'
      : `${formatShare(Math.abs(change) / Math.max(1, measuredMs))} ${change < 0 ? 'less' : 'more'}`;
  return `With ${whatIfs.join(', ')}: about ${formatMillis(likelyMs)} instead of ${formatMillis(measuredMs)} (${word}), likely between ${formatMillis(lowMs)} and ${formatMillis(highMs)}.`;
}

/** What it stands on, and how claims of its kind held. */
function basisText({ forecast: { basis, record } }: ForecastView): string {
  const stands = `Basis: ${BASIS[basis]}.`;
  if (record === null)
    return `${stands} The range holds the measured time in about nine of ten cases; no proof on record has tested that here yet.`;
  const wider = record.factor > 1 ? ` The range is ${record.factor.toFixed(1)} times as wide as usual for it.` : '';
  return `${stands} Record of such forecasts: ${plural(record.claims, 'proof')}, error ${formatShare(record.medianError)} of the run in the middle, ${formatShare(record.p90Error)} in nine of ten; ${formatShare(record.coverage)} inside the range.${wider}`;
}

function factsOf({ forecast }: ForecastView): string[] {
  const { bounds, slots, utilisation, slotMs } = forecast;
  return [
    ...(slots === null
      ? []
      : [
          slots.measured === slots.forecast
            ? plural(slots.measured, 'task slot')
            : `${slots.measured} → ${plural(slots.forecast, 'task slot')}`,
        ]),
    ...(utilisation === null ? [] : [`busy ${formatShare(utilisation)} of the time`]),
    ...(slotMs === null ? [] : [`holds ${formatCoreMillis(slotMs)}`]),
    ...(bounds === null || !Number.isFinite(bounds.infiniteSlotsMs)
      ? []
      : [`with any number of slots not under ${formatMillis(bounds.infiniteSlotsMs)}`]),
  ];
}

const pointCells = (point: CurvePoint): string[] => [
  String(point.cores),
  minus(point.likelyMs),
  `${formatMillis(point.lowMs)} – ${formatMillis(point.highMs)}`,
  formatShare(point.utilisation),
  formatCoreMillis(point.slotMs),
];

const elbowText = (curve: Curve): string =>
  curve.elbow === null ? '' : `Up to ${plural(curve.elbow, 'core')} each doubling still gives at least half of what it costs.`;

export function renderForecastTerminal(view: ForecastView, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  const { forecast, curve } = view;
  page.ends(clean(view.name, 200) || 'unnamed application', clean(view.id, 80), { leftStyle: c.bold, rightStyle: c.dim });
  page.blank();
  page.para(clean(forecastHeadline(view), 600), { style: c.bold });
  const facts = factsOf(view);
  if (facts.length > 0) page.para(`${facts.join(' · ')}.`);
  if (forecast.cannotPredict === null) page.para(basisText(view), { style: c.dim });
  if (forecast.assumptions.length > 0) {
    page.heading('Assumed');
    for (const word of forecast.assumptions) page.para(`- ${clean(word, 300)}`);
  }
  if (curve !== undefined && curve.points.length > 0) {
    page.heading('Over cores');
    const longest = Math.max(...curve.points.map((point) => point.likelyMs));
    const room = Math.max(10, Math.min(40, page.width - 50));
    for (const point of curve.points) {
      const [cores, likely, , busy, cost] = pointCells(point) as [string, string, string, string, string];
      const bar = (options.unicode ? '█' : '#').repeat(Math.max(1, Math.round((point.likelyMs / longest) * room)));
      page.row([
        { text: cores, width: 6, align: 'right' },
        { text: likely, width: 10, align: 'right' },
        { text: busy, width: 6, align: 'right', style: c.dim },
        { text: cost, width: 19, align: 'right', style: c.dim },
        { text: bar, style: point.cores === curve.elbow ? c.green : c.cyan },
      ]);
    }
    page.para(`cores, likely time, busy share, core time held. ${elbowText(curve)}`, { style: c.dim });
  }
  return page.toString();
}

export function renderForecastMarkdown(view: ForecastView): string {
  const { forecast, curve } = view;
  const lines = [
    `# Forecast of ${md(clean(view.name, 200) || 'an unnamed application')}`,
    '',
    `**${md(clean(forecastHeadline(view), 600))}**`,
  ];
  const facts = factsOf(view);
  if (facts.length > 0) lines.push('', `${facts.map(md).join(' · ')}.`);
  if (forecast.cannotPredict === null) lines.push('', basisText(view));
  if (forecast.assumptions.length > 0) lines.push('', '## Assumed', '', ...forecast.assumptions.map((word) => `- ${md(clean(word, 300))}`));
  if (curve !== undefined && curve.points.length > 0)
    lines.push(
      '',
      '## Over cores',
      '',
      ...table(
        [
          { head: 'Cores', right: true },
          { head: 'Likely', right: true },
          { head: 'Range' },
          { head: 'Busy', right: true },
          { head: 'Core time held', right: true },
        ],
        curve.points.map(pointCells),
      ),
      '',
      elbowText(curve),
    );
  return `${lines.join('\n')}\n`;
}

export function renderForecastTerse(view: ForecastView): string {
  const { forecast, curve } = view;
  const brief = new Brief();
  brief.add([
    `firesteel forecast of ${clean(view.name, 120)}${view.id === undefined ? '' : ` (${clean(view.id, 80)})`}`,
    `forecast: ${clean(forecastHeadline(view), 600)}`,
    ...(forecast.cannotPredict === null
      ? [`basis: ${basisText(view).replace(/^Basis: /, '')}`, ...factsOf(view).map((fact) => `fact: ${fact}`)]
      : []),
  ]);
  brief.addAll(
    forecast.assumptions.map((word) => [`assumed: ${clean(word, 200)}`]),
    'assumptions',
    800,
  );
  if (curve !== undefined)
    brief.addAll(
      curve.points.map((point) => [`cores ${pointCells(point).join(', ')}${point.cores === curve.elbow ? ' (elbow)' : ''}`]),
      'points',
    );
  return brief.toString();
}
