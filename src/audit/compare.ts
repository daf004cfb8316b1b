// Two runs of the same job next to each other: time, work, stages, settings, findings.
// Law: pure; stages are matched by what they do, never by id; secrets are never in the result; two runs prove nothing, and the result says so.

import { formatBytes, formatCount, formatMillis, formatShare, isSecret, withoutSecrets } from '../base/index.ts';
import type { SparkRun, SqlExecution } from '../eventlog/index.ts';
import { FACTS, FactStore, type StageFact } from '../facts/index.ts';
import type { Unit } from '../rules/index.ts';
import type { Finding, Report } from './report.ts';

/** One number of both runs; an unknown one is undefined. */
export interface Delta {
  readonly name: string;
  readonly unit: Unit;
  readonly a: number | undefined;
  readonly b: number | undefined;
}

export interface ComparedRun {
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly log: string;
  readonly sparkVersion: string | undefined;
  readonly startMs: number | undefined;
  readonly wallMs: number | undefined;
  readonly completed: boolean;
}

/** What a stage (all its attempts) did in one run. */
export interface ComparedStage {
  readonly stageId: number;
  readonly name: string;
  /** Its operators, or its call site. */
  readonly what: string;
  readonly tasks: number;
  /** Time in which this stage held the run's end, ms. */
  readonly heldMs: number;
  /** First launch to last finish, ms. */
  readonly wallMs: number;
  /** Σ time of its task attempts, ms. */
  readonly taskTimeMs: number;
  readonly inputBytes: number;
  readonly shuffleReadBytes: number;
  readonly shuffleWriteBytes: number;
  readonly diskSpilledBytes: number;
}

export interface StagePair {
  /** `same`: equal plan and name; `similar`: at least half of it is equal. */
  readonly match: 'same' | 'similar';
  readonly a: ComparedStage;
  readonly b: ComparedStage;
}

export interface SettingChange {
  readonly key: string;
  readonly a: string | undefined;
  readonly b: string | undefined;
}

export interface ComparedFinding {
  readonly rule: string;
  readonly title: string;
  readonly cause: string;
  readonly saves: Finding['saves'];
  readonly heldMs: number;
  readonly wastedCoreMs: number | undefined;
}

export interface Comparison {
  readonly schema: 'firesteel/compare@1';
  readonly a: ComparedRun;
  readonly b: ComparedRun;
  readonly headline: string;
  /** Less than this between two runs is noise: the larger of their floors (facts/clock.ts). Milliseconds. */
  readonly noiseFloorMs: number;
  readonly totals: readonly Delta[];
  readonly stages: {
    /** The largest change of time first. */
    readonly matched: readonly StagePair[];
    readonly onlyA: readonly ComparedStage[];
    readonly onlyB: readonly ComparedStage[];
  };
  readonly settings: {
    readonly changed: readonly SettingChange[];
    /** Keys whose values differ and are secret: names only. */
    readonly secret: readonly string[];
    /** Differences that every run has (ids, ports, times), left out. */
    readonly noise: number;
  };
  readonly findings: {
    readonly gone: readonly ComparedFinding[];
    readonly new: readonly ComparedFinding[];
    readonly stayed: readonly { readonly rule: string; readonly title: string; readonly heldMsA: number; readonly heldMsB: number }[];
  };
  /** What a reader must know before believing the difference. */
  readonly caveats: readonly string[];
}

/** A run and its report. */
export interface Audited {
  readonly run: SparkRun;
  readonly report: Report;
}

