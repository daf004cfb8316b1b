// Look `stage`: what one stage attempt did, how even its tasks were, and its slowest tasks; without an id the stages that held the run.
// Laws: distributions are over attempts that succeeded, as in facts; what is not known is left out.

import { z } from 'zod';
import type { Report } from '../../audit/index.ts';
import { FiresteelError } from '../../base/index.ts';
import { type Distribution, FACTS, type FactStore, type StageFact } from '../../facts/index.ts';
import { defineLook } from './define.ts';
import { clean, evidenceTexts, known, listed, MOST, offset, page, whole } from './shared.ts';

const quantiles = z.object({ min: z.number(), p25: z.number(), median: z.number(), p75: z.number(), max: z.number() });
const amounts = z.record(z.string(), z.number());

export const stage = defineLook({
  name: 'stage',
  summary: 'one stage of the run: times, data, how even its tasks were, its slowest tasks; or the list of stages',
  description:
    "What one stage did: time on the run's end, slots, bytes and records, spill, garbage collection, the distribution of its tasks, what made its partitions uneven, its operators, line of code and slowest tasks. " +
    'Without `stage`: all stages, those that held the end of the run longest first.',
  input: z.object({
    stage: z.number().int().min(0).optional().describe('stage id'),
    attempt: z.number().int().min(0).optional().describe('attempt, from 0; default: the one that took longest'),
    offset,
  }),
  output: z.object({
    stage: z.string().optional().describe('id.attempt'),
    name: z.string().optional(),
    status: z.string().optional(),
    what: z.string().optional().describe('its operators'),
    query: z.number().int().optional(),
    job: z.number().int().optional(),
    source: z.string().optional().describe("the user's line, when the log has it"),
    startMs: z.number().optional().describe('from the start of the run'),
    wallMs: z.number().optional(),
    heldMs: z.number().optional().describe("time on the run's end"),
    taskTimeMs: z.number().optional(),
    evenMs: z.number().optional().describe('the same work spread evenly over its slots'),
    slots: z.number().optional(),
    tasks: amounts.optional(),
    sums: amounts.optional().describe('over every attempt with metrics; Bytes and Ms by name'),
    durationMs: quantiles.optional(),
    readBytes: quantiles.optional(),
    readRecords: quantiles.optional(),
    uneven: z.string().optional(),
    findings: z.array(z.string()).optional().describe('rules with a place here'),
    failure: z.string().optional(),
    entries: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).describe('the slowest tasks; or the stages'),
    ...listed,
  }),
  list: 'entries',
  ofReport: true,
  async look(input, asked) {
    const { report, open } = asked();
    const { store } = await open();
    const all = store.get(FACTS.stages).all;
    if (input.stage === undefined) return listOf(store, all, input.offset);
    const attempts = all.filter(
      (fact) => fact.stage.id === input.stage && (input.attempt === undefined || fact.stage.attempt === input.attempt),
    );
    const longest = attempts.toSorted((a, b) => b.taskTimeMs - a.taskTimeMs)[0];
    if (longest === undefined)
      throw new FiresteelError(
        'not-found',
        `Stage ${input.stage}${input.attempt === undefined ? '' : ` attempt ${input.attempt}`} ran no task in this run.`,
        `Call stage without an id for the list; ${all.length} stage attempts ran tasks.`,
      );
    return one(report, store, longest, input.offset);
  },
});

const operatorsOf = (store: FactStore, fact: StageFact): string =>
  clean(
    [
      ...new Set(
        store
          .get(FACTS.plans)
          .ofStage(fact)
          .filter(({ node }) => node.kind !== 'wrapper' && node.kind !== 'project' && node.kind !== 'aqe-read' && !node.cached)
          .map(({ node }) => node.name.trim().replace(/^Execute /, '')),
      ),
    ]
      .slice(0, 6)
      .join(' ← '),
    200,
  );

function sourceOf(store: FactStore, fact: StageFact): string | undefined {
  const line = store.get(FACTS.sources).ofStage(fact.stage.id, fact.stage.attempt);
  return line === undefined ? undefined : `${clean(line.file, 300)}:${line.line}`;
}

function listOf(store: FactStore, all: readonly StageFact[], from: number) {
  const path = store.get(FACTS.criticalPath);
  const ranked = all.toSorted((a, b) => path.held(b) - path.held(a) || b.taskTimeMs - a.taskTimeMs || a.stage.id - b.stage.id);
  return {
    entries: page(ranked, from).map((fact) =>
      known({
        stage: fact.key,
        heldMs: Math.round(path.held(fact)),
        wallMs: Math.round(fact.wallMs),
        taskTimeMs: Math.round(fact.taskTimeMs),
        tasks: fact.stage.taskCount,
        what: operatorsOf(store, fact) || clean(fact.stage.name, 100),
        source: sourceOf(store, fact),
      }),
    ) as Record<string, string | number>[],
    total: ranked.length,
  };
}

