// The HTML report of an audit: gathers what the page needs beside the report, and the built template.
// Laws: the template is built from `web/` where this is a clone and it is missing or older than its sources; a package carries it.

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { curesOf, type Report } from '../audit/index.ts';
import { type Column, type ConfConstraints, FiresteelError } from '../base/index.ts';
import { findProperty, versionOf } from '../conf/index.ts';
import type { SparkRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import { diffsOf, diffText, type FixInput, planFixes } from '../fix/index.ts';
import { type CodeMap, type CodeThing, joinCode } from '../join/index.ts';
import { type Program, type PySpark, rangeOf } from '../pyspark/index.ts';
import { type Calibration, execGraph, packChange, packGraph } from '../simulate/index.ts';
import { rulePage } from './rule-lookup.ts';

/** Beside the compiled modules in a package; under `dist` of the clone while developing. */
const PACKED = new URL('../web/report.html', import.meta.url);
const BUILT = new URL('../../dist/web/report.html', import.meta.url);
/** Only a clone has it. */
const BUILDER = new URL('../../scripts/build-web.ts', import.meta.url);

async function templateOf(note: (text: string) => void): Promise<string> {
  if (existsSync(BUILDER)) {
    const { ensureWeb } = (await import(BUILDER.href)) as { ensureWeb: (note: (text: string) => void) => Promise<void> };
    await ensureWeb(note);
    return readFile(BUILT, 'utf8');
  }
  const text = await readFile(PACKED, 'utf8').catch(() => undefined);
  if (text === undefined)
    throw new FiresteelError(
      'environment',
      'The HTML page is not in this installation.',
      'Install the package again, or run `npm run build` in a clone.',
    );
  return text;
}

/** What an operator of a plan can be in code; the action stands for the query itself. */
const THINGS: readonly CodeThing[] = ['join', 'aggregate', 'distinct', 'window', 'sort', 'repartition', 'read', 'udf', 'filter', 'write'];

/** Lines that are known or likely; what is only possible is left to the findings, which say so. */
function locator(map: CodeMap) {
  return (executionId: number, nodeId?: number) => {
    const found = nodeId === undefined ? map.actionsOf(executionId) : map.locate(THINGS, { nodes: [{ executionId, nodeId }] });
    return found.find((one) => one.confidence !== 'possible');
  };
}

/** Where a program sets a key: the last place, for that one holds. A dict of keys is left out: nothing shows that it is set. */
function settingsIn(program: Program) {
  const places = new Map(
    program.settings
      .filter((one) => one.how !== 'dict' && one.how !== 'unset')
      .map(({ key, value, node }) => [key, { value, place: `${basename(node.source.path)}:${rangeOf(node).start.line}` }] as const),
  );
  return (key: string) => places.get(key);
}

/** Unified diffs that cure single findings, as `firesteel fix --rule` writes them; settings behind them as properties. */
function patchesOf(input: FixInput & { readonly report: Report }, constraints: ConfConstraints | undefined): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const { rule, status } of input.report.findings) {
    if (status !== 'found') continue;
    const { patch, planned } = planFixes(input, { rules: [rule], constraints });
    const settings = patch.conf.map(({ key, to, why }) => `# ${why}\n${to === undefined ? `- ${key}` : `+ ${key} ${to}`}`);
    const text = [diffText(diffsOf(patch.files, planned)), ...settings].filter((part) => part !== '').join('\n');
    if (text !== '') out.set(rule, text);
  }
  return out;
}

export interface PageContext {
  /** The facts of the report's run, when they are known already. */
  readonly store?: FactStore | undefined;
  /** How forecasts held so far, as the report's own took it into account. */
  readonly calibration?: Calibration | undefined;
  /** The code that was joined with the run. */
  readonly program?: Program | undefined;
  /** The parser that read it: with it findings get their patches. */
  readonly pyspark?: PySpark | undefined;
  /** What the project allows with configuration; without it everything. */
  readonly constraints?: ConfConstraints | undefined;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** The page in pieces. `note` hears that the template is being built. */
export async function renderAuditPage(
  report: Report,
  run: SparkRun,
  { store = new FactStore(run), calibration, program, pyspark, constraints, files }: PageContext,
  note: (text: string) => void,
): Promise<Iterable<string>> {
  const { pageOf, renderPage } = await (await import('../report/index.ts')).htmlReport();
  const found = report.findings.filter((finding) => finding.status === 'found').map((finding) => finding.rule);
  const runbooks = new Map<string, string>();
  for (const rule of new Set(found)) {
    const text = await rulePage(rule);
    if (text !== undefined) runbooks.set(rule, text);
  }
  const version = versionOf(report.application.sparkVersion);
  const built = store.get(execGraph);
  const map = program === undefined ? undefined : joinCode(store, program);
  const page = pageOf({
    report,
    store,
    runbooks,
    lookup: (key) => findProperty(key, version),
    whatIf: (columns: Column[]) => {
      if (built.graph === undefined) return { why: built.cannotPredict };
      if (report.cannotPredict !== undefined) return { why: report.cannotPredict };
      const graph = packGraph(built.graph, columns);
      const cures = curesOf(store, report).map((cure) => ({ ...cure, change: packChange(cure.change, columns) }));
      return { graph, cures, ...(calibration === undefined ? {} : { calibration }) };
    },
    inCode: program === undefined ? undefined : settingsIn(program),
    locate: map === undefined ? undefined : locator(map),
    patches:
      pyspark === undefined || program === undefined || map === undefined
        ? undefined
        : patchesOf({ pyspark, program, report, store, code: map }, constraints),
    sources: files.map(({ path, text }) => ({ file: path, text })),
  });
  return renderPage(page, await templateOf(note));
}
