// A history as one HTML file: chart inside as SVG, light and dark by the reader's setting, no script, nothing loaded from elsewhere.
// Laws: text of the outside is escaped once, here; the page says all that its chart says as text too.

import { formatMillis, plural } from '../base/index.ts';
import type { History } from './history-types.ts';
import { type ChangeLine, historyView, legendOf, type ModelLine } from './history-view.ts';

export interface ChartPair {
  /** SVG documents. */
  readonly light: string;
  readonly dark: string;
}

export const html = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');

const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --dim: #59636e; --line: #d9dee3; --back: #ffffff; --good: #0a6640; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --dim: #9aa4ae; --line: #343b43; --back: #161b22; --good: #5fd39b; --bad: #ff9d94; } }
body { margin: 0 auto; padding: 24px; max-width: 1040px; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, 'DejaVu Sans', Verdana, sans-serif; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 18px; margin: 32px 0 8px; } h3 { font-size: 15px; margin: 24px 0 8px; }
p.dim, .dim { color: var(--dim); } p { margin: 4px 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 600; } .right { text-align: right; white-space: nowrap; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
figure { margin: 20px 0 0; overflow-x: auto; } figure svg { max-width: 100%; height: auto; min-width: 640px; }
.dark { display: none; } @media (prefers-color-scheme: dark) { .dark { display: block; } .light { display: none; } }
@media print { .dark { display: none; } .light { display: block; } }
`;

export function renderHistoryHtml(history: History, chart: ChartPair | undefined): string {
  const view = historyView(history);
  const parts = [
    `<h1>Runs of the models</h1>`,
    `<p class="dim">${plural(view.models.length, 'model')}, ${html(view.when)}. From <code>${html(view.place)}</code>.</p>`,
    ...(chart === undefined
      ? []
      : [`<figure class="light">${chart.light}</figure>`, `<figure class="dark" aria-hidden="true">${chart.dark}</figure>`]),
    ...section('Before → after, proven by paired runs', changeTable(view.proofs)),
    ...section('Before → after by version of the code (no proof)', changeTable(view.versions)),
    ...section('Models', modelTable(view.models, view.hasCost)),
    ...section('Under 20 runs: every run', fewTable(view.models.filter((model) => model.few !== undefined))),
    ...section(
      'Remarks',
      view.models.flatMap((model) => (model.remarks.length === 0 ? [] : `<p>${html(model.name)}: ${html(model.remarks.join('; '))}</p>`)),
    ),
    '<h2>How to read this</h2>',
    ...legendOf(view).map((sentence) => `<p class="dim">${html(sentence)}</p>`),
    ...(view.onlyProofs.length === 0 ? [] : [`<p class="dim">Only in proofs: ${html(view.onlyProofs.join(', '))}.</p>`]),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Firesteel report, ${html(view.when)}</title>
<style>${STYLE}</style>
</head>
<body>
${parts.join('\n')}
</body>
</html>
`;
}

const section = (title: string, content: readonly string[]): string[] =>
  content.length === 0 ? [] : [`<h2>${html(title)}</h2>`, ...content];

interface Head {
  readonly text: string;
  readonly right?: boolean;
}

/** Cells are HTML already. */
function tableOf(heads: readonly Head[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const cell = (tag: 'th' | 'td', content: string, i: number) => `<${tag}${heads[i]?.right ? ' class="right"' : ''}>${content}</${tag}>`;
  return [
    `<div class="wide"><table><thead><tr>${heads.map((head, i) => cell('th', html(head.text), i)).join('')}</tr></thead><tbody>`,
    ...rows.map((row) => `<tr>${row.map((content, i) => cell('td', content, i)).join('')}</tr>`),
    '</tbody></table></div>',
  ];
}

function modelTable(models: readonly ModelLine[], hasCost: boolean): string[] {
  return tableOf(
    [
      { text: 'Model' },
      { text: 'Runs', right: true },
      { text: 'p50', right: true },
      { text: 'p95', right: true },
      ...(hasCost ? [{ text: 'Cost per run', right: true }] : []),
      { text: 'Success', right: true },
      { text: 'MTTR', right: true },
      { text: 'Fresh', right: true },
    ],
    models.map((model) => [
      `<strong>${html(model.name)}</strong>${model.about === '' ? '' : `<br><span class="dim">${html(model.about)}</span>`}`,
      model.runs,
      html(model.p50),
      model.few !== undefined
        ? '<span class="dim">n &lt; 20</span>'
        : `${html(model.p95)}${model.p95Interval === '' ? '' : `<br><span class="dim">${html(model.p95Interval)}</span>`}`,
      ...(hasCost ? [html(model.cost)] : []),
      html(model.success),
      model.failing ? '<span class="bad">failing</span>' : html(model.mttr),
      html(model.fresh),
    ]),
  );
}

const fewTable = (models: readonly ModelLine[]): string[] =>
  tableOf(
    [{ text: 'Model' }, { text: 'Min', right: true }, { text: 'Median', right: true }, { text: 'Max', right: true }, { text: 'All runs' }],
    models.map(({ name, p50, few = [] }) => [
      html(name),
      formatMillis(few[0] ?? 0),
      html(p50),
      formatMillis(few.at(-1) ?? 0),
      few.map(formatMillis).join(', '),
    ]),
  );

function changeTable(changes: readonly ChangeLine[]): string[] {
  const priced = changes.some(({ sides }) => sides.some((side) => side.cost !== ''));
  return tableOf(
    [
      { text: 'Model' },
      { text: 'Before' },
      { text: 'After' },
      ...(priced ? [{ text: 'Cost per run', right: true }] : []),
      { text: 'Change', right: true },
      { text: 'Verdict' },
    ],
    changes.map(({ name, sides, verdict, basis, good, remarks }) => [
      `<strong>${html(name)}</strong>${remarks.length === 0 ? '' : `<br><span class="dim">${html(remarks.join('; '))}</span>`}`,
      ...sides.map((side) => `${html(side.label)}<br>${html(side.time)}<br><span class="dim">${plural(side.n, 'run')}</span>`),
      ...(priced ? [`${html(sides[0].cost)} → ${html(sides[1].cost)}`] : []),
      html(verdict),
      `<span${good === undefined ? '' : ` class="${good ? 'good' : 'bad'}"`}>${html(basis)}</span>`,
    ]),
  );
}
