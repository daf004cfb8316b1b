// Second half of the optimisation report: plan, cost and benefit, monitoring, success criteria, trouble, what is not known.
// Laws: every number is one of the audit; what nobody measured is named as unknown.

import type { Finding, Report } from '../audit/index.ts';
import { formatMillis, formatShare } from '../base/index.ts';
import { costName } from './cost-words.ts';
import { formatMoney } from './history-words.ts';
import { code, md, rich, table } from './markdown.ts';
import { type Advice, jointMoney, type OptimisationOptions, range } from './optimisation-shared.ts';
import { clean } from './text.ts';
import { floorText, type ReportView } from './view.ts';
import { formatCoreMillis, measureText } from './words.ts';

export function phases(report: Report, advices: readonly Advice[], { logPath, codePath }: OptimisationOptions): string[] {
  if (advices.length === 0) return [];
  const log = clean(logPath, 300) || 'LOG';
  const source = clean(codePath, 300) || 'CODE';
  const isSafe = ({ changes }: Advice) => changes.length > 0 && changes.every(({ proposal }) => proposal.safety === 'safe');
  const groups: readonly (readonly [string, string, readonly Advice[], readonly string[]])[] = [
    [
      'Same output by construction',
      'The patch changes how, never what.',
      advices.filter(isSafe),
      [`Write it: ${code(`firesteel fix ${source} --log ${log} --safe --apply`)} (${code('firesteel revert')} takes it back).`],
    ],
    [
      'Review, then write',
      'The patch is right when its preconditions hold; a person looks, and the proof decides.',
      advices.filter((advice) => advice.changes.length > 0 && !isSafe(advice)),
      [`Read the reasons at each hunk, then ${code(`firesteel fix ${source} --log ${log} --apply`)}.`],
    ],
    [
      'By hand',
      'What no patch can do for you here: see the remedies above.',
      advices.filter(({ changes }) => changes.length === 0),
      ['One change at a time, the first of the order first: a proof can then say which one it was.'],
    ],
  ];
  const lines: string[] = [];
  let phase = 0;
  for (const [title, about, members, steps] of groups) {
    if (members.length === 0) continue;
    lines.push(
      '',
      `### Phase ${++phase}: ${title}`,
      '',
      about,
      '',
      ...members.map(
        (advice) =>
          `- ${advices.indexOf(advice) + 1}. ${md(advice.view.title)}${advice.view.saves === '' ? '' : `: saves ${md(advice.view.saves)} alone`}`,
      ),
      '',
      ...steps.map((step, i) => `${i + 1}. ${step}`),
    );
  }
  const { joint } = report;
  lines.push(
    '',
    `### Phase ${++phase}: Prove`,
    '',
    `1. ${code('firesteel prove BEFORE AFTER')} (or ${code('--job JOB REVISION .')}): paired runs in random order, outputs compared before anything else. It runs the job several times and says beforehand how long that takes.`,
    `2. Keep the change on the verdict \`win\`; take it back on \`loss\` or \`unsafe\`; on \`notProven\` run more pairs.${joint === null || joint.likelyMs <= 0 ? '' : ` The forecast to hold it against: ${formatMillis(joint.thenMs.likelyMs)} (${range(joint.thenMs.lowMs, joint.thenMs.highMs)}) of now ${formatMillis(joint.nowMs)}, with all of them.`}`,
  );
  return lines;
}

export function costAndBenefit(report: Report, advices: readonly Advice[]): string[] {
  const { cost } = report;
  const lines: string[] = [];
  if (cost !== undefined && cost !== null && cost.allocatedCoreMs > 0) {
    const priced = cost.amount !== undefined && cost.currency !== undefined;
    const money = (amount: number | undefined) => (amount === undefined ? '' : formatMoney(amount, clean(cost.currency ?? '', 12)));
    lines.push(
      priced
        ? `This run cost ${money(cost.amount)} by the prices of ${md(clean(cost.version, 60))}; it held ${formatCoreMillis(cost.allocatedCoreMs)}.`
        : `This run held ${formatCoreMillis(cost.allocatedCoreMs)}. No price sheet was given, so there is no money here; \`--prices FILE\` adds it.`,
      '',
      ...table(
        [
          { head: 'It went into' },
          { head: 'Core time', right: true },
          { head: 'Share', right: true },
          ...(priced ? [{ head: 'Money', right: true }] : []),
        ],
        cost.parts
          .filter(({ coreMs }) => coreMs > 0)
          .map((part) => [
            costName(part.cause),
            formatCoreMillis(part.coreMs).replace(/ core time$/, ''),
            formatShare(part.coreMs / cost.allocatedCoreMs),
            ...(priced ? [money(part.amount)] : []),
          ]),
      ),
    );
  } else lines.push('The log does not say how many cores the run held, so no cost can be told.');
  const savers = advices.filter(({ finding }) => finding.savesCost !== undefined && finding.savesCost !== null);
  if (savers.length > 0)
    lines.push(
      '',
      'What each saves of it, alone:',
      '',
      ...savers.map(({ view, finding }) => {
        const { coreMs, amount, currency } = finding.savesCost as NonNullable<Finding['savesCost']>;
        return `- ${md(view.title)}: ${formatCoreMillis(coreMs)}${amount === undefined || currency === undefined ? '' : `, ${formatMoney(amount, clean(currency, 12))}`} a run`;
      }),
    );
  const together = jointMoney(report);
  if (together !== undefined)
    lines.push('', `All together: ${together.saved} a run at the rate of this run (${together.now} → ${together.after}).`);
  if (advices.length > 0)
    lines.push(
      '',
      'How often the job runs is not in its log: the benefit of a month is the saving of a run times its runs. Against it stand the work of the change, and the runs of the proof.',
    );
  return lines;
}

