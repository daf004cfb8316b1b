// First half of the optimisation report: summary, recommendations, code.
// Laws: savings are never added; effort is told by kind, because nobody measured hours; a patch cannot close its fence.

import type { Report } from '../audit/index.ts';
import { formatMillis, formatShare, plural } from '../base/index.ts';
import type { Planned } from '../fix/index.ts';
import { code, md, rich, table } from './markdown.ts';
import { type Advice, fenced, jointMoney, type OptimisationOptions, range } from './optimisation-shared.ts';
import { settingOption, settingText } from './patch-view.ts';
import { clean } from './text.ts';
import type { ReportView } from './view.ts';
import { shareOf } from './words.ts';

/** From these shares of the run on a saving is called high, or medium; less is low. Convention of this report, and said in it. */
const HIGH = 0.1;
const MEDIUM = 0.03;
/** A longer file is in the patch alone. Lines. */
const WHOLE_FILE = 400;

export function summary(report: Report, view: ReportView, advices: readonly Advice[], { fix }: OptimisationOptions): string[] {
  const { joint } = report;
  const lines = [`**${md(view.headline)}**`];
  if (advices.length === 0)
    return [...lines, '', md(view.nothing), '', 'There is nothing to optimise in this run that would be worth the work.'];
  if (joint !== null && joint.likelyMs > 0) {
    const share = shareOf(joint.likelyMs, joint.nowMs);
    const rows = [
      ['Wall time', formatMillis(joint.nowMs), formatMillis(joint.thenMs.likelyMs), range(joint.thenMs.lowMs, joint.thenMs.highMs)],
    ];
    const money = jointMoney(report);
    if (money !== undefined) rows.push(['Cost of a run', money.now, money.after, 'by the rate of this run']);
    lines.push(
      '',
      ...table(
        [{ head: '' }, { head: 'This run', right: true }, { head: 'With all recommendations', right: true }, { head: 'Range' }],
        rows,
      ),
      '',
      `Together they save likely ${formatMillis(joint.likelyMs)}${share === undefined ? '' : ` (${formatShare(share)} of the run)`}. This is a forecast from a replay of the run with all cures at once, with its 90 % band; it is not a measurement. Savings of single recommendations overlap and do not add up to it.`,
    );
  } else if (joint === null)
    lines.push(
      '',
      `No total is forecast${report.cannotPredict === undefined ? '' : `: ${md(clean(report.cannotPredict, 300))}`}. Held times are upper bounds of what a cure can save.`,
    );
  const written = advices.filter(({ changes }) => changes.length > 0).length;
  lines.push(
    '',
    [
      `${plural(advices.length, 'recommendation')}.`,
      fix === undefined
        ? ''
        : written === 0
          ? 'None of them can be written as a patch.'
          : `${written === advices.length ? 'All' : `${written}`} ${written === 1 && advices.length > 1 ? 'is' : 'are'} written as a patch below.`,
      'Nothing here has been proven yet: the plan ends with a proof.',
    ]
      .filter((text) => text !== '')
      .join(' '),
  );
  if (view.use !== undefined) lines.push('', md(view.use));
  return lines;
}

/** Less than that is nothing in a replay. */
const besideText = (ms: number): string => (ms < 1 ? 'nothing more' : formatMillis(ms));

const impactOf = ({ finding, besideMs }: Advice, wallMs: number | undefined): string => {
  if (finding.saves === 'outcome') return 'decides whether the run succeeds';
  const share = shareOf(besideMs ?? finding.forecast?.likelyMs ?? 0, wallMs);
  if (finding.forecast === null) return 'not forecast';
  return share === undefined ? 'not forecast' : share >= HIGH ? 'high' : share >= MEDIUM ? 'medium' : 'low';
};

/** By kind of work; minutes are not known to anybody. */
function effortOf({ finding, changes }: Advice): string {
  const edits = changes.some(({ proposal }) => proposal.edits.length > 0);
  const settings = changes.some(({ proposal }) => proposal.conf.length > 0);
  const review = changes.some(({ proposal }) => proposal.safety === 'review');
  if (edits) return `patch ready${review ? ', to be reviewed' : ''}`;
  if (settings) return 'a setting, named below';
  return finding.fixability === 'advice' ? 'a change by hand, or a decision' : 'a change by hand';
}

