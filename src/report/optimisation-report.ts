// The optimisation report for the owner of a job, as Markdown: summary, recommendations, code, plan, cost and benefit, monitoring, criteria, trouble.
// Laws: every number is one of the audit, none is made up here, no savings are added; what is not known is named; a log's text stays text.

import type { Finding, Report } from '../audit/index.ts';
import { formatMillis, formatShare, plural } from '../base/index.ts';
import type { Planned } from '../fix/index.ts';
import { costName } from './cost-words.ts';
import { formatMoney } from './history-words.ts';
import { code, md, rich, table } from './markdown.ts';
import { clean, cleanCode } from './text.ts';
import { type FindingView, floorText, type ReportView, viewOf } from './view.ts';
import { formatCoreMillis, measureText, shareOf } from './words.ts';

/** The patch for the findings, when code was given. */
export interface ReportedFix {
  readonly planned: readonly Planned[];
  /** Unified diff; '' when nothing can be written. */
  readonly patch: string;
  /** Whole files as they are with the patch. */
  readonly files: readonly { readonly path: string; readonly after: string }[];
}

export interface OptimisationOptions {
  readonly fix?: ReportedFix | undefined;
  /** Of the rules found, by id: a part of their page, Markdown written by us. */
  readonly whenNotTo?: ReadonlyMap<string, string>;
  /** Paths as the caller gave them, for the commands; words stand in where they are not known. */
  readonly logPath?: string | undefined;
  readonly codePath?: string | undefined;
}

/** From these shares of the run on a saving is called high, or medium; less is low. Convention of this report, and said in it. */
const HIGH = 0.1;
const MEDIUM = 0.03;
/** A longer file is in the patch alone. Lines. */
const WHOLE_FILE = 400;

interface Advice {
  /** As in `firesteel audit`. */
  readonly number: number;
  readonly finding: Finding;
  readonly view: FindingView;
  /** What it saves beside those before it; undefined outside of the joint forecast. */
  readonly besideMs: number | undefined;
  readonly changes: readonly Planned[];
}

export function renderOptimisationReport(report: Report, options: OptimisationOptions = {}): string {
  const view = viewOf(report);
  const advices = advicesOf(report, view, options.fix);
  const lines = [
    `# Optimisation report: ${md(view.name)}`,
    '',
    [...(view.id === '' ? [] : [code(view.id)]), ...[...view.facts, ...view.counts].map(md)].join(' · '),
    ...(view.open === undefined ? [] : ['', `> ${md(view.open)}`]),
    ...section('Executive summary', summary(report, view, advices, options)),
    ...section('Recommendations, in order', recommendations(report, view, advices)),
    ...section('Optimised code', optimisedCode(advices, options)),
    ...section('Plan', phases(report, advices, options)),
    ...section('Cost and benefit', costAndBenefit(report, advices)),
    ...section('Monitoring', monitoring(view, advices)),
    ...section('Success criteria', criteria(report, advices)),
    ...section('If it does not go as forecast', trouble(advices, options)),
    ...section('What is not known', unknowns(report, view, options)),
  ];
  return `${tidy(lines).join('\n').trimEnd()}\n`;
}

