// From a report and the facts of its run to the data of the page.
// Laws: a pure function of its input; bounded, and what is left out is said in `limits`; every string from a log is cleaned.

import type { CodeLine, Finding, Report } from '../../audit/index.ts';
import { type Column, packColumns, plural } from '../../base/index.ts';
import { FACTS, type FactStore } from '../../facts/index.ts';
import { costName } from '../cost-words.ts';
import { evidenceJson, reportJson } from '../json.ts';
import { clean } from '../text.ts';
import { viewOf } from '../view.ts';
import { measureText } from '../words.ts';
import { type KeyLookup, logOf, type SetInCode, settingsOf, systemOf } from './environment.ts';
import { type Locate, plansOf } from './plans.ts';
import { stagesOf } from './stages.ts';
import { timelineOf } from './timeline.ts';
import type { Page, PageCodeRef, PageData, PageFinding, PageLine, PagePlan, PageRef, PageSource, PageStage, PageWhatIf } from './types.ts';

export interface PageInput {
  readonly report: Report;
  /** The facts of the report's run. */
  readonly store: FactStore;
  /** Markdown of the rules, by id. */
  readonly runbooks: ReadonlyMap<string, string>;
  /** What the catalogue of configuration knows of a key. */
  readonly lookup: KeyLookup;
  /** Graph and cures as they are packed, or why there are none. They put their numbers behind `columns`. */
  readonly whatIf: (columns: Column[]) => PackedWhatIf;
  /** The user's code, when it was given. */
  readonly sources?: readonly PageSource[] | undefined;
  /** The line of code behind a query, or one of its operators. */
  readonly locate?: Locate | undefined;
  /** Where the code sets a key of configuration. */
  readonly inCode?: SetInCode | undefined;
  /** Patches by rule: unified diffs. */
  readonly patches?: ReadonlyMap<string, string> | undefined;
}

export type PackedWhatIf = PageWhatIf;

/** Bytes of packed numbers up to which the simulator's graph travels with the page; about half of it once deflated. */
const MAX_GRAPH_BYTES = 4_000_000;
/** Evidence and places of one finding on the page. */
const MAX_REFS = 60;
const MAX_PLACES = 25;
/** References in the JSON of a report, of one finding. */
const MAX_JSON_REFS = 500;
const MAX_SOURCE = 400_000;

export function pageOf(input: PageInput): Page {
  const { report, store } = input;
  const { startMs = 0, endMs = 0 } = store.get(FACTS.clock);
  const columns: Column[] = [];
  const { stages, index, limits } = stagesOf(store, startMs, columns);
  const { timeline, limits: timeLimits } = timelineOf(store, startMs, endMs, index);
  const { plans, limits: planLimits } = plansOf(store, startMs, input.locate);
  const packed = whatIfOf(input, columns);
  const found = report.findings.filter((finding) => finding.status === 'found');
  const trimmed = trimmedReport(report);
  const data: PageData = {
    schema: 'firesteel/page@1',
    startMs,
    wallMs: Math.max(0, endMs - startMs),
    view: viewOf(report),
    findings: found.map((finding) => findingOf(finding, input)),
    ...(report.joint === null || report.joint.likelyMs <= 0
      ? {}
      : { joint: { nowMs: report.joint.nowMs, ...report.joint.thenMs, order: report.joint.order } }),
    ...(report.cost === undefined || report.cost === null
      ? {}
      : { cost: { ...report.cost, parts: report.cost.parts.map((part) => ({ ...part, name: costName(part.cause) })) } }),
    timeline,
    stages,
    plans,
    settings: settingsOf(store, input.lookup, input.inCode),
    system: systemOf(store),
    log: logOf(store),
    lines: linesOf(stages, plans, index),
    sources: (input.sources ?? []).map(({ file, text }) => ({ file, text: text.slice(0, MAX_SOURCE) })),
    codeNotes: codeNotesOf(report),
    runbooks: Object.fromEntries(
      found.flatMap(({ rule }) => (input.runbooks.has(rule) ? [[rule, input.runbooks.get(rule) as string]] : [])),
    ),
    whatIf: packed.whatIf,
    limits: [...limits, ...timeLimits, ...planLimits, ...trimmed.limits],
    report: trimmed.json,
  };
  return { data, columns: packed.bytes };
}

/** Packs everything; a graph that is too large stays at home, and the page says so. */
function whatIfOf(input: PageInput, columns: Column[]): { readonly whatIf: PageWhatIf; readonly bytes: Uint8Array } {
  const own = columns.length;
  const packed = input.whatIf(columns);
  const bytes = packColumns(columns);
  if (packed.why !== undefined || bytes.length <= MAX_GRAPH_BYTES) return { whatIf: packed, bytes };
  const tasks = packed.graph.stages.length;
  return {
    whatIf: {
      why: `the schedule of this run (${plural(tasks, 'stage')}) is too large to travel in a page; \`firesteel forecast LOG --what-if cores=16\` answers the same questions`,
    },
    bytes: packColumns(columns.slice(0, own)),
  };
}