export function compareRuns(a: Audited, b: Audited): Comparison {
  const stagesA = stagesOf(a.run);
  const stagesB = stagesOf(b.run);
  const pairs = match(stagesA, stagesB);
  const usedA = new Set(pairs.map(([x]) => x));
  const usedB = new Set(pairs.map(([, y]) => y));
  const change = (pair: StagePair) => Math.max(Math.abs(pair.b.wallMs - pair.a.wallMs), Math.abs(pair.b.heldMs - pair.a.heldMs));
  const heaviest = (list: readonly Described[]) =>
    list.map(({ stage }) => stage).sort((x, y) => y.heldMs - x.heldMs || y.taskTimeMs - x.taskTimeMs || x.stageId - y.stageId);
  const noiseFloorMs = Math.max(a.report.noiseFloorMs, b.report.noiseFloorMs);
  const totals = totalsOf(a, b, stagesA, stagesB);
  return withoutSecrets<Comparison>({
    schema: 'firesteel/compare@1',
    a: comparedRun(a),
    b: comparedRun(b),
    headline: streamHeadline(a, b) ?? headline(a.report.time.wallMs, b.report.time.wallMs, noiseFloorMs),
    noiseFloorMs,
    totals,
    stages: {
      matched: pairs
        .map(([x, y, exact]): StagePair => ({ match: exact ? 'same' : 'similar', a: x.stage, b: y.stage }))
        .sort((x, y) => change(y) - change(x) || x.a.stageId - y.a.stageId),
      onlyA: heaviest(stagesA.filter((stage) => !usedA.has(stage))),
      onlyB: heaviest(stagesB.filter((stage) => !usedB.has(stage))),
    },
    settings: compareSettings(a.run, b.run),
    findings: compareFindings(a.report, b.report),
    caveats: caveats(a, b, totals, pairs.length, Math.max(stagesA.length, stagesB.length)),
  });
}

function comparedRun({ run, report }: Audited): ComparedRun {
  const { id, name, sparkVersion, completed } = run.application;
  return { id, name, log: run.quality.name, sparkVersion, startMs: report.time.startMs, wallMs: report.time.wallMs, completed };
}

/** Rows that the streams of a run took; undefined when the log does not have all batches. */
const streamRows = ({ run }: Audited): number | undefined =>
  run.streams.some((stream) => stream.progressCount > stream.progress.length)
    ? undefined
    : run.streams.reduce(
        (sum, { progress }) => sum + progress.flatMap(({ sources }) => sources).reduce((n, one) => n + one.inputRows, 0),
        0,
      );

/** A stream runs until it is stopped: its rows tell what its time cannot. */
function streamHeadline(a: Audited, b: Audited): string | undefined {
  const said = [a, b].map((one) => {
    const { wallMs } = one.report.time;
    const rows = streamRows(one);
    return one.run.jobs.at(-1)?.streamingQueryId === undefined || rows === undefined || wallMs === undefined
      ? undefined
      : `${formatCount(rows)} rows in ${formatMillis(wallMs)}`;
  });
  return said.includes(undefined) ? undefined : `Streams run until they are stopped, so rows count, not time: ${said.join(' → ')}.`;
}

function headline(a: number | undefined, b: number | undefined, floor: number): string {
  if (a === undefined || b === undefined) return 'The length of one of the runs is not known, so their times cannot be compared.';
  const times = `${formatMillis(a)} → ${formatMillis(b)}`;
  const difference = b - a;
  if (Math.abs(difference) < floor) return `As fast as before: ${times}; a difference under ${formatMillis(floor)} is noise.`;
  return `${formatMillis(Math.abs(difference))} ${difference < 0 ? 'faster' : 'slower'} (${formatShare(Math.abs(difference) / Math.max(1, a))}): ${times}.`;
}

// --- stages ---

interface Described {
  readonly stage: ComparedStage;
  readonly signature: string;
  readonly tokens: ReadonlySet<string>;
  readonly order: number;
}

/** Names without what differs between two runs of the same code: numbers, ids, generated suffixes. */
export function normalised(name: string): string {
  return name
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '#')
    .replace(/\(\d+\)/g, '')
    .replace(/\d+/g, '#')
    .trim();
}