export function recommendations(report: Report, view: ReportView, advices: readonly Advice[]): string[] {
  if (advices.length === 0) return [md(view.nothing)];
  const wall = report.time.wallMs;
  const lines = [
    ...table(
      [
        { head: '#', right: true },
        { head: 'Recommendation' },
        { head: 'Impact' },
        { head: 'Saves alone', right: true },
        { head: 'Saves beside those above', right: true },
        { head: 'Effort' },
      ],
      advices.map((advice, i) => [
        String(i + 1),
        md(advice.view.title),
        impactOf(advice, wall),
        advice.finding.forecast === null || advice.finding.forecast.likelyMs <= 0
          ? md(advice.view.weight)
          : formatMillis(advice.finding.forecast.likelyMs),
        advice.besideMs === undefined ? '' : besideText(advice.besideMs),
        effortOf(advice),
      ]),
    ),
    '',
    `*Impact: high from ${formatShare(HIGH)} of the run on, medium from ${formatShare(MEDIUM)}; it counts what a recommendation saves beside those above it. Effort is told by kind; no hours are given, for nobody measured any.*`,
  ];
  for (const [i, advice] of advices.entries()) lines.push(...recommendation(advice, i + 1));
  return lines;
}

function recommendation({ finding, view, besideMs, changes }: Advice, number: number): string[] {
  const item = (label: string, texts: readonly string[]) => (texts.length === 0 ? [] : [`- **${label}:** ${texts.join(' · ')}`]);
  const { forecast } = finding;
  return [
    '',
    `### ${number}. ${md(view.title)}`,
    '',
    rich(view.cause),
    '',
    ...item('Saves', [
      ...(view.saves === '' ? [] : [md(view.saves)]),
      ...(besideMs === undefined ? [] : [`${besideText(besideMs)} beside those above`]),
      ...(view.weight === '' ? [] : [`at most what it held: ${md(view.weight)}${view.share === '' ? '' : `, ${view.share}`}`]),
    ]),
    ...item(
      'Forecast by',
      forecast === null
        ? []
        : [
            `${forecast.basis}${
              forecast.assumptions.length === 0
                ? ''
                : `, if: ${forecast.assumptions
                    .slice(0, 4)
                    .map((text) => rich(clean(text, 240)))
                    .join('; ')}`
            }`,
          ],
    ),
    ...item('Evidence', view.numbers.map(md)),
    ...item('Where', view.evidence.map(md)),
    ...view.code.map((at) => `- **Code:** ${code(at.place)} ${code(at.text)}${at.doubt === '' ? '' : ` (${md(at.doubt)})`}`),
    ...item('Also at', view.also.map(md)),
    ...item('Goes away with it', view.explains.map(md)),
    ...(changes.length === 0
      ? ['', 'What to do:', '', ...view.remedies.map((remedy, i) => `${i + 1}. ${rich(remedy)}`)]
      : ['', 'In the patch:', '', ...changes.map(changeLine)]),
  ];
}

function changeLine({ proposal }: Planned): string {
  const at = proposal.at === undefined ? '' : ` (${code(`${proposal.at.file}:${proposal.at.line}`)})`;
  const settings = proposal.conf.map((one) => code(settingText(one))).join(', ');
  return `- ${rich(proposal.title)}${at}${settings === '' ? '' : `: ${settings}`}. ${rich(proposal.reason)}`;
}

export function optimisedCode(advices: readonly Advice[], { fix, codePath }: OptimisationOptions): string[] {
  if (advices.length === 0) return [];
  if (fix === undefined)
    return [
      'The code was not given, so no patch was written. The recommendations say what to change; with the code, `firesteel audit LOG --code PATH --format report` writes it here.',
    ];
  const taken = fix.planned.filter(({ state }) => state === 'taken');
  const lines: string[] = [];
  if (fix.patch === '') lines.push('No change of the code could be written so that its preconditions hold.');
  else {
    lines.push(
      `One patch, as \`firesteel fix ${codePath === undefined ? 'CODE' : clean(codePath, 200)} --log LOG --apply\` writes it:`,
      '',
      ...fenced('diff', fix.patch),
    );
    const open = taken.flatMap(({ proposal }) =>
      proposal.preconditions.filter(({ holds }) => holds !== true).map(({ text }) => `${rich(proposal.title)}: ${rich(text)}`),
    );
    if (open.length > 0)
      lines.push(
        '',
        'Look at these before you keep it; the log and the code could not decide them:',
        '',
        ...open.map((text) => `- ${text}`),
      );
    for (const { path, after } of fix.files)
      if (after.split('\n').length <= WHOLE_FILE)
        lines.push('', `The whole of ${code(path)} with the patch:`, '', ...fenced('python', after));
  }
  const settings = taken.flatMap(({ proposal }) => proposal.conf);
  if (settings.length > 0)
    lines.push(
      '',
      'Settings for the submit command:',
      '',
      ...settings.map((one) => `- ${code(settingOption(one))}${one.from === undefined ? '' : `, now ${code(one.from)}`}: ${rich(one.why)}`),
    );
  const left = fix.planned.filter(({ state }) => state !== 'taken' && state !== 'offered');
  if (left.length > 0)
    lines.push(
      '',
      'Left as it is, and why:',
      '',
      ...left.slice(0, 20).map(({ proposal, why }) => `- ${rich(proposal.title)}: ${rich(why ?? proposal.reason)}`),
    );
  return lines;
}
