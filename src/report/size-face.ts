// A sizing as people, agents and programs read it: the settings with their reasons, the curve behind them, and lines to paste.
// Laws: what was measured, replayed and what is a rule of thumb are told apart; a deadline that is not met is said first.

import { formatMillis, formatShare, plural } from '../base/index.ts';
import type { Advice, SizePoint, Sizing } from '../simulate/index.ts';
import { Canvas } from './canvas.ts';
import { formatMoney } from './history-words.ts';
import { plain } from './json.ts';
import { md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { Brief } from './terse.ts';
import { clean } from './text.ts';
import { formatCoreMillis } from './words.ts';

export const sizeJson = (sizing: Sizing) => plain(sizing);

const THUMB = 'A rule of thumb: nothing here was measured.';

export function sizeHeadline({ basis, chosen, deadlineMs, meetsDeadline, name, advice }: Sizing): string {
  if (basis === 'rule of thumb') {
    const of = (key: string) => advice.find((one) => one.key === key)?.value ?? '';
    return `${THUMB} ${clean(name, 200)}: ${of('spark.executor.instances')} executors with ${of('spark.executor.cores')} cores and ${of('spark.executor.memory')} each.`;
  }
  if (chosen === null) return 'No size can be told.';
  const what = advice.find((one) => one.key === 'spark.executor.instances')?.value;
  const size = what === undefined ? plural(chosen.cores, 'core') : plural(chosen.executors, 'executor');
  const time = `about ${formatMillis(chosen.likelyMs)} (${formatMillis(chosen.lowMs)} – ${formatMillis(chosen.highMs)})`;
  if (deadlineMs === null) return `${size}: ${time}.`;
  return meetsDeadline === true
    ? `${size} meet ${formatMillis(deadlineMs)}: ${time}.`
    : `${formatMillis(deadlineMs)} cannot be promised with any number of them: ${size} come nearest, ${time}.`;
}

const costOf = ({ currency }: Sizing, point: SizePoint): string =>
  currency === null ? formatCoreMillis(point.cost) : formatMoney(point.cost, clean(currency, 12));

/** Points around the chosen one: nobody reads thirty. */
const MAX_POINTS = 12;

function shownPoints({ points, chosen }: Sizing): readonly SizePoint[] {
  if (points.length <= MAX_POINTS) return points;
  const at = Math.max(
    0,
    points.findIndex((point) => point.executors === chosen?.executors),
  );
  const from = Math.max(0, Math.min(points.length - MAX_POINTS, at - MAX_POINTS / 2));
  return points.slice(from, from + MAX_POINTS);
}

const pointCells = (sizing: Sizing, point: SizePoint): string[] => [
  String(point.executors),
  String(point.cores),
  formatMillis(point.likelyMs),
  `${formatMillis(point.lowMs)} – ${formatMillis(point.highMs)}`,
  formatShare(point.utilisation),
  costOf(sizing, point),
];

const mark = (sizing: Sizing, point: SizePoint): string =>
  [point.executors === sizing.chosen?.executors ? 'taken' : '', point.executors === sizing.elbow ? 'elbow' : '']
    .filter((text) => text !== '')
    .join(', ');

const adviceText = ({ key, value, was }: Advice): string =>
  `${clean(key, 80)}=${clean(value, 60)}${was === undefined ? '' : ` (was ${clean(was, 60)})`}`;

const baseText = (sizing: Sizing): string =>
  sizing.basis === 'rule of thumb'
    ? THUMB
    : `Sized by ${plural(sizing.runs, 'run')}, for ${sizing.deadlineMs !== null ? `a deadline of ${formatMillis(sizing.deadlineMs)}` : sizing.goal}.`;

export function renderSizeTerminal(sizing: Sizing, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  page.para(sizeHeadline(sizing), {
    style: sizing.meetsDeadline === false || sizing.basis === 'rule of thumb' ? (text) => c.bold(c.yellow(text)) : c.bold,
  });
  if (sizing.basis === 'runs') page.para(`${clean(sizing.name, 200)}. ${baseText(sizing)}`, { style: c.dim });
  page.heading('Settings');
  for (const advice of sizing.advice) {
    page.para(adviceText(advice), { style: c.green });
    page.para(`${clean(advice.reason, 500)}. [${advice.basis}]`, { indent: 3, hang: 3 });
  }
  if (sizing.points.length > 0) {
    page.heading('Time and cost');
    const widths = [1, 5, 6, 10, 21, 5, 11];
    const row = (cells: readonly string[], last: string, style?: (text: string) => string) =>
      page.row([
        ...cells.map((text, i) => ({
          text,
          width: widths[i] as number,
          align: 'right' as const,
          ...(style === undefined ? {} : { style }),
        })),
        { text: last, ...(style === undefined ? {} : { style }) },
      ]);
    row(['', 'exec', 'slots', 'likely', 'range', 'busy', sizing.currency === null ? 'core time' : 'cost'], '', c.dim);
    for (const point of shownPoints(sizing)) {
      const taken = point.executors === sizing.chosen?.executors;
      const cells = pointCells(sizing, point).map((text) => text.replace(/ core time$/, ''));
      row(
        [taken ? (page.unicode ? '→' : '>') : '', ...cells],
        point.executors === sizing.elbow ? 'elbow' : '',
        taken ? c.green : undefined,
      );
    }
  }
  if (sizing.assumptions.length > 0) {
    page.heading('Assumed');
    for (const word of sizing.assumptions) page.para(`- ${clean(word, 400)}`, { hang: 2 });
  }
  page.heading('spark-defaults.conf');
  for (const line of sizing.sparkDefaults.split('\n')) page.lines.push(page.say(clean(line, 200)));
  page.heading('spark-submit');
  page.para(clean(sizing.sparkSubmit, 4000), { hang: 4 });
  return page.toString();
}

export function renderSizeMarkdown(sizing: Sizing): string {
  const lines = [
    `# Size of ${md(clean(sizing.name, 200))}`,
    '',
    `**${md(sizeHeadline(sizing))}**`,
    '',
    md(baseText(sizing)),
    '',
    ...table(
      [{ head: 'Setting' }, { head: 'Value' }, { head: 'Was' }, { head: 'Why' }, { head: 'Basis' }],
      sizing.advice.map(({ key, value, was, reason, basis }) =>
        [clean(key, 80), clean(value, 60), clean(was, 60), clean(reason, 500), basis].map(md),
      ),
    ),
  ];
  if (sizing.points.length > 0)
    lines.push(
      '',
      '## Time and cost',
      '',
      ...table(
        [
          { head: 'Executors', right: true },
          { head: 'Slots', right: true },
          { head: 'Likely', right: true },
          { head: 'Range' },
          { head: 'Busy', right: true },
          { head: 'Cost', right: true },
          { head: '' },
        ],
        shownPoints(sizing).map((point) => [...pointCells(sizing, point), mark(sizing, point)].map(md)),
      ),
    );
  if (sizing.assumptions.length > 0) lines.push('', '## Assumed', '', ...sizing.assumptions.map((word) => `- ${md(clean(word, 400))}`));
  const code = (text: string) => ['```', ...text.split('\n').map((line) => clean(line, 4000).replaceAll('```', "'''")), '```'];
  lines.push('', '## Settings to paste', '', ...code(sizing.sparkDefaults), '', ...code(sizing.sparkSubmit));
  return `${lines.join('\n')}\n`;
}

export function renderSizeTerse(sizing: Sizing): string {
  const brief = new Brief();
  brief.add([`firesteel size of ${clean(sizing.name, 120)}: ${sizeHeadline(sizing)}`, `basis: ${baseText(sizing)}`]);
  brief.addAll(
    sizing.advice.map((advice) => [`set: ${adviceText(advice)}: ${clean(advice.reason, 240)} [${advice.basis}]`]),
    'settings',
  );
  brief.addAll(
    shownPoints(sizing).map((point) => [`point: ${pointCells(sizing, point).join(', ')} ${mark(sizing, point)}`.trimEnd()]),
    'points',
    900,
  );
  brief.addAll(
    sizing.assumptions.map((word) => [`assumed: ${clean(word, 200)}`]),
    'assumptions',
    600,
  );
  return brief.toString();
}
