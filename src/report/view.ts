// What a report says, in words and order, for every face that people or agents read. Faces only lay it out.
// Law: pure; every string in a view is clean (see text.ts); nothing is summed over findings, because their times overlap.

import type { CodeEntry, CodeLine, Finding, Report } from '../audit/index.ts';
import { formatMillis, formatShare, plural } from '../base/index.ts';
import { costText, savesCostText } from './cost-words.ts';
import { clean } from './text.ts';
import { coreMillisOf, evidenceTexts, formatCoreMillis, formatTime, measureText, partName, shareOf } from './words.ts';

/** A part of the run's time, ready to draw. */
export interface PartView {
  /** The label of the report; decides the mark and colour in every face. */
  readonly label: string;
  readonly name: string;
  readonly ms: number;
  /** Share of all parts together, 0 to 1. */
  readonly share: number;
}

export interface StageView {
  /** `stage 13`, with its attempt when that is not the first. */
  readonly ref: string;
  /** '' when it says nothing beside `what`. */
  readonly name: string;
  readonly heldMs: number;
  readonly share: number | undefined;
  readonly tasks: number;
  readonly what: string;
}

export interface CodeLineView {
  /** `job.py:15`. */
  readonly place: string;
  readonly text: string;
  /** '' when the line is known; else how far it is not: `possible, 2 others fit`. */
  readonly doubt: string;
}

export interface FindingView {
  readonly rule: string;
  readonly title: string;
  /** `1 m 42 s held`, `12.4 core-h wasted` or ''. */
  readonly weight: string;
  readonly share: string;
  readonly cause: string;
  readonly numbers: readonly string[];
  readonly evidence: readonly string[];
  /** Lines of the code behind it, the best first. */
  readonly code: readonly CodeLineView[];
  /** What the code alone says of the same cause. */
  readonly lint: readonly string[];
  readonly remedies: readonly string[];
  /** Places beyond the first, the heaviest first, compact; the last entry counts what is left out. */
  readonly also: readonly string[];
  readonly explains: readonly string[];
  readonly fixability: Finding['fixability'];
  /** `about 10.2 s (7.1 – 13 s)` that a cure saves; '' when it is not forecast. */
  readonly saves: string;
}

/** What is under the floor is named by every face when nothing is above it: so many at most. */
export const MAX_MINOR = 5;

export interface ReportView {
  readonly name: string;
  readonly id: string;
  /** Version, time, length, size: short phrases. */
  readonly facts: readonly string[];
  /** Counts of jobs, stages, tasks, queries. */
  readonly counts: readonly string[];
  /** Said when the log has no end. */
  readonly open: string | undefined;
  readonly headline: string;
  /** Now → likely with all cures, and the order; undefined without forecasts. */
  readonly joint: string | undefined;
  readonly wall: string | undefined;
  readonly parts: readonly PartView[];
  /** One sentence on how busy the cores were. */
  readonly use: string | undefined;
  /** One sentence on what the held core time went into. */
  readonly cost: string | undefined;
  /** Stages that held the run's end for a share that matters, longest first. */
  readonly stages: readonly StageView[];
  /** Whole sentences on the time and the stages. */
  readonly remarks: readonly string[];
  readonly found: readonly FindingView[];
  /** Said when nothing was found: how much was looked at, and the threshold. */
  readonly nothing: string;
  /** Rules that could not judge, grouped by what is missing. */
  readonly unjudged: readonly { readonly missing: string; readonly titles: readonly string[] }[];
  readonly crashed: readonly string[];
  /** What a reader must know about the log before trusting a number. */
  readonly notes: readonly string[];
  /** Present, but under the noise floor. */
  readonly minor: readonly { readonly title: string; readonly note: string; readonly cause: string }[];
  readonly clear: readonly string[];
  readonly notApplicable: readonly string[];
  /** Findings of the code for which the run shows no cost. */
  readonly code: readonly CodeEntry[];
  /** What of the code could not be joined or analysed. */
  readonly codeNotes: readonly string[];
}

/** What "held" means, said once below the findings. */
export const HELD =
  "Held: time on the run's end that sits with this cause; a cure saves about that at most, unless it frees other work too. Held times overlap and do not add up.";