const quantilesOf = (d: Distribution | undefined) =>
  d === undefined || d.max <= 0
    ? undefined
    : { min: Math.round(d.min), p25: Math.round(d.p25), median: Math.round(d.median), p75: Math.round(d.p75), max: Math.round(d.max) };

/** Quantiles of values that are no column: the sorted middle, as facts do for columns. */
function quantilesIn(values: Float64Array) {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted();
  const at = (q: number) => Math.round(sorted[Math.min(Math.floor(q * sorted.length), sorted.length - 1)] as number);
  return at(1) <= 0 ? undefined : { min: at(0), p25: at(0.25), median: at(0.5), p75: at(0.75), max: at(1) };
}

function one(report: Report, store: FactStore, fact: StageFact, from: number) {
  const { stage: it } = fact;
  const path = store.get(FACTS.criticalPath);
  const { startMs = 0 } = store.get(FACTS.clock);
  const skew = store.get(FACTS.skew).of(fact);
  const sums = Object.fromEntries(
    (
      [
        ['inputBytes', 'inputBytes'],
        ['inputRecords', 'inputRecords'],
        ['shuffleReadBytes', 'shuffleReadBytes'],
        ['shuffleReadRecords', 'shuffleReadRecords'],
        ['shuffleWriteBytes', 'shuffleWriteBytes'],
        ['shuffleWriteRecords', 'shuffleWriteRecords'],
        ['outputBytes', 'outputBytes'],
        ['outputRecords', 'outputRecords'],
        ['memorySpilledBytes', 'memorySpilled'],
        ['diskSpilledBytes', 'diskSpilled'],
        ['runTimeMs', 'runMs'],
        ['gcTimeMs', 'gcMs'],
      ] as const
    )
      .map(([name, column]) => [name, fact.total(column)] as const)
      .filter(([, value]) => value > 0),
  );
  const { tasks } = it;
  const durations = fact.values('duration');
  const slowest = Uint32Array.from(durations, (_value, i) => i).sort(
    (a, b) => (durations[b] as number) - (durations[a] as number) || a - b,
  );
  const bytes = fact.readBytes();
  const records = fact.readRecords();
  const column = (name: Parameters<typeof tasks.column>[0], i: number) => tasks.column(name)[fact.rows[i] as number] as number;
  const rules = report.findings.filter(
    ({ status, places }) =>
      status === 'found' &&
      places.some((place) => place.evidence.some((ref) => ref.kind === 'stage' && ref.stageId === it.id && ref.attempt === it.attempt)),
  );
  return known({
    stage: fact.key,
    name: clean(it.name, 160),
    status: it.status,
    what: operatorsOf(store, fact),
    query: fact.execution?.id,
    job: fact.job?.id,
    source: sourceOf(store, fact),
    startMs: Math.round(fact.startMs - startMs),
    wallMs: Math.round(fact.wallMs),
    heldMs: Math.round(path.held(fact)),
    taskTimeMs: Math.round(fact.taskTimeMs),
    evenMs: Math.round(fact.evenMs),
    slots: Number(fact.slots.toFixed(1)),
    tasks: { all: it.taskCount, succeeded: it.succeededTasks, failed: it.failedTasks, killed: it.killedTasks },
    sums,
    durationMs: quantilesOf(fact.distribution('duration')),
    readBytes: quantilesIn(bytes),
    readRecords: quantilesIn(records),
    uneven:
      skew === undefined
        ? undefined
        : `${skew.data}: the heaviest task has ${Number.isFinite(skew.dataRatio) ? `${Number(skew.dataRatio.toPrecision(2))}×` : 'all'} of what a typical one has; by ${skew.origin.kind}${skew.origin.node === undefined ? '' : ` (${clean(skew.origin.node.name, 60)})`}; tasks ${skew.hot.slice(0, 5).join(', ')}`,
    findings: rules.map(({ rule, places }) => `${rule}: ${evidenceTexts(places[0]?.evidence ?? [], 2).join(', ')}`),
    failure: clean(it.failureReason, 400),
    entries: Array.from(slowest.subarray(from, from + MOST), (i) =>
      known({
        task: column('index', i),
        durationMs: whole(durations[i]),
        readBytes: whole(bytes[i]),
        readRecords: whole(records[i]),
        spilledBytes: column('diskSpilled', i) || undefined,
        gcMs: column('gcMs', i) || undefined,
      }),
    ) as Record<string, string | number>[],
    total: slowest.length,
  });
}
