// Runs the rules on a run's facts, folds consequences under their causes, ranks what is left.
// Law: one rule's crash is one `error` result; no rule is known by name here, only by what its `meta` says; no secret leaves in a text.

import { formatMillis, formatShare, messageOf, withoutSecrets } from '../base/index.ts';
import type { SparkRun } from '../eventlog/index.ts';
import { FACTS, type FactMap, type FactName, FactStore, type Sources } from '../facts/index.ts';
import type { CodeMap, Located } from '../join/index.ts';
import type { Program } from '../pyspark/index.ts';
import { rules as allRules, type EvidenceRef, type Place, type Rule, type RuleResult } from '../rules/index.ts';
import type { Calibration } from '../simulate/index.ts';
import { codeOf, costlyKeys, joinLint, mapOf } from './code.ts';
import { type RunPrice, runCost, savesCost } from './cost.ts';
import { forecastsOf } from './forecasts.ts';
import type { Finding, FindingForecast, Report } from './report.ts';
import { timeOf } from './time.ts';

/** A matter of money counts when this share of all allocated core time is wasted; less is the noise of start-up and commit. */
const WASTE_FLOOR = 0.25;

export interface AuditOptions {
  /** Facts of the same run that are known already. */
  readonly store?: FactStore;
  /** The code that ran: findings get their lines, and findings of the code are joined with those of the run. */
  readonly code?: Program;
  readonly rules?: readonly Rule[];
  /** Threshold overrides: rule id → threshold name → value. */
  readonly thresholds?: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** What findings are ranked by; time when it is left out. */
  readonly goal?: 'time' | 'cost' | undefined;
  /** What the run cost: the split by cause and the savings then are money too. */
  readonly price?: RunPrice | undefined;
  /** How forecasts held so far: bands widen by it. */
  readonly calibration?: Calibration | undefined;
}

interface Judged {
  readonly rule: Rule;
  readonly places: readonly Place[];
  readonly folded: { readonly rule: Rule; readonly place: Place }[];
}

