// The models of a project: who owns them, when they run, how the last run went; terminal, Markdown, JSON.
// Law: text of the outside is clean before it is shown.

import { formatMillis, plural } from '../base/index.ts';
import type { ModelRow, RunRow } from '../ledger/index.ts';
import { Canvas, type Cell, type Style } from './canvas.ts';
import { ageText } from './history-words.ts';
import { plain } from './json.ts';
import { code, md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { clean, cutMiddle, widthOf } from './text.ts';

export interface ModelEntry extends Omit<ModelRow, 'version' | 'recordedMs'> {
  /** Defined in the project file; false: known by its runs only. */
  readonly defined: boolean;
  /** Of its definition on record; undefined: no run yet. */
  readonly version: number | undefined;
  readonly lastRun: RunRow | undefined;
}

export interface ModelList {
  /** By name. */
  readonly models: readonly ModelEntry[];
  /** The project file, when there is one. */
  readonly file: string | undefined;
  readonly place: string;
  readonly nowMs: number;
}

const lastOf = ({ lastRun }: ModelEntry, nowMs: number): string =>
  lastRun === undefined
    ? 'never ran'
    : `${lastRun.state}${lastRun.durationMs === undefined ? '' : ` in ${formatMillis(lastRun.durationMs)}`}, ${ageText(Math.max(0, nowMs - lastRun.startedMs))} ago`;

export function renderModelsTerminal({ models, file, place, nowMs }: ModelList, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  page.para(plural(models.length, 'model'), { style: c.bold });
  for (const source of [file, place]) if (source !== undefined) page.para(clean(source, 300), { style: c.dim });
  page.blank();
  const columns: readonly (readonly [head: string, cell: (model: ModelEntry) => string, align?: 'right'])[] = [
    ...(['tier', 'owner', 'schedule'] as const).flatMap((key) =>
      models.some((model) => model[key] !== undefined) ? [[key, (model: ModelEntry) => clean(model[key], 24)] as const] : [],
    ),
    ['runs', (model) => String(model.runs), 'right'],
    ['last run', (model) => lastOf(model, nowMs)],
  ];
  const widths = columns.map(([head, cell]) => Math.max(widthOf(head), ...models.map((model) => widthOf(page.say(cell(model))))));
  const names = models.map((model) => page.say(clean(model.name, 120)));
  const needed = widths.reduce((sum, width) => sum + width + 2, 0);
  const nameWidth = Math.max(8, Math.min(Math.max(5, ...names.map(widthOf)), page.width - needed));
  const row = (name: string, cells: readonly Cell[], style?: Style) =>
    page.row([{ text: cutMiddle(name, nameWidth, page.ellipsis), width: nameWidth, style }, ...cells]);
  row(
    'model',
    columns.map(([head, , align], i) => ({ text: head, width: widths[i] ?? 8, align, style: c.dim })),
    c.dim,
  );
  const good = (model: ModelEntry): Style | undefined =>
    model.lastRun === undefined
      ? c.dim
      : model.lastRun.state === 'succeeded'
        ? c.green
        : model.lastRun.state === 'running'
          ? c.cyan
          : c.red;
  for (const [k, model] of models.entries())
    row(
      names[k] ?? '',
      columns.map(([head, cell, align], i) => ({
        text: cell(model),
        width: widths[i] ?? 8,
        align,
        style: head === 'last run' ? good(model) : undefined,
      })),
    );
  const unlisted = models.filter((model) => !model.defined);
  if (file !== undefined && unlisted.length > 0) {
    page.blank();
    page.para(`Not in the project file, known by their runs: ${unlisted.map((model) => clean(model.name, 120)).join(', ')}.`, {
      style: c.dim,
    });
  }
  return page.toString();
}

export function renderModelsMarkdown({ models, place, nowMs }: ModelList): string {
  const lines = [
    '# Models',
    '',
    `${plural(models.length, 'model')}. Runs of ${code(place)}.`,
    '',
    ...table(
      [
        { head: 'Model' },
        { head: 'Tier' },
        { head: 'Owner' },
        { head: 'Schedule' },
        { head: 'Runs', right: true },
        { head: 'Last run' },
        { head: 'Reads' },
        { head: 'Writes' },
        { head: 'What it is' },
      ],
      models.map((model) => [
        md(model.name),
        md(model.tier ?? ''),
        md(model.owner ?? ''),
        md(model.schedule ?? ''),
        String(model.runs),
        md(lastOf(model, nowMs)),
        model.inputs.map(code).join(', '),
        model.outputs.map(code).join(', '),
        md(model.description ?? ''),
      ]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

export const modelsJson = ({ models, file, place, nowMs }: ModelList): object => ({
  schema: 'firesteel/models@1',
  nowMs,
  file: plain(file),
  place: plain(place),
  models: models.map(plain),
});