/** Stages that are named held at least this share of the run … */
const STAGE_SHARE = 0.02;
/** … and are no more than so many. */
const MAX_STAGES = 5;

/** Cures named in the order of what they save. */
const MAX_ORDER = 4;

/** Parts under this share are one part in the drawing: a bar cannot show them. */
const SMALL_PART = 0.01;

function partsOf(report: Report): PartView[] {
  const byLabel = new Map<string, number>();
  for (const { label, ms } of report.time.parts) if (ms > 0 && Number.isFinite(ms)) byLabel.set(label, (byLabel.get(label) ?? 0) + ms);
  const total = [...byLabel.values()].reduce((sum, ms) => sum + ms, 0);
  if (!(total > 0)) return [];
  const parts = [...byLabel]
    .map(([label, ms]): PartView => ({ label, name: partName(label), ms, share: ms / total }))
    .sort((a, b) => b.ms - a.ms);
  const small = parts.filter((part) => part.share < SMALL_PART);
  if (small.length < 2) return parts;
  const ms = small.reduce((sum, part) => sum + part.ms, 0);
  return [...parts.filter((part) => part.share >= SMALL_PART), { label: 'other', name: 'everything else', ms, share: ms / total }];
}

function useOf({ time }: Report): string | undefined {
  const { utilisation, busyCoreMs, allocatedCoreMs } = time;
  if (utilisation === undefined || !Number.isFinite(utilisation) || busyCoreMs === undefined || allocatedCoreMs === undefined)
    return undefined;
  return `Cores were busy for ${formatShare(utilisation)} of the time they were held: ${coreMillisOf(busyCoreMs, allocatedCoreMs)}.`;
}

/** How heavy a finding is, in the unit that it saves. */
export function weightOf(finding: Pick<Finding, 'saves' | 'heldMs' | 'wastedCoreMs'>): string {
  if (finding.saves === 'money' && finding.wastedCoreMs !== undefined && finding.wastedCoreMs > 0)
    return `${formatCoreMillis(finding.wastedCoreMs)} wasted`;
  return finding.heldMs > 0 ? `${formatMillis(finding.heldMs)} held` : '';
}

/** Call sites inside Spark or py4j, the same for every stage of every PySpark job. */
const EMPTY_CALL_SITE =
  /^\$anonfun\$|at (NativeMethodAccessorImpl|CompletableFuture|ThreadPoolExecutor|FutureTask|Executors)\.java|at <unknown>/;

/** A stage's call site, or '' when it says nothing that its operators do not say. */
export const stageName = (name: string, what: string): string =>
  what !== '' && (name === what || EMPTY_CALL_SITE.test(name)) ? '' : clean(name, 200);

/** Its operators; a call site that says something; else how many tasks it has. */
const stageWhat = ({ name, what, tasks }: Report['time']['stages'][number]): string =>
  what === '' || (what === name && EMPTY_CALL_SITE.test(name)) ? plural(tasks, 'task') : clean(what, 200);

const atMostOne = (share: number | undefined): number | undefined => (share === undefined ? undefined : Math.min(1, Math.max(0, share)));

const MAX_ALSO = 3;

function findingView(finding: Finding, wallMs: number | undefined, goal: Report['goal']): FindingView {
  const rest = finding.places.slice(1);
  const also = rest.slice(0, MAX_ALSO).map((place) => {
    const where = evidenceTexts(place.evidence)[0] ?? 'elsewhere';
    return place.heldMs > 0 ? `${where} (${formatMillis(place.heldMs)})` : where;
  });
  if (rest.length > MAX_ALSO) also.push(`${rest.length - MAX_ALSO} more`);
  const share = finding.saves === 'money' ? undefined : shareOf(finding.heldMs, wallMs);
  const main = finding.places[0]?.evidence ?? finding.evidence;
  return {
    rule: clean(finding.rule, 60),
    title: clean(finding.title, 120),
    weight: weightOf(finding),
    share: share === undefined || share <= 0 ? '' : formatShare(Math.min(1, share)),
    cause: clean(finding.cause, 600),
    numbers: finding.numbers.slice(0, 8).map(measureText),
    evidence: evidenceTexts((main.length > 0 ? main : finding.evidence).filter((ref) => !isShown(ref, finding.code))),
    code: finding.code.map(codeLineView),
    lint: [...new Set(finding.lint.map((entry) => `${placeOf(entry)}: ${clean(entry.message, 300)}`))].slice(0, MAX_LINT),
    remedies: finding.remedies.slice(0, 4).map((remedy) => clean(remedy, 400)),
    also: also.filter((text) => text !== ''),
    explains: finding.explains.map((consequence) => {
      const where = evidenceTexts(consequence.evidence)[0] ?? '';
      const title = clean(consequence.title, 80).replace(/^\p{Lu}(?=\p{Ll})/u, (letter) => letter.toLowerCase());
      return where === '' ? title : `${title} (${where})`;
    }),
    fixability: finding.fixability,
    saves: [savesText(finding), savesCostText(finding, goal)].filter((text) => text !== '').join(' · '),
  };
}