function stagesOf(run: SparkRun): Described[] {
  const store = new FactStore(run);
  const path = store.get(FACTS.criticalPath);
  const plans = store.get(FACTS.plans);
  const byId = new Map<number, StageFact[]>();
  for (const fact of store.get(FACTS.stages).all) byId.set(fact.stage.id, [...(byId.get(fact.stage.id) ?? []), fact]);
  const groups = [...byId.values()].sort((x, y) => start(x) - start(y) || (x[0] as StageFact).stage.id - (y[0] as StageFact).stage.id);
  return groups.map((attempts, order) => {
    const first = attempts[0] as StageFact;
    const nodes = plans.ofStage(first).filter(({ node }) => node.kind !== 'wrapper' && !node.cached);
    const operators = [...new Set(nodes.map(({ node }) => node.name.trim()))];
    const words = [
      ...new Set(
        nodes
          .filter(({ node }) => node.kind !== 'project' && node.kind !== 'aqe-read')
          .map(({ node }) => node.name.trim().replace(/^Execute /, '')),
      ),
    ];
    const scopes = first.stage.rdds.flatMap((rdd) => (rdd.scope === undefined ? [] : [normalised(rdd.scope)]));
    const tokens = new Set([
      `name ${normalised(first.stage.name)}`,
      ...(first.execution?.description === undefined ? [] : [`query ${normalised(first.execution.description)}`]),
      ...scopes.map((scope) => `scope ${scope}`),
      ...operators.map((name) => `node ${normalised(name)}`),
    ]);
    const sum = (value: (fact: StageFact) => number) => attempts.reduce((total, fact) => total + value(fact), 0);
    return {
      order,
      tokens,
      signature: [...tokens].sort().join('\n'),
      stage: {
        stageId: first.stage.id,
        name: first.stage.name,
        what: words.slice(0, 4).join(' ← ') || first.stage.name,
        tasks: sum((fact) => fact.stage.tasks.length),
        heldMs: sum((fact) => path.held(fact)),
        wallMs: Math.max(...attempts.map((fact) => fact.endMs)) - start(attempts),
        taskTimeMs: sum((fact) => fact.taskTimeMs),
        inputBytes: sum((fact) => fact.total('inputBytes')),
        shuffleReadBytes: sum((fact) => fact.total('shuffleReadBytes')),
        shuffleWriteBytes: sum((fact) => fact.total('shuffleWriteBytes')),
        diskSpilledBytes: sum((fact) => fact.total('diskSpilled')),
      },
    };
  });
}

const start = (attempts: readonly StageFact[]): number =>
  attempts.reduce((least, fact) => Math.min(least, fact.startMs), Number.POSITIVE_INFINITY);

/** Half of what two stages are must be the same, else they are two stages. */
const SIMILAR = 0.5;
/** Pairs looked at for similarity; more cost more than they tell. */
const MAX_PAIRS = 250_000;

/** Equal signatures first, in order; then the most alike of what is left, the nearer in order first. */
function match(a: readonly Described[], b: readonly Described[]): [Described, Described, boolean][] {
  const waiting = new Map<string, Described[]>();
  for (const stage of b) waiting.set(stage.signature, [...(waiting.get(stage.signature) ?? []), stage]);
  const pairs: [Described, Described, boolean][] = [];
  const left: Described[] = [];
  const taken = new Set<Described>();
  for (const stage of a) {
    const twin = waiting.get(stage.signature)?.shift();
    if (twin === undefined) left.push(stage);
    else {
      pairs.push([stage, twin, true]);
      taken.add(twin);
    }
  }
  const free = b.filter((stage) => !taken.has(stage));
  if (left.length * free.length > MAX_PAIRS) return pairs;
  const place = (stage: Described, of: readonly Described[]) => stage.order / Math.max(1, of.length);
  const candidates = left
    .flatMap((x) => free.map((y) => ({ x, y, score: alike(x.tokens, y.tokens), apart: Math.abs(place(x, a) - place(y, b)) })))
    .filter(({ score }) => score >= SIMILAR);
  candidates.sort((p, q) => q.score - p.score || p.apart - q.apart || p.x.order - q.x.order || p.y.order - q.y.order);
  const done = new Set<Described>();
  for (const { x, y } of candidates) {
    if (done.has(x) || done.has(y)) continue;
    done.add(x).add(y);
    pairs.push([x, y, false]);
  }
  return pairs;
}

