// Plan blow-up: a plan grown column by column or union by union, so that the driver analyses and plans for longer than the query runs.
// Law: the gap before and inside a query counts only when the query's plan shows what filled it: many built columns, operators, or endless expressions;
// and only when it is far longer than the same plan takes when it is built in one step (that grows with its size, a loop with the square of it).

import { formatCount, formatMillis } from '../../base/index.ts';
import { type DriverSegment, oneStepPlanMs, type PlanTree, planSize, startUpAllowance } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type FactMap, type Place, placesOr } from '../define.ts';

type Facts = Pick<FactMap, 'run' | 'clock' | 'plans' | 'criticalPath'>;

/** A gap belongs to the query that begins within this time of its end. */
const NEXT_MS = 50;

export const rule = defineRule({
  meta: {
    id: 'plan-blowup',
    title: 'Planning takes longer than it should',
    category: 'driver',
    needs: ['run', 'clock', 'plans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['frame', 'loop', 'action'],
    thresholds: {
      minColumns: {
        value: 60,
        unit: 'count',
        origin: 'measured: a loop costs 0.12 ms × columns², half a second at 60 columns',
        description: 'columns that one step of the plan adds, from which the plan counts as large',
      },
      minNodes: {
        value: 300,
        unit: 'count',
        origin: 'TPC-DS query 72 has 172 operators and plans in 0.8 s',
        description: 'operators from which the plan counts as large',
      },
      minText: {
        value: 15_000,
        unit: 'count',
        origin: 'above every expression of the samples (758 characters) by a factor of 20',
        description: 'characters of one operator from which its expressions count as endless',
      },
      msPerColumn: {
        value: 5.5,
        unit: 'ms',
        origin: 'measured: 480 columns in one select took 2.7 s, 320 took 1.7 s (Spark 4.3)',
        description: 'time that a column costs when all are built in one step',
      },
      msPerNode: {
        value: 5,
        unit: 'ms',
        origin: 'TPC-DS query 72: 0.8 s for 172 operators',
        description: 'time that an operator costs to plan',
      },
      factor: {
        value: 3,
        unit: 'ratio',
        origin: 'measured: 6 and 10 times in loops of 320 and 480 columns, 1.2 times in one step',
        description: 'how much longer than the one-step plan the gap must be',
      },
    },
    explains: ['driver-gap', 'codegen-fallback'],
  },
  diagnose(facts, t) {
    const { run, plans } = facts;
    if (run.sql.length === 0 && run.jobs.length > 0) return { status: 'notApplicable', why: 'no SQL query' };
    if (plans.all.length === 0) return { status: 'noData', missing: ['plans of the queries'] };
    return placesOr(
      plans.all.flatMap((tree) => placeOf(tree, facts, t) ?? []),
      'no query with a very large plan was planned for long',
    );
  },
});

interface Thresholds {
  readonly minColumns: number;
  readonly minNodes: number;
  readonly minText: number;
  readonly msPerColumn: number;
  readonly msPerNode: number;
  readonly factor: number;
}

function placeOf(tree: PlanTree, facts: Facts, t: Thresholds): Place | undefined {
  const { execution } = tree;
  const built = planSize(tree);
  const { operators, text } = built;
  if (execution.startMs === undefined || (built.columns < t.minColumns && operators < t.minNodes && text < t.minText)) return undefined;
  const gaps = gapsOf(tree, facts);
  const gapMs = gaps.reduce((sum, gap) => sum + gap.ms, 0);
  const oneStepMs = oneStepPlanMs(built, t.msPerColumn, t.msPerNode);
  if (gapMs < t.factor * oneStepMs) return undefined;
  const size =
    built.columns >= t.minColumns
      ? `adds ${formatCount(built.columns)} columns`
      : operators >= t.minNodes
        ? `has ${formatCount(operators)} operators`
        : `has expressions of ${formatCount(text)} characters`;
  const before = gaps.filter((gap) => gap.label !== 'planning').reduce((sum, gap) => sum + gap.ms, 0);
  const evidence: EvidenceRef[] = [
    { kind: 'sql', executionId: execution.id, ...(built.node === undefined ? {} : { nodeId: built.node.id, node: built.node.name }) },
  ];
  return {
    cause: `The driver worked for ${formatMillis(gapMs)} on the plan of query ${execution.id}${before > 0 ? ` (${formatMillis(before)} of it before the query began: each step of a loop analyses all columns again)` : ''}; the plan ${size}, which takes about ${formatMillis(oneStepMs)} when built in one step.`,
    evidence,
    numbers: [
      { name: 'driver time on the plan', value: gapMs, unit: 'ms' },
      { name: 'in one step', value: oneStepMs, unit: 'ms' },
      { name: 'columns added', value: built.columns, unit: 'count' },
      { name: 'operators', value: operators, unit: 'count' },
    ],
    heldMs: gapMs - oneStepMs,
    remedies:
      built.columns >= t.minColumns
        ? [
            `Build the ${formatCount(built.columns)} columns in one step: collect the expressions in a list or dict in the loop and call select(*columns) or withColumns({name: expression}) once, instead of withColumn in the loop.`,
            'Where later columns need earlier ones, group them in a few such steps: one per level, not one per column.',
          ]
        : operators >= t.minNodes
          ? [
              'Read or join in one step instead of a loop of unions or joins (spark.read with a list of paths; one join with all keys), so that the plan does not grow with each turn.',
              'Where a loop must go on, cut the plan every few turns: write and read back, or localCheckpoint().',
            ]
          : [
              'Shorten the expressions: join with a small table instead of a chain of when() conditions, isin() of a long list or nested replace() calls.',
            ],
  };
}

/** Driver gaps that end where the query begins, and those in which it was planned. What a start takes anyway is taken off. */
function gapsOf({ execution }: PlanTree, { run, clock, criticalPath }: Facts): { label: DriverSegment['label']; ms: number }[] {
  const out: { label: DriverSegment['label']; ms: number }[] = [];
  for (const segment of criticalPath.driver) {
    const ms = segment.endMs - segment.startMs;
    if (segment.label === 'planning' && segment.executionId === execution.id) out.push({ label: 'planning', ms });
    else if (
      (segment.label === 'driver code' || segment.label === 'start-up') &&
      segment.nextExecutionId === execution.id &&
      Math.abs(segment.endMs - (execution.startMs as number)) <= NEXT_MS
    ) {
      out.push({ label: segment.label, ms: Math.max(0, ms - (segment.label === 'start-up' ? startUpAllowance(run, clock) : 0)) });
    }
  }
  return out;
}
