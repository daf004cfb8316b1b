// Faces of a comparison of two runs: terminal, Markdown, terse, JSON.
// Law: nothing is said of a difference that is not in the comparison; its caveats are always shown.

import type { ComparedFinding, ComparedStage, Comparison, Delta, SettingChange, StagePair } from '../audit/index.ts';
import { formatBytes, formatCount, formatMillis, plural } from '../base/index.ts';
import { Canvas } from './canvas.ts';
import { plain } from './json.ts';
import { code, type MarkdownOptions, md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { Brief, cap } from './terse.ts';
import { clean, cutMiddle, widthOf } from './text.ts';
import { weightOf } from './view.ts';
import { formatTime, measureValue } from './words.ts';

const MAX_STAGES = 6;
const MAX_SETTINGS = 20;

export const comparisonJson = (comparison: Comparison): object => plain(comparison) as object;

/** `4 m 12 s` and the like; absent numbers are a dash. */
const valueText = (delta: Delta, value: number | undefined): string =>
  value === undefined ? '-' : delta.unit === 'core-ms' ? formatMillis(value) : measureValue({ name: delta.name, value, unit: delta.unit });

/** `-25 %`, `3.2×`, `same`, or '' when there is nothing to divide by. */
function changeText(a: number | undefined, b: number | undefined): string {
  if (a === undefined || b === undefined) return '';
  if (a === b) return 'same';
  if (a === 0) return 'new';
  const ratio = b / a;
  if (ratio >= 2) return `${ratio >= 9.95 ? formatCount(ratio) : ratio.toFixed(1)}×`;
  const percent = Math.round((ratio - 1) * 100);
  return percent === 0 ? 'same' : `${percent > 0 ? '+' : '−'}${Math.abs(percent)} %`;
}

/** Rows in which one of the two is other than nothing. */
const shownTotals = (comparison: Comparison): readonly Delta[] => comparison.totals.filter(({ a, b }) => (a ?? 0) !== 0 || (b ?? 0) !== 0);

/** Matched stages that changed by more than noise. */
const changedStages = ({ stages, noiseFloorMs }: Comparison): StagePair[] =>
  stages.matched.filter(({ a, b }) => Math.max(Math.abs(b.wallMs - a.wallMs), Math.abs(b.heldMs - a.heldMs)) >= noiseFloorMs / 2);

const runTitle = (run: Comparison['a']): string => clean(run.name, 120) || clean(run.log, 120) || 'unnamed application';
const runFacts = (run: Comparison['a']): string =>
  [clean(run.id, 80), run.sparkVersion === undefined ? '' : `Spark ${clean(run.sparkVersion, 40)}`, formatTime(run.startMs) ?? '']
    .filter((text) => text !== '')
    .join(' · ');

/** What explains the change of a stage: bytes, spill and tasks that are not the same. */
function stageWhy({ a, b }: StagePair): string {
  const bytes = (name: string, x: number, y: number) =>
    Math.abs(x - y) > 0.1 * Math.max(x, y) && Math.max(x, y) > 1024 * 1024 ? [`${name} ${formatBytes(x)} → ${formatBytes(y)}`] : [];
  return [
    ...(a.tasks === b.tasks ? [] : [`tasks ${formatCount(a.tasks)} → ${formatCount(b.tasks)}`]),
    ...bytes('input', a.inputBytes, b.inputBytes),
    ...bytes('shuffle read', a.shuffleReadBytes, b.shuffleReadBytes),
    ...bytes('shuffle written', a.shuffleWriteBytes, b.shuffleWriteBytes),
    ...bytes('spill', a.diskSpilledBytes, b.diskSpilledBytes),
  ].join(' · ');
}

const settingValue = (value: string | undefined): string =>
  value === undefined ? '(not set)' : value === '' ? '(empty)' : clean(value, 300);
const settingText = ({ key, a, b }: SettingChange): string => `${clean(key, 120)}: ${settingValue(a)} → ${settingValue(b)}`;
const findingText = (finding: ComparedFinding): string => {
  const weight = weightOf(finding);
  return `${clean(finding.title, 80)}${weight === '' ? '' : ` (${weight})`}`;
};
const stayedText = (finding: Comparison['findings']['stayed'][number]): string =>
  `${clean(finding.title, 80)}${finding.heldMsA > 0 || finding.heldMsB > 0 ? `: held ${formatMillis(finding.heldMsA)} → ${formatMillis(finding.heldMsB)}` : ''}`;
const stageText = (stage: ComparedStage): string =>
  `stage ${stage.stageId}, ${formatMillis(stage.wallMs)}, ${plural(stage.tasks, 'task')}: ${clean(stage.what, 120)}`;

export function renderComparisonTerminal(comparison: Comparison, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  for (const [label, run] of [
    ['A', comparison.a],
    ['B', comparison.b],
  ] as const) {
    page.ends(`${label}  ${runTitle(run)}`, run.wallMs === undefined ? '' : formatMillis(run.wallMs), { leftStyle: c.bold });
    if (runFacts(run) !== '') page.para(runFacts(run), { indent: 3, hang: 3, style: c.dim });
  }
  page.blank();
  page.para(comparison.headline, {
    style: (text) =>
      c.bold(/ faster /.test(comparison.headline) ? c.green(text) : / slower /.test(comparison.headline) ? c.yellow(text) : text),
  });

  page.heading('In numbers');
  const totals = shownTotals(comparison);
  const rows = totals.map((delta) =>
    [delta.name, valueText(delta, delta.a), valueText(delta, delta.b), changeText(delta.a, delta.b)].map((text) => page.say(text)),
  );
  const widths = [0, 1, 2, 3].map((i) => Math.max(1, ...rows.map((row) => widthOf(row[i] ?? ''))));
  const line = (cells: readonly string[], style?: (s: string) => string) =>
    page.row([
      {
        text: cells[0] ?? '',
        width: Math.min(widths[0] ?? 8, Math.max(8, page.width - (widths[1] ?? 0) - (widths[2] ?? 0) - (widths[3] ?? 0) - 10)),
        style,
      },
      { text: cells[1] ?? '', width: widths[1], align: 'right', style },
      { text: cells[2] ?? '', width: widths[2], align: 'right', style },
      { text: cells[3] ?? '', width: widths[3], align: 'right', style: style ?? c.dim },
      { text: '' },
    ]);
  line(['', 'A', 'B', ''], c.dim);
  for (const row of rows) line(row);

  const changed = changedStages(comparison);
  const { onlyA, onlyB, matched } = comparison.stages;
  if (matched.length + onlyA.length + onlyB.length > 0) page.heading('Stages');
  for (const pair of options.all ? changed : changed.slice(0, MAX_STAGES)) {
    const times = `${formatMillis(pair.a.wallMs)} → ${formatMillis(pair.b.wallMs)}`;
    const ids = `stage ${pair.a.stageId}${pair.a.stageId === pair.b.stageId ? '' : ` / ${pair.b.stageId}`}${pair.match === 'similar' ? ' (similar)' : ''}`;
    const room = page.width - widthOf(page.say(times)) - widthOf(ids) - 5;
    page.ends(`${ids}  ${room > 10 ? cutMiddle(page.say(clean(pair.b.what, 120)), room, page.ellipsis) : ''}`, times);
    const why = stageWhy(pair);
    if (why !== '') page.para(why, { indent: 3, hang: 3, style: c.dim });
  }
  for (const [label, list] of [
    ['A', onlyA],
    ['B', onlyB],
  ] as const) {
    const heavy = list.filter((stage) => options.all || stage.wallMs >= comparison.noiseFloorMs / 2).slice(0, options.all ? 200 : 3);
    for (const stage of heavy) page.para(`only in ${label}: ${stageText(stage)}`, { hang: 3 });
    const more = list.length - heavy.length;
    if (more > 0) page.para(`${heavy.length > 0 ? 'and ' : ''}${plural(more, 'shorter stage')} only in ${label}`, { style: c.dim });
  }
  const quiet = matched.length - (options.all ? changed.length : Math.min(changed.length, MAX_STAGES));
  if (quiet > 0) page.para(`${plural(quiet, 'more stage')} in both, about as long as before`, { style: c.dim });

  const { gone, stayed } = comparison.findings;
  if (gone.length + stayed.length + comparison.findings.new.length > 0) {
    page.heading('Findings');
    for (const finding of gone) page.labelled('gone', findingText(finding), { labelWidth: 8, labelStyle: c.green });
    for (const finding of comparison.findings.new) {
      page.labelled('new', findingText(finding), { labelWidth: 8, labelStyle: c.yellow });
      page.para(clean(finding.cause, 400), { indent: 8, hang: 8, style: c.dim });
    }
    for (const finding of stayed) page.labelled('stayed', stayedText(finding), { labelWidth: 8 });
  }

  const { settings } = comparison;
  if (settings.changed.length + settings.secret.length > 0) {
    page.heading('Settings that differ');
    const shown = options.all ? settings.changed : settings.changed.slice(0, MAX_SETTINGS);
    for (const change of shown) page.para(settingText(change), { hang: 3 });
    if (settings.changed.length > shown.length)
      page.para(`${plural(settings.changed.length - shown.length, 'more setting')}: --all shows them`, { style: c.dim });
    if (settings.secret.length > 0)
      page.para(`hidden, may differ: ${settings.secret.map((key) => clean(key, 80)).join(', ')}`, { hang: 3, style: c.dim });
  }
  if (settings.noise > 0) {
    if (settings.changed.length + settings.secret.length === 0) page.blank();
    page.para(
      `${plural(settings.noise, 'setting')} that ${settings.noise === 1 ? 'differs' : 'differ'} in every run (ids, ports, times) left out`,
      { style: c.dim },
    );
  }
  page.heading('Before you believe it');
  for (const caveat of comparison.caveats) page.para(clean(caveat, 300), { hang: 2, style: c.dim });
  return page.toString();
}

export function renderComparisonMarkdown(comparison: Comparison, { all }: MarkdownOptions): string {
  const lines = [`# ${md(runTitle(comparison.a))}: two runs compared`, '', `**${md(comparison.headline)}**`, ''];
  lines.push(
    ...table(
      [{ head: 'Run' }, { head: 'Application' }, { head: 'Details' }, { head: 'Log' }],
      [
        ['A', md(runTitle(comparison.a)), md(runFacts(comparison.a)), code(comparison.a.log)],
        ['B', md(runTitle(comparison.b)), md(runFacts(comparison.b)), code(comparison.b.log)],
      ],
    ),
  );
  lines.push('', '## In numbers', '');
  lines.push(
    ...table(
      [{ head: '' }, { head: 'A', right: true }, { head: 'B', right: true }, { head: 'Change', right: true }],
      shownTotals(comparison).map((delta) => [
        delta.name,
        valueText(delta, delta.a),
        valueText(delta, delta.b),
        changeText(delta.a, delta.b),
      ]),
    ),
  );
  const changed = changedStages(comparison);
  const shown = all ? changed : changed.slice(0, 20);
  if (shown.length > 0) {
    lines.push('', '## Stages that changed', '');
    lines.push(
      ...table(
        [
          { head: 'A' },
          { head: 'B' },
          { head: 'What it does' },
          { head: 'A took', right: true },
          { head: 'B took', right: true },
          { head: 'What else changed' },
        ],
        shown.map((pair) => [
          String(pair.a.stageId),
          String(pair.b.stageId),
          md(pair.b.what),
          formatMillis(pair.a.wallMs),
          formatMillis(pair.b.wallMs),
          md(stageWhy(pair)),
        ]),
      ),
    );
  }
  const only = (label: string, list: readonly ComparedStage[]) => {
    const top = list.slice(0, all ? 200 : 5);
    if (top.length > 0) lines.push('', `Only in ${label}:`, '', ...top.map((stage) => `- ${md(stageText(stage))}`));
    if (list.length > top.length) lines.push(`- ${list.length - top.length} more`);
  };
  only('A', comparison.stages.onlyA);
  only('B', comparison.stages.onlyB);
  const { gone, stayed } = comparison.findings;
  const items = [
    ...gone.map((finding) => `- **gone:** ${md(findingText(finding))}`),
    ...comparison.findings.new.map((finding) => `- **new:** ${md(findingText(finding))}. ${md(finding.cause)}`),
    ...stayed.map((finding) => `- **stayed:** ${md(stayedText(finding))}`),
  ];
  if (items.length > 0) lines.push('', '## Findings', '', ...items);
  const { settings } = comparison;
  if (settings.changed.length > 0) {
    lines.push(
      '',
      '## Settings that differ',
      '',
      ...table(
        [{ head: 'Setting' }, { head: 'A' }, { head: 'B' }],
        settings.changed.map(({ key, a, b }) => [code(key), code(settingValue(a)), code(settingValue(b))]),
      ),
    );
  }
  if (settings.secret.length > 0) lines.push('', `Hidden, may differ: ${settings.secret.map(code).join(', ')}`);
  if (settings.noise > 0) lines.push('', `${plural(settings.noise, 'setting')} that differ in every run (ids, ports, times) left out.`);
  lines.push('', '## Before you believe it', '', ...comparison.caveats.map((caveat) => `- ${md(caveat)}`));
  return `${lines.join('\n')}\n`;
}

export function renderComparisonTerse(comparison: Comparison): string {
  const brief = new Brief();
  brief.add([
    `firesteel compare A=${cap(runTitle(comparison.a), 80)} (${cap(runFacts(comparison.a), 100)}) B=${cap(runTitle(comparison.b), 80)} (${cap(runFacts(comparison.b), 100)})`,
    `verdict: ${cap(clean(comparison.headline), 200)}`,
    ...shownTotals(comparison).map((delta) =>
      `${delta.name}: ${valueText(delta, delta.a)} → ${valueText(delta, delta.b)} ${changeText(delta.a, delta.b)}`.trimEnd(),
    ),
  ]);
  brief.addAll(
    comparison.caveats.map((caveat) => [`caveat: ${cap(clean(caveat), 160)}`]),
    'caveats',
    2000,
  );
  brief.addAll(
    [
      ...comparison.findings.gone.map((finding) => [`finding gone: ${cap(clean(finding.rule), 40)}, ${weightOf(finding)}`]),
      ...comparison.findings.new.map((finding) => [
        `finding new: ${cap(clean(finding.rule), 40)}, ${weightOf(finding)}: ${cap(clean(finding.cause), 200)}`,
      ]),
      ...comparison.findings.stayed.map((finding) => [
        `finding stayed: ${cap(clean(finding.rule), 40)}, held ${formatMillis(finding.heldMsA)} → ${formatMillis(finding.heldMsB)}`,
      ]),
    ],
    'findings',
    1300,
  );
  brief.addAll(
    changedStages(comparison).map((pair) => [
      `stage ${pair.a.stageId}→${pair.b.stageId}: ${formatMillis(pair.a.wallMs)} → ${formatMillis(pair.b.wallMs)}, ${cap(clean(pair.b.what), 80)}; ${cap(stageWhy(pair), 120)}`,
    ]),
    'stages',
    700,
  );
  brief.addAll(
    comparison.settings.changed.map((change) => [`setting ${cap(settingText(change), 160)}`]),
    'settings',
  );
  return brief.toString();
}