/** Jaccard index. */
function alike(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const token of a) if (b.has(token)) common++;
  return common / Math.max(1, a.size + b.size - common);
}

// --- totals ---

function totalsOf(a: Audited, b: Audited, stagesA: readonly Described[], stagesB: readonly Described[]): Delta[] {
  const of = (name: string, unit: Unit, value: (audited: Audited, stages: readonly Described[]) => number | undefined): Delta => ({
    name,
    unit,
    a: value(a, stagesA),
    b: value(b, stagesB),
  });
  const total =
    (column: 'inputBytes' | 'outputBytes' | 'shuffleReadBytes' | 'shuffleWriteBytes' | 'diskSpilled' | 'gcMs') => (audited: Audited) =>
      audited.run.stages.reduce((sum, stage) => sum + stage.tasks.total(column), 0);
  return [
    of('wall time', 'ms', ({ report }) => report.time.wallMs),
    of('time without a task', 'ms', ({ report }) => report.time.driverOnlyMs),
    of('busy core time', 'core-ms', ({ report }) => report.time.busyCoreMs),
    of('held core time', 'core-ms', ({ report }) => report.time.allocatedCoreMs),
    of('garbage collection', 'core-ms', total('gcMs')),
    of('rows of streams', 'count', streamRows),
    of('input', 'bytes', total('inputBytes')),
    of('output', 'bytes', total('outputBytes')),
    of('shuffle read', 'bytes', total('shuffleReadBytes')),
    of('shuffle written', 'bytes', total('shuffleWriteBytes')),
    of('spilled to disk', 'bytes', total('diskSpilled')),
    of('jobs', 'count', ({ report }) => report.counts.jobs),
    of('stages', 'count', (_, stages) => stages.length),
    of('tasks', 'count', ({ report }) => report.counts.tasks),
    of('failed tasks', 'count', ({ run }) => run.stages.reduce((sum, stage) => sum + stage.failedTasks, 0)),
    of('task slots', 'count', ({ report }) => report.time.peakSlots),
  ];
}

// --- settings ---

/** Keys that every run sets anew. */
const NOISE_KEY =
  /^spark\.(app\.(id|startTime|submitTime|attempt\.id|initial\.(jar|file|archive)\.urls)|driver\.(port|host|bindAddress|appUIAddress|blockManager\.port)|executor\.id|repl\.class\.(uri|outputDir)|ui\.port|yarn\.(app|tags|historyServer|cache)\b.*|kubernetes\.(driver\.pod\.name|submitInDriver|.*resourceVersion|executor\.podNamePrefix)|eventLog\.dir)$|(^|\.)(startTime|port|uuid|pid|sessionId|applicationId|PROXY_URI_BASES|PROXY_HOSTS)$/i;

const REDACTED = /\(redacted\)$/;

/** A value without this run's own ids, times and ports. */
function withoutRun(value: string, run: SparkRun): string {
  const { id } = run.application;
  return (id === undefined || id === '' ? value : value.replaceAll(id, '<app>'))
    .replace(/application_\d+_\d+|app-\d{14}-\d+|local-\d{13}|spark-[0-9a-f]{32}/g, '<app>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<uuid>')
    .replace(/\b1[5-9]\d{11}\b/g, '<time>')
    .replace(/:\d{4,5}\b/g, ':<port>');
}

/** Settings by key: those of the start, what queries changed, and the versions of Java and Scala. */
function effective(run: SparkRun): Map<string, string> {
  const out = new Map(run.environment.spark);
  const perQuery = new Map<string, Set<string>>();
  for (const execution of run.sql as readonly SqlExecution[]) {
    for (const [key, value] of execution.modifiedConfigs) {
      const values = perQuery.get(key) ?? new Set();
      if (values.size < 4) perQuery.set(key, values.add(value));
    }
  }
  for (const [key, values] of perQuery) out.set(key, [...values].sort().join(' or '));
  if (run.application.sparkVersion !== undefined) out.set('(Spark version)', run.application.sparkVersion);
  for (const name of ['Java Version', 'Scala Version']) {
    const value = run.environment.jvm.get(name);
    if (value !== undefined) out.set(`(${name})`, value);
  }
  return out;
}