const refsOf = (evidence: Finding['evidence'], most = MAX_REFS): readonly PageRef[] =>
  evidenceJson(evidence.slice(0, most)) as unknown as readonly PageRef[];

function findingOf(finding: Finding, input: PageInput): PageFinding {
  const patch = input.patches?.get(finding.rule);
  const { savesCost } = finding;
  return {
    rule: finding.rule,
    heldMs: finding.heldMs,
    refs: refsOf(finding.evidence),
    places: finding.places.slice(0, MAX_PLACES).map((place) => ({
      cause: clean(place.cause, 600),
      heldMs: place.heldMs,
      refs: refsOf(place.evidence, 20),
      numbers: place.numbers.slice(0, 8).map(measureText),
      remedies: place.remedies.slice(0, 4).map((remedy) => clean(remedy, 400)),
    })),
    ...(finding.forecast === null || finding.forecast.likelyMs <= 0
      ? {}
      : {
          saves: { lowMs: finding.forecast.lowMs, likelyMs: finding.forecast.likelyMs, highMs: finding.forecast.highMs },
          basis: finding.forecast.basis,
        }),
    assumptions: (finding.forecast?.assumptions ?? []).map((text) => clean(text, 300)),
    ...(savesCost === undefined || savesCost === null ? {} : { savesCost }),
    code: finding.code.slice(0, 12).map(
      (at: CodeLine): PageCodeRef => ({
        file: clean(at.file, 300),
        line: at.line,
        ...(at.endLine === undefined ? {} : { endLine: at.endLine }),
        ...(at.text === undefined ? {} : { text: at.text.slice(0, 400) }),
        ...(at.confidence === undefined
          ? {}
          : { why: clean([at.confidence, at.basis].filter((part) => part !== undefined).join(', '), 200) }),
      }),
    ),
    ...(patch === undefined ? {} : { patch }),
  };
}

/** Findings of the code for which this run shows no time, as an audit with code lists them. */
function codeNotesOf(report: Report): PageData['codeNotes'] {
  return (report.code ?? []).slice(0, 200).map((note) => ({
    file: clean(note.file, 300),
    line: note.line,
    title: clean(note.title, 160),
    message: clean(`${note.message.replace(/\.$/, '')}; ${note.worth}.`, 400),
  }));
}

/** What the lines behind stages, queries and operators cost, the dearest first. */
function linesOf(stages: readonly PageStage[], plans: readonly PagePlan[], index: ReadonlyMap<string, number>): PageLine[] {
  const lines = new Map<string, Set<PageStage>>();
  const put = (source: string | undefined, stage: PageStage | undefined) => {
    if (source !== undefined && stage !== undefined) lines.set(source, (lines.get(source) ?? new Set()).add(stage));
  };
  for (const stage of stages) put(stage.source, stage);
  for (const plan of plans) {
    if (plan.source !== undefined) for (const stage of stages) if (stage.query === plan.id) put(plan.source, stage);
    for (const node of plan.nodes) for (const key of node.stages) put(node.source, stages[index.get(key) ?? -1]);
  }
  return [...lines]
    .map(([key, set]): PageLine => {
      const cut = key.lastIndexOf(':');
      const own = [...set];
      return {
        file: key.slice(0, cut),
        line: Number(key.slice(cut + 1)),
        heldMs: own.reduce((all, stage) => all + stage.heldMs, 0),
        taskTimeMs: own.reduce((all, stage) => all + stage.taskTimeMs, 0),
        stages: own.slice(0, 40).map((stage) => `${stage.id}.${stage.attempt}`),
        queries: [...new Set(own.flatMap((stage) => stage.query ?? []))].slice(0, 40),
      };
    })
    .sort((a, b) => b.heldMs - a.heldMs || b.taskTimeMs - a.taskTimeMs)
    .slice(0, 400);
}

/** The report as JSON; evidence by the thousand is cut, and it is said. */
function trimmedReport(report: Report): { readonly json: unknown; readonly limits: readonly string[] } {
  const heavy = report.findings.some(({ evidence, places }) => evidence.length > MAX_JSON_REFS || places.length > MAX_JSON_REFS);
  if (!heavy) return { json: reportJson(report), limits: [] };
  const findings = report.findings.map((finding) => ({
    ...finding,
    evidence: finding.evidence.slice(0, MAX_JSON_REFS),
    places: finding.places.slice(0, MAX_JSON_REFS),
  }));
  return {
    json: reportJson({ ...report, findings }),
    limits: [`The JSON in this page keeps the first ${MAX_JSON_REFS} references of a finding; \`--format json\` has all.`],
  };
}