/** The report of a run. A pure function of the run and the options. */
export function audit(run: SparkRun, options: AuditOptions = {}): Report {
  const store = options.store ?? new FactStore(run);
  const rules = options.rules ?? (allRules as readonly Rule[]);
  const time = timeOf(store);
  const noiseFloorMs = store.get(FACTS.clock).noiseFloorMs;
  const { map, note: unjoined } = options.code === undefined ? { map: undefined, note: undefined } : mapOf(store, options.code);
  const results = rules.map((rule) => ({ rule, result: diagnose(rule, store, options.thresholds?.get(rule.meta.id), map) }));

  const worth = (rule: Rule, place: Place) =>
    place.heldMs >= noiseFloorMs ||
    rule.meta.saves === 'outcome' ||
    (rule.meta.saves === 'money' &&
      (place.wastedCoreMs ?? 0) >= (rule.meta.minWaste ?? WASTE_FLOOR) * (time.allocatedCoreMs ?? Number.POSITIVE_INFINITY));
  const candidates: Judged[] = [];
  const small: { rule: Rule; places: readonly Place[] }[] = [];
  for (const { rule, result } of results) {
    if (result.status !== 'found') continue;
    // Several places under the floor may be worth doing together: the same cure, written once.
    const together = result.places.reduce((sum, place) => sum + place.heldMs, 0);
    const places = result.places.filter(
      (place) =>
        worth(rule, place) ||
        (together >= noiseFloorMs && place.heldMs >= noiseFloorMs / 10) ||
        (together >= noiseFloorMs && result.places.length >= 5),
    );
    if (places.length > 0 && (together >= noiseFloorMs || places.some((place) => worth(rule, place))))
      candidates.push({ rule, places: [...places].sort(byWeight), folded: [] });
    else small.push({ rule, places: result.places });
  }
  // What folding leaves of a finding must still be worth it.
  const folded = fold(candidates);
  const kept = folded.filter(({ rule, places }) => {
    const stays = places.reduce((sum, place) => sum + place.heldMs, 0) >= noiseFloorMs || places.some((place) => worth(rule, place));
    if (!stays) small.push({ rule, places });
    return stays;
  });
  // A cause whose cure the replay shows to save less than the floor, whatever its error, is present and not worth doing.
  const forecasts = forecastsOf(store, kept, options);
  const tooLittle = new Map<Rule, FindingForecast>();
  const worthDoing = kept.filter(({ rule }) => {
    const forecast = forecasts.of.get(rule);
    if (forecast === undefined || rule.meta.saves !== 'time' || mayPay(forecast, noiseFloorMs)) return true;
    tooLittle.set(rule, forecast);
    return false;
  });
  for (const { rule, places } of kept) if (tooLittle.has(rule)) small.push({ rule, places });
  const {
    of: forecastOf,
    joint,
    cannotPredict,
  } = tooLittle.size === 0 ? forecasts : forecastsOf(store, worthDoing, { ...options, earlier: forecasts });
  if (map !== undefined)
    worthDoing.push(...costlyKeys(small, worthDoing, (rule) => forecastOf.get(rule)?.likelyMs, map.program, noiseFloorMs));
  const lines = store.get(FACTS.sources);
  const cost = runCost(store, options.price);
  const saved = (judged: Judged) => savesCost(forecastOf.get(judged.rule), wastedBy(judged), cost);
  const weight = (judged: Judged) =>
    options.goal === 'cost' && judged.rule.meta.saves !== 'outcome'
      ? (saved(judged)?.coreMs ?? 0)
      : forecastRank(judged, forecastOf.get(judged.rule));
  const located = new Map<string, readonly Located[]>();
  const withCode = (rule: Rule, places: readonly Place[]) => {
    const sourced = places.map((place) => withSource(place, lines));
    if (map === undefined) return { places: sourced, code: [] };
    const of = codeOf(map, rule, sourced, new Set(places.flatMap((place) => place.evidence)));
    located.set(rule.meta.id, of.located);
    return of;
  };
  const found = worthDoing
    .sort((a, b) => weight(b) - weight(a) || rank(b) - rank(a) || a.rule.meta.id.localeCompare(b.rule.meta.id))
    .map((judged) => {
      const { places, code } = withCode(judged.rule, judged.places);
      return { ...foundFinding({ ...judged, places }, forecastOf.get(judged.rule)), code, savesCost: saved(judged) };
    });
  const foundIds = new Set(found.map((finding) => finding.rule));
  const smallBy = new Map(small.map((entry) => [entry.rule, entry.places]));
  const foldedUnder = new Map<Rule, string>();
  for (const judged of kept) for (const { rule } of judged.folded) foldedUnder.set(rule, judged.rule.meta.title);
  const rest = results
    .filter(({ rule }) => !foundIds.has(rule.meta.id))
    .map(({ rule, result }): Finding => {
      const present = result.status === 'found' ? withCode(rule, smallBy.get(rule) ?? result.places) : undefined;
      const finding = restFinding(rule, result, present?.places, foldedUnder.get(rule), noiseFloorMs, tooLittle.get(rule));
      return present === undefined ? finding : { ...finding, code: present.code };
    });
  const joined = map === undefined ? undefined : joinLint(map, [...found, ...rest], located);
  return withoutSecrets<Report>({
    schema: 'firesteel/report@1',
    application: run.application,
    log: run.quality,
    time,
    noiseFloorMs,
    counts: {
      jobs: run.jobs.length,
      stages: run.stages.filter((stage) => stage.tasks.length + stage.runningTasks.length > 0).length,
      tasks: run.quality.taskEnds,
      sqlExecutions: run.sql.length,
      executors: run.executors.filter((executor) => executor.id !== 'driver').length,
    },
    findings: joined?.findings ?? [...found, ...rest],
    joint: joint ?? null,
    cannotPredict,
    goal: options.goal ?? 'time',
    cost: cost ?? null,
    ...(map === undefined ? {} : { code: joined?.code ?? [], codeNotes: map.notes }),
    ...(unjoined === undefined ? {} : { code: [], codeNotes: [unjoined] }),
    headline: headline(found, time.wallMs, noiseFloorMs),
  });
}

function diagnose(
  rule: Rule,
  store: FactStore,
  overrides: Readonly<Record<string, number>> | undefined,
  code: CodeMap | undefined,
): RuleResult | { status: 'error'; message: string } {
  try {
    const facts = Object.fromEntries(
      rule.meta.needs.map((name: FactName) => [name, store.get(FACTS[name] as never)]),
    ) as unknown as FactMap;
    const thresholds = Object.fromEntries(
      Object.entries(rule.meta.thresholds).map(([name, threshold]) => [name, overrides?.[name] ?? threshold.value]),
    );
    const result = rule.diagnose(facts, thresholds);
    return code === undefined || rule.withCode === undefined ? result : rule.withCode(facts, thresholds, code, result);
  } catch (error) {
    return { status: 'error', message: messageOf(error) };
  }
}

