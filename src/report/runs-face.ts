// Runs of the ledger: the list, and one run with everything on record about it; terminal, Markdown, JSON.
// Laws: what is not on record is left out; text of the outside is clean before it is shown.

import { formatBytes, formatCount, formatMillis, plural } from '../base/index.ts';
import type { AuditRow, RunRecord, RunRow, RunState } from '../ledger/index.ts';
import { Canvas, type Cell, type Style } from './canvas.ts';
import { formatMoney } from './history-words.ts';
import { plain } from './json.ts';
import { code, md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { clean, cutMiddle, widthOf } from './text.ts';
import { coreMillisOf, formatCoreMillis, formatTime } from './words.ts';

/** Cells from which the list has a column for the start. */
const WIDE = 100;

export interface RunList {
  /** Newest first. */
  readonly runs: readonly RunRow[];
  /** Where they are on record. */
  readonly place: string;
  /** True when older runs were left out. */
  readonly more: boolean;
}

const STATES: Readonly<Record<RunState, string>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  timedOut: 'timed out',
  cancelled: 'cancelled',
  killed: 'killed',
  running: 'running',
  lost: 'lost',
  unknown: 'unknown',
};

/** What a state without an end means. */
const OPEN_STATES: Partial<Record<RunState, string>> = {
  running: 'Its process lives: it is at work.',
  lost: 'Firesteel ended without recording an end: killed, or the machine went down.',
  unknown: 'No end is on record, and it started on another host: nobody here can tell whether it runs.',
};

const purposeOf = (run: RunRow): string =>
  run.purpose === 'run' ? '' : `${run.purpose === 'proof' ? '' : 'warm-up, '}side ${run.arm ?? '?'} of ${clean(run.proofId, 60)}`;
const took = (run: RunRow): string => (run.durationMs === undefined ? '' : formatMillis(run.durationMs));
const costOf = (run: RunRow): string => (run.cost === undefined ? '' : formatMoney(run.cost.amount, clean(run.cost.currency, 12)));
const started = (run: RunRow): string => formatTime(run.startedMs)?.replace(' UTC', '') ?? '';

export function renderRunsTerminal({ runs, place, more }: RunList, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  page.para(runs.length === 0 ? 'No run fits.' : plural(runs.length, 'run'), { style: c.bold });
  page.para(clean(place, 300), { style: c.dim });
  if (runs.length === 0) return page.toString();
  page.blank();
  const tint: Partial<Record<RunState, Style>> = {
    failed: c.red,
    timedOut: c.red,
    killed: c.red,
    lost: c.red,
    running: c.cyan,
    succeeded: c.green,
  };
  // The id is what people copy: it stands first and is never cut. Its digits say when, so the start has a column only where there is room.
  const columns: readonly (readonly [head: string, cell: (run: RunRow) => string, align: 'left' | 'right'])[] = [
    ['state', (run) => STATES[run.state], 'left'],
    ['took', took, 'right'],
    ...(runs.some((run) => run.cost !== undefined) ? [['cost', costOf, 'right'] as const] : []),
    ...(page.width < WIDE ? [] : [['started (UTC)', started, 'left'] as const]),
  ];
  const widthFor = (head: string, cells: readonly string[]) => Math.max(...[head, ...cells].map((text) => widthOf(page.say(text))));
  const ids = runs.map((run) => clean(run.runId, 60));
  const idWidth = Math.min(page.width, widthFor('run', ids));
  const widths = columns.map(([head, cell]) => widthFor(head, runs.map(cell)));
  const names = runs.map((run) => page.say(clean(run.model, 120)));
  const needed = widths.reduce((sum, width) => sum + width + 2, idWidth);
  const row = (id: string, cells: readonly Cell[], name: string, style?: Style) =>
    page.row([
      { text: id.padEnd(idWidth), width: idWidth, align: 'right', style },
      ...cells,
      { text: cutMiddle(name, Math.max(8, page.width - needed - 2), page.ellipsis), style },
    ]);
  row(
    'run',
    columns.map(([head, , align], i) => ({ text: head, width: widths[i] ?? 8, align, style: c.dim })),
    'model',
    c.dim,
  );
  for (const [k, run] of runs.entries())
    row(
      ids[k] ?? '',
      columns.map(([head, cell, align], i) => ({
        text: cell(run),
        width: widths[i] ?? 8,
        align,
        style: head === 'state' ? tint[run.state] : undefined,
      })),
      names[k] ?? '',
    );
  page.blank();
  if (more) page.para('Older runs are left out: --last N shows more.', { style: c.dim });
  page.para('firesteel runs RUN shows all of one run.', { style: c.dim });
  return page.toString();
}