export function monitoring(view: ReportView, advices: readonly Advice[]): string[] {
  const rows = [
    ...(view.wall === undefined ? [] : [['Wall time', view.wall]]),
    ...view.stages
      .slice(0, 3)
      .map((stage) => [`Time on the run's end of ${md(stage.ref)} (${md(clean(stage.what, 60))})`, formatMillis(stage.heldMs)]),
    ...advices.slice(0, 8).flatMap(({ view: one, finding }) =>
      finding.numbers
        .filter(({ unit }) => unit !== 'text')
        .slice(0, 2)
        .map((number) => [md(one.title), md(measureText(number))]),
    ),
  ];
  return [
    ...(rows.length === 0 ? [] : [...table([{ head: 'Watch' }, { head: 'In this run', right: true }], rows), '']),
    `- ${code('firesteel run JOB')} keeps the record of every run; ${code('firesteel report')} shows p50, p95, cost and success of it.`,
    `- ${code('firesteel compare BEFORE AFTER')} says what changed between two logs.`,
    `- ${code('firesteel audit LOG --fail-on found')} in CI stops a cause from coming back.`,
  ];
}

export function criteria(report: Report, advices: readonly Advice[]): string[] {
  if (advices.length === 0) return [];
  const { joint } = report;
  return [
    '- Outputs are equal: schema, rows and values. Without that nothing else counts.',
    ...(advices.some(({ finding }) => finding.saves === 'outcome') ? ['- The run comes to its end, without what failed here.'] : []),
    ...(joint === null || joint.likelyMs <= 0
      ? ['- The proof says `win`: its interval lies below 1 as a whole.']
      : [
          `- The proof says \`win\`, and the wall time on data like today's is at most ${formatMillis(Math.max(0, joint.thenMs.highMs))}, the slow end of the forecast (now ${formatMillis(joint.nowMs)}); likely ${formatMillis(joint.thenMs.likelyMs)}.`,
        ]),
    ...(advices.length === 0
      ? []
      : [
          `- An audit of the new run finds none of these any more, or each holds less than ${floorText(report)}: ${advices.map(({ view }) => code(view.rule)).join(', ')}.`,
        ]),
    '- No more failed tasks, spilled bytes or time in garbage collection than before, unless the proof shows that they pay.',
  ];
}

export function trouble(advices: readonly Advice[], { whenNotTo }: OptimisationOptions): string[] {
  if (advices.length === 0) return [];
  const lines: string[] = [];
  for (const { finding, view } of advices) {
    const page = whenNotTo?.get(finding.rule);
    const assumed = finding.forecast?.assumptions.slice(0, 4) ?? [];
    if (page === undefined && assumed.length === 0) continue;
    lines.push('', `### ${md(view.title)}`, '');
    if (assumed.length > 0)
      lines.push(
        'It saves less than forecast: one of these does not hold.',
        '',
        ...assumed.map((text) => `- ${rich(clean(text, 300))}`),
        '',
      );
    if (page !== undefined) lines.push('When not to:', '', page);
  }
  return [
    ...lines,
    '',
    '### In general',
    '',
    '- The proof says `notProven`: the difference is smaller than the noise of the machine. More pairs, or let it be.',
    '- The proof says `unsafe`: outputs differ. Take the patch back (`firesteel revert`) and look at the columns it names.',
    '- The run is faster, and another stage holds the end now: audit the new log; causes that were hidden come to light.',
    '- It is slower in production than in the proof: compare both logs; other data, other neighbours or other settings show there.',
  ];
}

export function unknowns(report: Report, view: ReportView, { fix }: OptimisationOptions): string[] {
  return [
    ...view.notes.map((note) => `- ${md(note)}`),
    ...view.unjudged.map(({ missing, titles }) => `- Not judged: ${titles.map(md).join(', ')} (${md(missing)}).`),
    ...view.crashed.map((text) => `- A rule failed: ${md(text)}.`),
    ...view.codeNotes.map((note) => `- ${md(note)}`),
    ...(fix === undefined ? ['- The code: it was not given.'] : []),
    ...(report.cost?.amount === undefined ? ['- Prices: no sheet was given.'] : []),
    '- How this run compares with others of the job: one log is one run.',
    ...(report.joint === null ? [] : ['- Whether the forecasts hold here: nothing has been proven yet.']),
  ];
}