function compareSettings(a: SparkRun, b: SparkRun): Comparison['settings'] {
  const left = effective(a);
  const right = effective(b);
  const changed: SettingChange[] = [];
  const secret: string[] = [];
  let noise = 0;
  for (const key of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const [x, y] = [left.get(key), right.get(key)];
    if (x === y) continue;
    if (NOISE_KEY.test(key) || (x !== undefined && y !== undefined && withoutRun(x, a) === withoutRun(y, b))) noise++;
    else if (isSecret(key, x) || isSecret(key, y) || REDACTED.test(x ?? '') || REDACTED.test(y ?? '')) secret.push(key);
    else changed.push({ key, a: x, b: y });
  }
  return { changed, secret, noise };
}

// --- findings and caveats ---

function compareFindings(a: Report, b: Report): Comparison['findings'] {
  const found = (report: Report) => report.findings.filter((finding) => finding.status === 'found');
  const inA = new Map(found(a).map((finding) => [finding.rule, finding]));
  const inB = new Map(found(b).map((finding) => [finding.rule, finding]));
  const short = ({ rule, title, cause, saves, heldMs, wastedCoreMs }: Finding): ComparedFinding => ({
    rule,
    title,
    cause,
    saves,
    heldMs,
    wastedCoreMs,
  });
  return {
    gone: [...inA.values()].filter(({ rule }) => !inB.has(rule)).map(short),
    new: [...inB.values()].filter(({ rule }) => !inA.has(rule)).map(short),
    stayed: [...inA.values()].flatMap((finding) => {
      const twin = inB.get(finding.rule);
      return twin === undefined ? [] : [{ rule: finding.rule, title: finding.title, heldMsA: finding.heldMs, heldMsB: twin.heldMs }];
    }),
  };
}

/** Input that differs by more than this is other work. */
const OTHER_INPUT = 0.1;
/** Fewer matched stages than this share: perhaps two different jobs. */
const SAME_JOB = 0.3;

function caveats(a: Audited, b: Audited, totals: readonly Delta[], matched: number, stages: number): string[] {
  const out: string[] = [];
  const of = (name: string) => totals.find((delta) => delta.name === name);
  if (stages > 0 && matched / stages < SAME_JOB) out.push(`Only ${matched} of ${stages} stages match: these may be two different jobs.`);
  for (const [label, { run }] of [
    ['A', a],
    ['B', b],
  ] as const) {
    if (!run.application.completed) out.push(`The log of ${label} has no end of the application: its times count up to the last event.`);
    const failed = run.jobs.filter((job) => job.status === 'failed').length;
    if (failed > 0) out.push(`${failed === 1 ? 'One job' : `${failed} jobs`} of ${label} failed.`);
  }
  const input = of('input');
  if (
    input?.a !== undefined &&
    input.b !== undefined &&
    Math.max(input.a, input.b) > 0 &&
    Math.abs(input.a - input.b) / Math.max(input.a, input.b) > OTHER_INPUT
  ) {
    out.push(`They did not read the same: A ${formatBytes(input.a)}, B ${formatBytes(input.b)}.`);
  }
  const slots = of('task slots');
  if (slots?.a !== undefined && slots.b !== undefined && slots.a !== slots.b)
    out.push(`They did not have the same cluster: A ${slots.a}, B ${slots.b} task slots.`);
  if (a.run.application.sparkVersion !== b.run.application.sparkVersion) out.push('They ran on different versions of Spark.');
  out.push('One run of each is an observation, not a proof: the same job varies from run to run.');
  return out;
}