/** One empty line at most between blocks; code keeps all of its own. */
function tidy(lines: readonly string[]): string[] {
  const out: string[] = [];
  let fence: string | undefined;
  for (const line of lines) {
    const mark = /^`{4,}/.exec(line)?.[0];
    if (fence === undefined) fence = mark;
    else if (line === fence) fence = undefined;
    if (line !== '' || fence !== undefined || out.at(-1) !== '') out.push(line);
  }
  return out;
}

const section = (title: string, content: readonly string[]): string[] => (content.length === 0 ? [] : ['', `## ${title}`, '', ...content]);

/** First what the joint forecast does first, then the others as the audit ranks them. */
function advicesOf(report: Report, view: ReportView, fix: ReportedFix | undefined): Advice[] {
  const found = report.findings.filter(({ status }) => status === 'found');
  const order = report.joint?.order ?? [];
  const taken = fix?.planned.filter(({ state }) => state === 'taken') ?? [];
  const place = (rule: string) => {
    const at = order.findIndex((step) => step.rule === rule);
    return at < 0 ? order.length : at;
  };
  return found
    .map((finding, i): Advice => {
      const step = order.find(({ rule }) => rule === finding.rule);
      return {
        number: i + 1,
        finding,
        view: view.found[i] as FindingView,
        besideMs: step === undefined ? undefined : Math.max(0, step.savedMs),
        changes: taken.filter(({ proposal }) => proposal.rule === finding.rule),
      };
    })
    .sort((a, b) => place(a.finding.rule) - place(b.finding.rule) || a.number - b.number);
}

const range = (lowMs: number, highMs: number) => `${formatMillis(Math.max(0, lowMs))} – ${formatMillis(Math.max(0, highMs))}`;

function summary(report: Report, view: ReportView, advices: readonly Advice[], { fix }: OptimisationOptions): string[] {
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
  return finding.fixability === 'advice' ? 'a decision or a change outside of the code' : 'a change by hand';
}

function recommendations(report: Report, view: ReportView, advices: readonly Advice[]): string[] {
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
  const settings = proposal.conf.map(({ key, to }) => code(to === undefined ? `unset ${key}` : `${key}=${to}`)).join(', ');
  return `- ${rich(proposal.title)}${at}${settings === '' ? '' : `: ${settings}`}. ${rich(proposal.reason)}`;
}

/** Code in a fence that nothing in it can close. */
function fenced(language: string, text: string): string[] {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => cleanCode(line));
  const longest = Math.max(0, ...lines.map((line) => /^\s*(`{3,})/.exec(line)?.[1]?.length ?? 0));
  const fence = '`'.repeat(Math.max(4, longest + 1));
  return [`${fence}${language}`, ...lines, fence];
}

function optimisedCode(advices: readonly Advice[], { fix, codePath }: OptimisationOptions): string[] {
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
      ...settings.map(
        ({ key, from, to, why }) =>
          `- ${code(to === undefined ? `unset ${key}` : `--conf ${key}=${to}`)}${from === undefined ? '' : `, now ${code(from)}`}: ${rich(why)}`,
      ),
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

function phases(report: Report, advices: readonly Advice[], { logPath, codePath }: OptimisationOptions): string[] {
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

/** What the run cost, and what it would with all cures at its own rate; undefined without prices or a forecast of core time. */
function jointMoney({ joint, cost }: Report): { readonly now: string; readonly after: string; readonly saved: string } | undefined {
  if (cost === undefined || cost === null || cost.amount === undefined || cost.currency === undefined || cost.allocatedCoreMs <= 0)
    return undefined;
  if (joint?.savedCoreMs === undefined) return undefined;
  const currency = clean(cost.currency, 12);
  const saved = (cost.amount * joint.savedCoreMs) / cost.allocatedCoreMs;
  return {
    now: formatMoney(cost.amount, currency),
    after: formatMoney(cost.amount - saved, currency),
    saved: formatMoney(saved, currency),
  };
}

function costAndBenefit(report: Report, advices: readonly Advice[]): string[] {
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

function monitoring(view: ReportView, advices: readonly Advice[]): string[] {
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

function criteria(report: Report, advices: readonly Advice[]): string[] {
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

function trouble(advices: readonly Advice[], { whenNotTo }: OptimisationOptions): string[] {
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

function unknowns(report: Report, view: ReportView, { fix }: OptimisationOptions): string[] {
  return [
    ...view.notes.map((note) => `- ${md(note)}`),
    ...view.unjudged.map(({ missing, titles }) => `- Not judged: ${titles.map(md).join(', ')} (${md(missing)}).`),
    ...view.crashed.map((text) => `- A rule failed: ${md(text)}.`),
    ...view.codeNotes.map((note) => `- ${md(note)}`),
    ...(fix === undefined ? ['- The code: it was not given.'] : []),
    ...(report.cost?.amount === undefined ? ['- Prices: no sheet was given.'] : []),
    '- How this run compares with others of the job: one log is one run.',
    '- Whether the forecasts hold here: nothing has been proven yet.',
  ];
}
