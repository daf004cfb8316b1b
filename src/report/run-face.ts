// One run as people see it when it has ended: how it went, what it used, where everything lies; then the report of its log.
// Law: a failure says why and what to do before anything else; what is not known is left out.

import type { Report } from '../audit/index.ts';
import { formatMillis } from '../base/index.ts';
import type { Cost } from '../project/index.ts';
import type { RunOutcome, RunStart } from '../spark/index.ts';
import { Canvas } from './canvas.ts';
import { plain, reportJson } from './json.ts';
import { md, renderMarkdown } from './markdown.ts';
import { renderTerminal, type TerminalOptions } from './terminal.ts';
import { clean } from './text.ts';

/** A finished run and what its log says. */
export interface RunResult {
  readonly start: RunStart;
  readonly outcome: RunOutcome;
  readonly report: Report | undefined;
  readonly cost: Cost | undefined;
  /** The end of the driver's output, when the run did not succeed. */
  readonly driverTail: readonly string[];
}

const STATUS: Readonly<Record<RunOutcome['status'], string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  timedOut: 'was stopped at its time limit',
  cancelled: 'was cancelled',
  killed: 'was killed from outside',
};

const costText = ({ amount, currency, version }: Cost): string =>
  `${amount < 0.01 ? amount.toPrecision(2) : amount.toFixed(2)} ${clean(currency, 12)} by the price sheet ${clean(version, 40)}`;

/** `label` and text of every line about the run itself. */
function lines({ start, outcome, cost }: RunResult): [string, string][] {
  const { install, job } = start;
  const exception = outcome.exception;
  const where = exception?.file === undefined ? '' : ` at ${exception.file}${exception.line === undefined ? '' : `:${exception.line}`}`;
  return [
    ...(outcome.status === 'succeeded'
      ? []
      : ([
          ['why', outcome.reason ?? 'not known'],
          ...(exception === undefined ? [] : [['raised', `${exception.type}: ${clean(exception.message, 400)}${where}`]]),
          ...(outcome.nextStep === undefined ? [] : [['do', outcome.nextStep]]),
        ] as [string, string][])),
    ...outcome.warnings.map((warning): [string, string] => ['note', warning]),
    [
      'with',
      `Spark ${outcome.sparkVersion ?? install.version}, Java ${install.javaVersion}, Python ${outcome.pythonVersion ?? install.pythonVersion}${job.master === undefined ? '' : `, ${job.master}`}`,
    ],
    ...(start.git === undefined
      ? []
      : ([['commit', `${start.git.commit.slice(0, 12)}${start.git.dirty ? ', with changes that are not committed' : ''}`]] as [
          string,
          string,
        ][])),
    ...(cost === undefined ? [] : ([['cost', costText(cost)]] as [string, string][])),
    ...(outcome.logPath === undefined ? [] : ([['log', outcome.logPath]] as [string, string][])),
    ['output', outcome.driverLog],
    ['record', `firesteel runs ${start.runId}`],
  ];
}

const titleOf = ({ start, outcome }: RunResult): string =>
  `${clean(start.job.model, 80)} ${STATUS[outcome.status]} after ${formatMillis(outcome.durationMs)}`;

export function renderRunTerminal(result: RunResult, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  const good = result.outcome.status === 'succeeded';
  page.ends(titleOf(result), result.start.runId, { leftStyle: (text) => c.bold(good ? text : c.red(text)), rightStyle: c.dim });
  for (const [label, text] of lines(result)) page.labelled(label, clean(text, 600), { labelWidth: 7, labelStyle: c.dim });
  if (result.driverTail.length > 0) {
    page.blank();
    page.heading("The end of the driver's output");
    for (const line of result.driverTail) page.para(clean(line, 300), { style: c.dim });
  }
  if (result.report === undefined) return page.toString();
  page.blank();
  return `${page.toString()}${renderTerminal(result.report, options)}`;
}

export function renderRunMarkdown(result: RunResult, options: { readonly all: boolean }): string {
  const list = lines(result).map(([label, text]) => `- **${label}** ${md(clean(text, 600))}`);
  const head = [`# ${md(titleOf(result))}`, '', ...list, ''].join('\n');
  return result.report === undefined ? head : `${head}\n${renderMarkdown(result.report, options)}`;
}

/** `firesteel/run@1`. */
export const runJson = ({ start, outcome, report, cost }: RunResult): object => ({
  schema: 'firesteel/run@1',
  start: plain(start),
  outcome: plain(outcome),
  cost: cost === undefined ? null : plain(cost),
  report: report === undefined ? null : reportJson(report),
});