/** Notes of the code alone shown under one finding. */
const MAX_LINT = 3;

const placeOf = ({ file, line }: { readonly file: string; readonly line: number }): string =>
  `${clean(file.split('/').at(-1) ?? file, 200)}:${line}`;

function codeLineView(line: CodeLine): CodeLineView {
  const others = line.rivals === 0 ? '' : `, ${plural(line.rivals, 'other fits', 'others fit')}`;
  return { place: placeOf(line), text: clean(line.text, 160), doubt: line.confidence === 'possible' ? `possible${others}` : '' };
}

/** Is a line of the evidence told with its text already? */
const isShown = (ref: Finding['evidence'][number], lines: readonly CodeLine[]): boolean =>
  ref.kind === 'source' && lines.some((line) => line.file === ref.file && line.line === ref.line);

/** Never below nothing in words: a range that reaches under zero starts at 0. */
const rangeText = (lowMs: number, highMs: number) => `${formatMillis(Math.max(0, lowMs))} – ${formatMillis(Math.max(0, highMs))}`;

function savesText({ forecast }: Finding): string {
  return forecast === null || forecast.likelyMs <= 0
    ? ''
    : `about ${formatMillis(forecast.likelyMs)} (${rangeText(forecast.lowMs, forecast.highMs)})`;
}

/** Now → likely with all, as one sentence; the order when there is more than one thing to do. */
function jointText({ joint, findings }: Report): string | undefined {
  if (joint === null || joint.likelyMs <= 0) return undefined;
  const titles = new Map(findings.map((finding) => [finding.rule, clean(finding.title, 80)]));
  const order = joint.order.map(({ rule, savedMs }) => `${titles.get(rule) ?? clean(rule, 60)} (${formatMillis(Math.max(0, savedMs))})`);
  return `Now ${formatMillis(joint.nowMs)} → likely ${formatMillis(joint.thenMs.likelyMs)} ${order.length > 1 ? 'with all cured' : 'cured'} (forecast, ${rangeText(joint.thenMs.lowMs, joint.thenMs.highMs)}).${order.length > 1 ? ` Order: ${order.slice(0, MAX_ORDER).join(', then ')}${order.length > MAX_ORDER ? ', …' : ''}.` : ''}`;
}

/** Groups titles by a note; the order of first appearance is kept. */
function grouped(findings: readonly Finding[]): { missing: string; titles: string[] }[] {
  const groups = new Map<string, string[]>();
  for (const finding of findings) {
    const note = clean(finding.note ?? 'the evidence', 200).replace(/^missing: /, '');
    groups.set(note, [...(groups.get(note) ?? []), clean(finding.title, 80)]);
  }
  return [...groups].map(([missing, titles]) => ({ missing, titles }));
}

function notesOf({ log }: Report): string[] {
  return log.notes.map((note) => clean(note, 300)).filter((note) => note !== '');
}

/** A share or time under which nothing is shown as found, in words. */
export function floorText(report: Report): string {
  const { noiseFloorMs, time } = report;
  const share = shareOf(noiseFloorMs, time.wallMs);
  const twoPercent = share !== undefined && Math.abs(share - 0.02) < 1e-6;
  return twoPercent ? `${formatMillis(noiseFloorMs)} (2 % of the run)` : formatMillis(noiseFloorMs);
}

