// A history as a document to share: Markdown tables, every run listed where there are few.
// Law: text of the outside is shown and never interpreted (markdown.ts).

import { formatMillis, plural } from '../base/index.ts';
import type { History } from './history-types.ts';
import { type ChangeLine, historyView, legendOf } from './history-view.ts';
import { code, md, table } from './markdown.ts';

export interface HistoryMarkdownOptions {
  /** Path of a picture to show, as the document shall name it. */
  readonly chart?: string | undefined;
}

export function renderHistoryMarkdown(history: History, { chart }: HistoryMarkdownOptions = {}): string {
  const view = historyView(history);
  const lines = ['# Runs of the models', '', `${plural(view.models.length, 'model')}, ${view.when}. From ${code(view.place)}.`];
  if (chart !== undefined) lines.push('', `![Wall time of a run, before and after](<${encodeURI(chart)}>)`);
  if (view.proofs.length > 0)
    lines.push('', '## Before → after, proven by paired runs', '', ...changeTable(view.proofs), ...remarks(view.proofs));
  if (view.versions.length > 0) lines.push('', '## Before → after by version of the code (no proof)', '', ...changeTable(view.versions));
  if (view.models.length > 0)
    lines.push(
      '',
      '## Models',
      '',
      ...table(
        [
          { head: 'Model' },
          { head: 'Owner, tier, schedule' },
          { head: 'Runs', right: true },
          { head: 'p50', right: true },
          { head: 'p95', right: true },
          ...(view.hasCost ? [{ head: 'Cost per run', right: true }] : []),
          { head: 'Success', right: true },
          { head: 'MTTR', right: true },
          { head: 'Fresh', right: true },
        ],
        view.models.map((model) => [
          md(model.name),
          md(model.about),
          model.runs,
          model.p50,
          model.few !== undefined ? 'n < 20' : `${md(model.p95)}${model.p95Interval === '' ? '' : ` (${model.p95Interval})`}`,
          ...(view.hasCost ? [md(model.cost)] : []),
          model.success,
          model.failing ? '**failing**' : model.mttr,
          model.fresh,
        ]),
      ),
    );
  const few = view.models.filter((model) => model.few !== undefined);
  if (few.length > 0)
    lines.push(
      '',
      '### Under 20 runs: every run',
      '',
      ...table(
        [
          { head: 'Model' },
          { head: 'Min', right: true },
          { head: 'Median', right: true },
          { head: 'Max', right: true },
          { head: 'All runs' },
        ],
        few.map(({ name, p50, few: values = [] }) => [
          md(name),
          formatMillis(values[0] ?? 0),
          p50,
          formatMillis(values.at(-1) ?? 0),
          values.map(formatMillis).join(', '),
        ]),
      ),
    );
  const said = view.models.flatMap((model) => (model.remarks.length === 0 ? [] : `- ${md(model.name)}: ${md(model.remarks.join('; '))}`));
  if (said.length > 0) lines.push('', '### Remarks', '', ...said);
  lines.push('', ...legendOf(view).map((sentence) => `*${md(sentence)}*  `));
  if (view.onlyProofs.length > 0) lines.push('', `Only in proofs: ${view.onlyProofs.map(md).join(', ')}.`);
  return `${lines.join('\n').trimEnd()}\n`;
}

function changeTable(changes: readonly ChangeLine[]): string[] {
  const priced = changes.some(({ sides }) => sides.some((side) => side.cost !== ''));
  return table(
    [
      { head: 'Model' },
      { head: 'Before' },
      { head: 'After' },
      ...(priced
        ? [
            { head: 'Cost before', right: true },
            { head: 'Cost after', right: true },
          ]
        : []),
      { head: 'Change', right: true },
      { head: 'Verdict' },
    ],
    changes.map(({ name, sides: [before, after], verdict, basis }) => [
      md(name),
      `${md(before.label)}: ${md(before.time)} (${plural(before.n, 'run')})`,
      `${md(after.label)}: ${md(after.time)} (${plural(after.n, 'run')})`,
      ...(priced ? [md(before.cost), md(after.cost)] : []),
      md(verdict),
      md(basis),
    ]),
  );
}

/** Every run of a proof, and what is known beside it. */
function remarks(changes: readonly ChangeLine[]): string[] {
  return [
    '',
    ...changes.flatMap(({ name, sides, remarks: said }) => [
      ...sides
        .filter((side) => side.n > 0 && side.n < 20)
        .map((side) => `- ${md(name)}, ${side.role}: ${side.values.map(formatMillis).join(', ')}`),
      ...(said.length === 0 ? [] : [`- ${md(name)}: ${said.map(md).join('; ')}`]),
    ]),
  ];
}