export function renderRunsMarkdown({ runs, place }: RunList): string {
  const lines = [
    '# Runs',
    '',
    `${plural(runs.length, 'run')} of ${code(place)}, the newest first.`,
    '',
    ...table(
      [
        { head: 'Model' },
        { head: 'State' },
        { head: 'Took', right: true },
        { head: 'Cost', right: true },
        { head: 'Started (UTC)' },
        { head: 'Run' },
        { head: 'Why it failed' },
      ],
      runs.map((run) => [
        md(run.model),
        STATES[run.state],
        took(run),
        md(costOf(run)),
        started(run),
        code(run.runId),
        md(run.reason ?? ''),
      ]),
    ),
  ];
  return `${lines.join('\n')}\n`;
}

export const runsJson = ({ runs, place }: RunList): object => ({ schema: 'firesteel/runs@1', place: plain(place), runs: runs.map(plain) });

export const recordJson = ({ run, start, outcome, audits }: RunRecord, place: string): object => ({
  schema: 'firesteel/record@1',
  place: plain(place),
  run: plain(run),
  start: plain(start),
  outcome: plain(outcome),
  audits: audits.map(plain),
});

/** One run as named lines, in groups; the same in every face. */
function linesOf({
  run,
  start,
  outcome,
}: RunRecord): (readonly [title: string, lines: readonly (readonly [label: string, text: string])[]])[] {
  const line = (label: string, text: string | undefined): (readonly [string, string])[] =>
    text === undefined || text === '' ? [] : [[label, clean(text)]];
  const { usage, cost } = run;
  const git =
    run.gitCommit === undefined
      ? undefined
      : `${run.gitCommit}${run.gitBranch === undefined ? '' : ` on ${run.gitBranch}`}${run.gitDirty ? ', with changes that are not committed' : ''}`;
  const count = (value: number | undefined, what: string) => (value === undefined ? undefined : `${formatCount(value)} ${what}`);
  const volume = (bytes: number | undefined, rows: number | undefined) =>
    [bytes === undefined ? undefined : formatBytes(bytes), count(rows, 'rows')].filter((text) => text !== undefined).join(', ');
  return [
    [
      'What happened',
      [
        ...line('state', [STATES[run.state], OPEN_STATES[run.state] ?? ''].filter((text) => text !== '').join('. ')),
        ...line('why', run.reason),
        ...line('next step', run.nextStep),
        ...line(
          'where',
          outcome?.exception?.file === undefined
            ? undefined
            : `${outcome.exception.file}${outcome.exception.line === undefined ? '' : `:${outcome.exception.line}`}`,
        ),
        ...line('started', formatTime(run.startedMs)),
        ...line('ended', formatTime(run.endedMs)),
        ...line('took', took(run)),
        ...line('exit code', run.exitCode === undefined || run.exitCode === 0 ? undefined : String(run.exitCode)),
        ...line('purpose', purposeOf(run)),
        ...(outcome?.warnings ?? []).flatMap((warning) => line('note', warning)),
      ],
    ],
    [
      'What it used',
      [
        ...line(
          'core time',
          usage.coreMs === undefined
            ? undefined
            : usage.allocatedCoreMs === undefined
              ? formatCoreMillis(usage.coreMs)
              : `${coreMillisOf(usage.coreMs, usage.allocatedCoreMs)} allocated`,
        ),
        ...line(
          'memory time',
          usage.memoryMibMs === undefined ? undefined : `${Number((usage.memoryMibMs / 1024 / 3_600_000).toPrecision(3))} GiB-h`,
        ),
        ...line('cost', cost === undefined ? undefined : `${costOf(run)} (prices ${cost.version})`),
        ...line('read', volume(usage.inputBytes, usage.inputRecords)),
        ...line('written', volume(usage.outputBytes, usage.outputRecords)),
      ],
    ],
    [
      'What ran',
      [
        ...line('model', run.model),
        ...line('script', [run.script, ...(start.job.args ?? [])].join(' ')),
        ...line('code', run.codeFingerprint),
        ...line('conf', run.confFingerprint),
        ...line('commit', git),
        ...line('Spark', `${run.sparkVersion}${run.master === undefined ? '' : ` on ${run.master}`}`),
        ...line('application', [run.applicationId, run.applicationName].filter((text) => text !== undefined).join(', ')),
        ...line('host', `${run.host}, process ${run.pid}`),
      ],
    ],
    ['Where it lies', [...line('folder', run.folder), ...line('event log', run.logPath), ...line('driver log', run.driverLog)]],
  ];
}