const byWeight = (a: Place, b: Place) => b.heldMs - a.heldMs || (b.wastedCoreMs ?? 0) - (a.wastedCoreMs ?? 0);

/** Time first; what kept the run from its outcome goes before everything, money behind time. */
function rank(judged: Judged): number {
  const held = judged.places.reduce((sum, place) => sum + place.heldMs, 0);
  return judged.rule.meta.saves === 'outcome' ? 1e15 + held : judged.rule.meta.saves === 'money' ? held - 1e9 : held;
}

/** As `rank`, with what a cure would save in the place of what was held, where that can be forecast. */
const forecastRank = (judged: Judged, forecast: FindingForecast | undefined): number =>
  forecast === undefined || judged.rule.meta.saves !== 'time' ? rank(judged) : forecast.likelyMs;

const stageKeys = (evidence: readonly EvidenceRef[]) => evidence.flatMap((ref) => (ref.kind === 'stage' ? [`s${ref.stageId}`] : []));
const sqlKeys = (evidence: readonly EvidenceRef[]) => evidence.flatMap((ref) => (ref.kind === 'sql' ? [`q${ref.executionId}`] : []));

const wastedBy = (judged: Judged): number => judged.places.reduce((sum, place) => sum + (place.wastedCoreMs ?? 0), 0);

/** Same stages; where one of the two names no stage, the same query. */
function overlap(a: readonly EvidenceRef[], b: readonly EvidenceRef[]): boolean {
  const [sa, sb] = [stageKeys(a), stageKeys(b)];
  if (sa.length > 0 && sb.length > 0) return sa.some((key) => sb.includes(key));
  const [qa, qb] = [sqlKeys(a), sqlKeys(b)];
  return qa.length > 0 && qb.length > 0 ? qa.some((key) => qb.includes(key)) : sa.length + qa.length === 0 || sb.length + qb.length === 0;
}

/** Share of the floor that the likely saving must reach: held time is an upper bound, and a forecast's error is as wide as its range. */
const LIKELY_SHARE = 0.5;

/** False when even the high end of the saving is under the floor, or what is likely lies clearly under it. */
const mayPay = (forecast: FindingForecast, floorMs: number): boolean =>
  forecast.highMs >= floorMs && forecast.likelyMs >= LIKELY_SHARE * floorMs;

/** Puts places that another finding explains under it. Heavier causes go first; of two that explain each other the heavier stays. */
function fold(candidates: readonly Judged[]): Judged[] {
  const open = [...candidates].sort((a, b) => rank(b) - rank(a));
  const remaining = new Map(open.map((judged) => [judged, [...judged.places]]));
  for (const cause of open) {
    const own = remaining.get(cause) as Place[];
    if (own.length === 0) continue;
    for (const other of open) {
      if (other === cause || !cause.rule.meta.explains.includes(other.rule.meta.id)) continue;
      const mutual = other.rule.meta.explains.includes(cause.rule.meta.id);
      if (mutual && rank(other) > rank(cause)) continue;
      const places = remaining.get(other) as Place[];
      const kept: Place[] = [];
      for (const place of places) {
        if (own.some((mine) => overlap(mine.evidence, place.evidence))) cause.folded.push({ rule: other.rule, place });
        else kept.push(place);
      }
      remaining.set(other, kept);
    }
  }
  return open.flatMap((judged) => {
    const places = remaining.get(judged) as Place[];
    return places.length === 0 ? [] : [{ ...judged, places }];
  });
}

/** Lines of the user's code shown for one place. */
const MAX_LINES = 3;

/** A place with the lines of code behind its stages and queries, as far as the log names them. */
function withSource(place: Place, lines: Sources): Place {
  const known = new Map(
    place.evidence.flatMap((ref) => (ref.kind === 'source' ? [[`${ref.file}:${ref.line}`, ref] as [string, EvidenceRef]] : [])),
  );
  const own = known.size;
  for (const ref of place.evidence) {
    if (known.size >= Math.max(own, MAX_LINES)) break;
    const at =
      ref.kind === 'sql'
        ? lines.ofExecution(ref.executionId)
        : ref.kind === 'stage'
          ? lines.ofStage(ref.stageId, ref.attempt)
          : ref.kind === 'job'
            ? lines.ofJob(ref.jobId)
            : undefined;
    if (at !== undefined && !known.has(`${at.file}:${at.line}`))
      known.set(`${at.file}:${at.line}`, { kind: 'source', file: at.file, line: at.line });
  }
  return known.size === own ? place : { ...place, evidence: [...place.evidence, ...[...known.values()].slice(own)] };
}

