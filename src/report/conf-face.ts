// Findings about configuration: terminal, Markdown, JSON.
// Law: text of the outside is clean before it is shown; errors go before warnings, notes come last or are counted.

import { plural } from '../base/index.ts';
import type { ConfFinding } from '../facts/index.ts';
import { Canvas } from './canvas.ts';
import type { FleetFailure } from './fleet.ts';
import { plain } from './json.ts';
import { code, md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { clean } from './text.ts';

/** What `conf lint` found. */
export interface ConfLint {
  readonly sources: readonly {
    readonly file: string;
    readonly kind: string;
    readonly settings: number;
    /** `assumed`: nobody named it; `exact` false: the catalogue serves it by another one. */
    readonly version: { readonly line: string; readonly served: string; readonly exact: boolean; readonly assumed: boolean };
  }[];
  readonly findings: readonly ConfFinding[];
  readonly failed: readonly FleetFailure[];
}

const ORDER: readonly ConfFinding['severity'][] = ['error', 'warning', 'note'];

const placeOf = ({ file, line, column }: ConfFinding): string =>
  `${clean(file, 300)}${line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`}`;
const settingOf = ({ key, value }: ConfFinding): string => `${clean(key, 200)}${value === undefined ? '' : `=${clean(value, 120)}`}`;

function summary({ findings, sources }: ConfLint): string {
  const settings = sources.reduce((sum, source) => sum + source.settings, 0);
  const counts = ORDER.flatMap((severity) => {
    const n = findings.filter((finding) => finding.severity === severity).length;
    return n === 0 ? [] : [plural(n, severity)];
  });
  return `${plural(settings, 'setting')} in ${plural(sources.length, 'file')}: ${counts.length === 0 ? 'nothing to say' : counts.join(', ')}`;
}

/** Most errors name their file themselves. */
const unreadOf = (path: string, error: string): string => (error.includes(path) ? clean(error) : `${clean(path, 300)}: ${clean(error)}`);

/** Versions in a sentence, where one must be said. */
function versionNotes({ sources }: ConfLint): string[] {
  const [assumed] = sources.filter(({ version }) => version.assumed);
  const inexact = new Map(
    sources.flatMap(({ version }) => (version.exact || version.assumed ? [] : [[version.line, version.served] as const])),
  );
  return [
    ...(assumed === undefined ? [] : [`Spark's version is not known: ${assumed.version.line} is assumed; --spark-version names another.`]),
    ...[...inexact].map(([line, served]) => `Spark ${line} is not in the catalogue: judged by ${served}, without its defaults.`),
  ];
}

/** Findings by file, in the order of the sources. */
function byFile(result: ConfLint, all: boolean): Map<string, ConfFinding[]> {
  const groups = new Map<string, ConfFinding[]>();
  for (const { file } of result.sources) {
    const own = result.findings.filter((finding) => finding.file === file && (all || finding.severity !== 'note'));
    if (own.length > 0) groups.set(file, own);
  }
  return groups;
}

export function renderConfLintTerminal(result: ConfLint, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  page.para(summary(result), { style: c.bold });
  for (const note of versionNotes(result)) page.para(note, { style: c.dim });
  const styles = { error: c.red, warning: c.yellow, note: c.dim } as const;
  for (const findings of byFile(result, options.all).values()) {
    page.heading(clean(findings[0]?.file, 300));
    for (const finding of findings) {
      const at = finding.line === undefined ? '' : `${finding.line}:${finding.column ?? 1}  `;
      page.blank();
      page.para(`${at}${settingOf(finding)}`, { indent: 2, hang: 6, style: c.cyan });
      page.para(`${finding.severity}: ${clean(finding.why)} (${finding.rule})`, { indent: 4, style: styles[finding.severity] });
      page.labelled('', clean(finding.todo), { indent: 4, labelWidth: 0, arrow: true });
    }
  }
  const notes = result.findings.filter(({ severity }) => severity === 'note').length;
  if (!options.all && notes > 0) {
    page.blank();
    page.para(`${plural(notes, 'note')} not shown: --all shows ${notes === 1 ? 'it' : 'them'}.`, { style: c.dim });
  }
  for (const { path, error, nextStep } of result.failed) {
    page.blank();
    page.para(`not read: ${unreadOf(path, error)}`, { style: c.red });
    page.para(clean(nextStep), { indent: 2 });
  }
  return page.toString();
}

export function renderConfLintMarkdown(result: ConfLint, { all }: { readonly all: boolean }): string {
  const lines = ['# Configuration', '', `${md(summary(result))}.`, ...versionNotes(result).flatMap((note) => ['', md(note)])];
  for (const [file, findings] of byFile(result, all)) {
    lines.push('', `## ${code(clean(file, 300))}`, '');
    lines.push(
      ...table(
        [{ head: 'Where' }, { head: 'Setting' }, { head: 'Severity' }, { head: 'Rule' }, { head: 'Why' }, { head: 'What to do' }],
        findings.map((finding) => [
          finding.line === undefined ? '' : `${finding.line}:${finding.column ?? 1}`,
          code(settingOf(finding)),
          finding.severity,
          finding.rule,
          md(clean(finding.why)),
          md(clean(finding.todo)),
        ]),
      ),
    );
  }
  const notes = result.findings.filter(({ severity }) => severity === 'note').length;
  if (!all && notes > 0) lines.push('', `${plural(notes, 'note')} not shown.`);
  if (result.failed.length > 0)
    lines.push('', '## Not read', '', ...result.failed.map(({ path, error }) => `- ${md(unreadOf(path, error))}`));
  return `${lines.join('\n')}\n`;
}

export const confLintJson = ({ sources, findings, failed }: ConfLint): object => ({
  schema: 'firesteel/conf-lint@1',
  sources: sources.map(({ file, kind, settings, version }) => ({
    file: plain(file),
    kind,
    settings,
    sparkVersion: version.line,
    judgedBy: version.served,
    assumed: version.assumed,
  })),
  findings: findings.map((finding) => plain({ ...finding, place: placeOf(finding) })),
  failed: failed.map(plain),
});