/** How to look further. */
function nextOf({ run, audits }: RunRecord): string[] {
  if (run.logPath === undefined) return run.driverLog === undefined ? [] : [`read ${clean(run.driverLog, 400)}`];
  return [`firesteel audit ${shellWord(run.logPath)}${audits.length === 0 ? '' : '  (audited before: below)'}`];
}

const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${clean(text, 1000).replaceAll("'", "'\\''")}'`);

const foundOf = (audit: AuditRow | undefined) => audit?.findings.filter((finding) => finding.status === 'found') ?? [];

export function renderRecordTerminal(record: RunRecord, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  const { run } = record;
  const tint = run.state === 'succeeded' ? c.green : run.state === 'running' ? c.cyan : c.red;
  page.ends(clean(run.runId, 60), STATES[run.state], { leftStyle: c.bold, rightStyle: tint });
  for (const [title, lines] of linesOf(record)) {
    if (lines.length === 0) continue;
    page.heading(title);
    for (const [label, text] of lines) page.labelled(label, text, { indent: 2, labelWidth: 13 });
  }
  const [audit] = record.audits;
  if (audit !== undefined) {
    page.heading(`Audit of ${formatTime(audit.recordedMs) ?? ''}`);
    page.para(clean(audit.headline), { indent: 2, hang: 2 });
    for (const finding of foundOf(audit))
      page.row(
        [
          { text: finding.heldMs > 0 ? formatMillis(finding.heldMs) : '', width: 10, align: 'right', style: c.yellow },
          { text: clean(finding.title, 200) },
        ],
        2,
      );
  }
  page.blank();
  for (const text of nextOf(record)) page.labelled('next', text, { labelWidth: 6, arrow: true });
  return page.toString();
}

export function renderRecordMarkdown(record: RunRecord): string {
  const [audit] = record.audits;
  const lines = [`# Run ${md(record.run.runId)}`];
  for (const [title, texts] of linesOf(record))
    if (texts.length > 0) lines.push('', `## ${title}`, '', ...texts.map(([label, text]) => `- **${label}:** ${md(text)}`));
  if (audit !== undefined)
    lines.push(
      '',
      '## Audit',
      '',
      md(audit.headline),
      '',
      ...foundOf(audit).map((finding) => `- ${md(finding.title)}, ${formatMillis(finding.heldMs)}: ${md(finding.cause)}`),
    );
  const next = nextOf(record);
  if (next.length > 0) lines.push('', ...next.map((text) => `Next: ${code(text)}`));
  return `${lines.join('\n')}\n`;
}