function foundFinding(judged: Judged, forecast: FindingForecast | undefined): Finding {
  const { meta } = judged.rule;
  const first = judged.places[0] as Place;
  const heldMs = judged.places.reduce((sum, place) => sum + place.heldMs, 0);
  const wasted = wastedBy(judged);
  const folded = new Map<string, { rule: string; title: string; heldMs: number; evidence: EvidenceRef[] }>();
  for (const { rule, place } of judged.folded) {
    const entry = folded.get(rule.meta.id) ?? { rule: rule.meta.id, title: rule.meta.title, heldMs: 0, evidence: [] };
    entry.heldMs += place.heldMs;
    entry.evidence.push(...place.evidence);
    folded.set(rule.meta.id, entry);
  }
  return {
    rule: meta.id,
    status: 'found',
    title: meta.title,
    cause: first.cause,
    category: meta.category,
    fixability: meta.fixability,
    saves: meta.saves,
    evidence: judged.places.flatMap((place) => place.evidence),
    numbers: first.numbers,
    heldMs: Math.round(heldMs),
    wastedCoreMs: wasted > 0 ? Math.round(wasted) : undefined,
    remedies: first.remedies,
    places: judged.places,
    explains: [...folded.values()],
    note: undefined,
    forecast: forecast ?? null,
    fix: null,
    code: [],
    lint: [],
  };
}

function restFinding(
  rule: Rule,
  result: RuleResult | { status: 'error'; message: string },
  small: readonly Place[] | undefined,
  foldedUnder: string | undefined,
  floor: number,
  forecast: FindingForecast | undefined,
): Finding {
  const { meta } = rule;
  const base = {
    rule: meta.id,
    title: meta.title,
    category: meta.category,
    fixability: meta.fixability,
    saves: meta.saves,
    evidence: [],
    numbers: [],
    heldMs: 0,
    wastedCoreMs: undefined,
    remedies: [],
    places: [],
    explains: [],
    forecast: null,
    fix: null,
    code: [],
    lint: [],
  };
  switch (result.status) {
    case 'found': {
      const places = small ?? result.places;
      const held = places.reduce((sum, place) => sum + place.heldMs, 0);
      const why =
        foldedUnder !== undefined
          ? `a consequence of: ${foldedUnder}`
          : forecast !== undefined
            ? `present, not worth doing: a cure would save about ${formatMillis(Math.max(0, forecast.likelyMs))}, the floor is ${formatMillis(floor)}`
            : held === 0
              ? 'present, holds no time by itself'
              : `present, not worth doing: held the end for ${formatMillis(held)}, the floor is ${formatMillis(floor)}`;
      return {
        ...base,
        status: 'clear',
        cause: places[0]?.cause ?? '',
        evidence: places.flatMap((place) => place.evidence),
        numbers: places[0]?.numbers ?? [],
        heldMs: Math.round(held),
        places,
        note: why,
        forecast: forecast ?? null,
      };
    }
    case 'clear':
      return { ...base, status: 'clear', cause: '', note: result.note };
    case 'notApplicable':
      return { ...base, status: 'notApplicable', cause: '', note: result.why };
    case 'noData':
      return { ...base, status: 'noData', cause: '', note: `missing: ${result.missing.join(', ')}` };
    case 'error':
      return { ...base, status: 'error', cause: '', note: `the rule failed: ${result.message}` };
  }
}

function headline(found: readonly Finding[], wallMs: number | undefined, floor: number): string {
  const first = found[0];
  if (first === undefined) return `Nothing is worth doing: no cause held the end of the run for more than ${formatMillis(floor)}.`;
  const share =
    wallMs !== undefined && wallMs > 0 && first.heldMs > 0 ? `, ${formatShare(Math.min(1, first.heldMs / wallMs))} of the run` : '';
  // What failed is told whatever time it held; a time under the floor says nothing.
  const held =
    first.heldMs > 0 && (first.saves !== 'outcome' || first.heldMs >= floor)
      ? ` held the end for ${formatMillis(first.heldMs)}${share}`
      : '';
  return `${first.title}${held}.${found.length > 1 ? ` ${found.length - 1} more ${found.length === 2 ? 'cause is' : 'causes are'} worth doing.` : ''}`;
}
