// Operation `audit`: logs → report; several logs, or a folder of them → one ranked table; code without a log → what the code alone shows.
// Law: audited one after the other, each read with several threads, so that memory holds one run at a time.

import { z } from 'zod';
import type { Report } from '../audit/index.ts';
import { FiresteelError, formatMillis, plural } from '../base/index.ts';
import type { CodeLint, Fleet, FleetFailure } from '../report/index.ts';
import { type ReadCode, readCode } from './code.ts';
import type { CliField } from './define.ts';
import { failureOf, findLogs, readLog } from './evidence.ts';
import { defineOperation } from './operation.ts';
import { pricing } from './pricing.ts';

const cli = (field: CliField) => field;

/** Files named beside the report of one log. */
const MAX_NOTED = 5;

export type AuditResult =
  /** `unread`: what looks like a log beside it and could not be read. */
  | {
      readonly kind: 'one';
      readonly report: Report;
      readonly unread: readonly FleetFailure[];
      /** The report as an HTML page. */
      readonly page: () => Promise<Iterable<string>>;
      /** The report for the owner of the job, with the patch when code was given. */
      readonly optimisation: () => Promise<string>;
    }
  /** Code without a run. */
  | { readonly kind: 'code'; readonly lint: CodeLint }
  | { readonly kind: 'fleet'; readonly fleet: Fleet };

const reportsOf = (result: AuditResult): readonly Report[] =>
  result.kind === 'one' ? [result.report] : result.kind === 'code' ? [] : result.fleet.runs.map((run) => run.report);
const unreadOf = (result: AuditResult): readonly FleetFailure[] =>
  result.kind === 'one' ? result.unread : result.kind === 'code' ? [] : result.fleet.failed;