export function viewOf(report: Report): ReportView {
  const { application, time, counts, findings } = report;
  const of = (status: Finding['status']) => findings.filter((finding) => finding.status === status);
  const clear = of('clear');
  // What is folded under a cause is shown there.
  const folded = new Set(findings.flatMap((finding) => finding.explains.map((consequence) => consequence.rule)));
  const present = clear.filter((finding) => finding.places.length > 0 || finding.heldMs > 0);
  const minor = present.filter((finding) => !folded.has(finding.rule));
  const wall = time.wallMs === undefined ? undefined : formatMillis(time.wallMs);
  const slots = time.peakSlots === undefined || time.peakSlots <= 0 ? undefined : `${plural(time.peakSlots, 'task slot')}`;
  const size =
    slots === undefined
      ? counts.executors > 0
        ? plural(counts.executors, 'executor')
        : undefined
      : counts.executors > 1
        ? `${slots} on ${plural(counts.executors, 'executor')}`
        : slots;
  const judged = findings.filter((finding) => finding.status === 'clear' || finding.status === 'notApplicable').length;
  const started = formatTime(time.startMs ?? application.startMs);
  return {
    name: clean(application.name, 200) || clean(report.log.name, 200) || 'unnamed application',
    id: clean(application.id, 80) + (application.attempt === undefined ? '' : ` attempt ${clean(application.attempt, 10)}`),
    facts: [
      application.sparkVersion === undefined ? undefined : `Spark ${clean(application.sparkVersion, 40)}`,
      started,
      wall === undefined ? undefined : `ran ${wall}`,
      size,
    ].filter((fact) => fact !== undefined),
    counts: [
      plural(counts.jobs, 'job'),
      plural(counts.stages, 'stage'),
      plural(counts.tasks, 'task'),
      ...(counts.sqlExecutions > 0 ? [plural(counts.sqlExecutions, 'SQL query', 'SQL queries')] : []),
    ],
    open: application.completed
      ? undefined
      : 'The log has no end of the application: it was still running or was killed. Times count up to the last event.',
    headline: clean(report.headline, 400),
    joint: jointText(report),
    wall,
    parts: partsOf(report),
    use: useOf(report),
    cost: costText(report),
    stages: time.stages
      .filter((stage) => (shareOf(stage.heldMs, time.wallMs) ?? 1) >= STAGE_SHARE)
      .slice(0, MAX_STAGES)
      .map((stage) => ({
        ref: `stage ${stage.stageId}${stage.attempt > 0 ? `.${stage.attempt}` : ''}`,
        name: stageName(stage.name, stage.what),
        heldMs: stage.heldMs,
        share: atMostOne(shareOf(stage.heldMs, time.wallMs)),
        tasks: stage.tasks,
        what: stageWhat(stage),
      })),
    remarks: time.notes.map((note) => clean(note, 300)),
    found: of('found').map((finding) => findingView(finding, time.wallMs, report.goal)),
    nothing:
      counts.tasks === 0
        ? 'No task ran in this log, so there is little to judge.'
        : `${judged === 1 ? '1 rule' : `${judged} rules`} looked; none saw a cause that held the end of the run for ${floorText(report)} or more. Less is noise.`,
    unjudged: grouped(of('noData')),
    crashed: of('error').map((finding) => `${clean(finding.rule, 60)}: ${clean(finding.note, 200) || 'crashed'}`),
    notes: [
      ...notesOf(report),
      ...(report.cannotPredict === undefined ? [] : [`No forecast of savings: ${clean(report.cannotPredict, 300)}.`]),
    ],
    minor: [...minor]
      .sort((x, y) => y.heldMs - x.heldMs)
      .map((finding) => ({
        title: clean(finding.title, 120),
        note:
          clean(finding.note, 300).replace(/^present, not worth doing: /, '') ||
          (finding.heldMs > 0 ? `holds ${formatMillis(finding.heldMs)}` : 'present, not worth doing'),
        cause: clean(finding.cause, 300),
      })),
    clear: clear.filter((finding) => !present.includes(finding)).map((finding) => clean(finding.title, 80)),
    notApplicable: of('notApplicable').map((finding) => clean(finding.title, 80)),
    code: report.code ?? [],
    codeNotes: (report.codeNotes ?? []).map((note) => clean(note, 300)),
  };
}