export const operation = defineOperation({
  description:
    'Reads Spark event logs and says what held the end of the run: where the time went, which causes are worth curing, at most how much each can save, and what to do. ' +
    'Give a log file, a rolling log folder (eventlog_v2_…), a zip, or - for standard input. Several logs, or a folder with several, give one ranked table. ' +
    'With --code findings name the lines that cause them; --code without a log shows what the code alone shows.',
  formats: ['terminal', 'json', 'markdown', 'terse', 'html', 'report'],
  examples: [
    { command: 'audit spark-events/app-0007.zstd', about: 'one run' },
    { command: 'audit spark-events/', about: 'every log in a folder, ranked' },
    { command: 'audit app.zstd --out report.html', about: 'a page to look at and to share: timeline, plans, tasks, what-if' },
    { command: 'audit app.zstd --out report.md', about: 'a report to share' },
    { command: 'audit app.zstd --code jobs/daily.py', about: 'with the lines of the code behind each finding' },
    { command: 'audit --code jobs/', about: 'what the code alone shows, without a run' },
    { command: 'audit app.zstd --prices prices.json --goal cost', about: 'ranked by what each cure saves of the money' },
    {
      command: 'audit app.zstd --code job.py --format report',
      about: 'the optimisation report: what to do, the patch, a plan, cost and benefit',
    },
    { command: 'audit app.zstd --format json', about: 'everything, for programs' },
    { command: 'audit app.zstd --fail-on 5', about: 'exit 1 when a finding holds 5 minutes or more, 2 when a log cannot be read' },
  ],
  input: z.object({
    logs: z
      .array(z.string().min(1))
      .default([])
      .meta({
        description: 'event logs: files, rolling log folders, zips, folders of logs, or - for standard input',
        cli: cli({ positional: 'LOG' }),
      }),
    all: z
      .boolean()
      .default(false)
      .meta({ description: 'also list what is present and not worth doing, what is clear and what does not apply' }),
    failOn: z
      .union([z.literal('found'), z.coerce.number<string | number>().positive()])
      .optional()
      .meta({
        description:
          'exit 1 on any finding (found), or when one finding holds the end for so many minutes (more than 0); exit 2 when there is none, but a log could not be read',
        cli: cli({ value: 'found|MINUTES' }),
      }),
    prices: z
      .string()
      .optional()
      .meta({ description: 'a price sheet (JSON): money beside core time (default: that of firesteel.json)', cli: cli({ value: 'FILE' }) }),
    goal: z
      .enum(['time', 'cost'])
      .default('time')
      .meta({
        description: 'what findings are ranked by: time, or cost (the core time that a cure saves)',
        cli: cli({ value: 'time|cost' }),
      }),
    code: z
      .array(z.string().min(1))
      .default([])
      .meta({
        description: "the job's code, a file (.py, .ipynb) or a folder; several times for several: findings then name its lines",
        cli: cli({ value: 'PATH' }),
      }),
  }),
  async handler(input, context): Promise<AuditResult> {
    const given = input.code.length === 0 ? undefined : await readCode(input.code, context);
    if (input.logs.length === 0) {
      if (given !== undefined) return { kind: 'code', lint: await lintOf(given) };
      throw new FiresteelError(
        'wrong-usage',
        'No log and no code is named.',
        'Give an event log, or --code with a file or folder of PySpark code.',
      );
    }
    const code = given?.program;
    for (const { path, why } of given?.skipped.slice(0, MAX_NOTED) ?? []) context.note(`${path}: ${why}`);
    const optionsOf = await pricing(input, context);
    const found = await findLogs(input.logs, context);
    const first = found.logs[0];
    if (first !== undefined && found.logs.length === 1 && found.failed.length === 0) {
      const run = await readLog(first, `reading ${first.label}`, context);
      const { audit } = await import('../audit/index.ts');
      context.progress({ what: 'auditing', share: undefined, bytes: undefined });
      for (const { path, error } of found.unread.slice(0, MAX_NOTED)) context.note(`not read: ${path}: ${error}`);
      if (found.unread.length > MAX_NOTED) context.note(`not read: ${plural(found.unread.length - MAX_NOTED, 'more file')}`);
      const options = await optionsOf(run);
      const report = audit(run, { ...options, code });
      return {
        kind: 'one',
        report,
        unread: found.unread,
        page: async () => {
          const { renderAuditPage } = await import('./page.ts');
          const { constraints } = await (await import('../project/index.ts')).findProject(context.cwd);
          return renderAuditPage(
            report,
            run,
            {
              store: options.store,
              calibration: options.calibration,
              program: code,
              pyspark: given?.pyspark,
              constraints,
              files: given?.files ?? [],
            },
            context.note,
          );
        },
        optimisation: async () => {
          const { optimisationReport } = await import('./optimise.ts');
          const { constraints } = await (await import('../project/index.ts')).findProject(context.cwd);
          return optimisationReport({
            report,
            run,
            store: options.store,
            code: given,
            logPath: first.label,
            codePath: input.code[0],
            constraints,
          });
        },
      };
    }
    const { audit } = await import('../audit/index.ts');
    const entries: { path: string; report: Report }[] = [];
    const failed: FleetFailure[] = [...found.failed, ...found.unread];
    for (const [i, log] of found.logs.entries()) {
      const what = `${i + 1} of ${found.logs.length}: ${log.label}`;
      try {
        const run = await readLog(log, what, context);
        entries.push({ path: log.label, report: audit(run, { ...(await optionsOf(run)), code }) });
      } catch (error) {
        context.signal.throwIfAborted();
        failed.push(failureOf(log.label, error));
      }
    }
    const { fleetOf } = await import('../report/index.ts');
    return { kind: 'fleet', fleet: fleetOf(entries, failed, found.others) };
  },
  outcome(result, { failOn }) {
    if (result.kind === 'fleet' && result.fleet.runs.length === 0) return { kind: 'unreadable', reason: 'none of the logs could be read' };
    if (failOn === undefined) return { kind: 'done' };
    if (result.kind === 'code') {
      const sure = result.lint.findings.filter((finding) => finding.certainty !== 'possible');
      return failOn !== 'found' || sure.length === 0
        ? { kind: 'done' }
        : {
            kind: 'gate failed',
            reason: `${plural(sure.length, 'finding')} in the code: ${[...new Set(sure.map((finding) => finding.id))].join(', ')}`,
          };
    }
    const found = reportsOf(result).flatMap((report) => report.findings.filter((finding) => finding.status === 'found'));
    const over = failOn === 'found' ? found : found.filter((finding) => finding.heldMs >= failOn * 60_000);
    if (over.length === 0) {
      const [first, ...more] = unreadOf(result);
      if (first === undefined) return { kind: 'done' };
      const rest = more.length === 0 ? '' : `; ${plural(more.length, 'more log')} neither`;
      return { kind: 'unreadable', reason: `--fail-on does not pass: ${first.path} could not be read: ${first.error}${rest}` };
    }
    const what = failOn === 'found' ? '' : ` ${over.length === 1 ? 'holds' : 'hold'} the end for ${formatMillis(failOn * 60_000)} or more`;
    return {
      kind: 'gate failed',
      reason: `${over.length === 1 ? '1 finding' : `${over.length} findings`}${what}: ${[...new Set(over.map((finding) => finding.rule))].join(', ')}`,
    };
  },
  async render(result, format, { all }, options) {
    const faces = await import('../report/index.ts');
    if (result.kind === 'code') {
      switch (format) {
        case 'json':
          return faces.jsonChunks(faces.codeJson(result.lint));
        case 'markdown':
          return faces.renderCodeMarkdown(result.lint, { all });
        case 'terse':
          return faces.renderCodeTerse(result.lint);
        case 'html':
        case 'report':
          throw noPage('code without a run', format);
        default:
          return faces.renderCodeTerminal(result.lint, { ...options, all });
      }
    }
    if (result.kind === 'one') {
      switch (format) {
        case 'json':
          return faces.jsonChunks(faces.reportJson(result.report) as object);
        case 'markdown':
          return faces.renderMarkdown(result.report, { all });
        case 'terse':
          return faces.renderTerse(result.report);
        case 'terminal':
          return faces.renderTerminal(result.report, { ...options, all });
        case 'html':
          return result.page();
        case 'report':
          return result.optimisation();
      }
    }
    switch (format) {
      case 'json':
        return faces.jsonChunks(faces.fleetJson(result.fleet));
      case 'markdown':
        return faces.renderFleetMarkdown(result.fleet, { all });
      case 'terse':
        return faces.renderFleetTerse(result.fleet);
      case 'terminal':
        return faces.renderFleetTerminal(result.fleet, { ...options, all });
      case 'html':
      case 'report':
        throw noPage('several logs', format);
    }
  },
});

const noPage = (what: string, format: 'html' | 'report') =>
  new FiresteelError(
    'wrong-usage',
    `There is no ${format === 'html' ? 'HTML page' : 'optimisation report'} of ${what}.`,
    `Audit one log with --format ${format}; several with --format markdown.`,
  );

/** What the code alone shows. */
async function lintOf({ program, paths, skipped }: ReadCode): Promise<CodeLint> {
  const { lintEntries } = await import('../audit/index.ts');
  return { files: paths, findings: lintEntries(program), skipped, notes: program.notes };
}
