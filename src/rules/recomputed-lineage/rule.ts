// Recomputed lineage: several actions on one uncached frame (or RDD), so the same joins, groupings and functions run again for each.
// Law: only equal work counts: same sources of the same size, same filters, joins and functions; the dearest run of it is needed and not counted.
// A bare re-scan is no lineage. Passes of a loop differ in their filters and are no repeats; micro-batches of a stream read new data each, and
// only what several queries of one batch compute (`foreachBatch`) is the same work.

import { formatBytes, formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { below, type PlanNode, type PlanTree, type StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { heldBy, joinKeys, nodeRef, stageRef, unique, writersOf } from '../shared.ts';
import { costlyCalls, signPlan } from './signature.ts';

/** A micro-batch of a stream. */
interface Batch {
  readonly query: string;
  readonly batch: string;
}

interface Use {
  readonly tree: PlanTree;
  readonly node: PlanNode;
}

/** A sub-plan that several queries have; `tops`: those in which nothing above it is shared too. */
interface Shared {
  readonly uses: readonly Use[];
  readonly tops: readonly Use[];
  /** Larger shared parts that hold it, told together with it. */
  readonly larger: Shared[];
}

export const rule = defineRule({
  meta: {
    id: 'recomputed-lineage',
    title: 'Same work computed again by each action',
    category: 'compute',
    needs: ['run', 'clock', 'plans', 'stages', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['action'],
    thresholds: {
      inputTolerance: {
        value: 0.001,
        unit: 'share',
        origin: 'measured: two passes over the same 160 GB differed by 1e-6 in bytes and 1e-7 in records (headers, retries)',
        description: 'how far the input of two RDD stages may differ and still be the same data',
      },
      minLikeness: {
        value: 0.6,
        unit: 'share',
        origin: 'the last steps of two actions differ (count, collect, aggregate), the lineage below is equal',
        description: 'share of the RDDs of two stages that must be the same step of the program',
      },
    },
    explains: ['repeated-scan'],
  },
  diagnose({ run, clock, plans, stages, criticalPath }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    const ofBatch = new Map<number, Batch>();
    for (const { streamingQueryId: query, streamingBatchId: batch, sqlExecutionId, sqlRootExecutionId } of run.jobs) {
      if (batch === undefined) continue;
      for (const id of [sqlExecutionId, sqlRootExecutionId]) if (id !== undefined) ofBatch.set(id, { query: query ?? '', batch });
    }
    const ran = plans.all.filter((tree) => stages.ofExecution(tree.execution.id).length > 0);
    const trees = ran.filter((tree) => !ofBatch.has(tree.execution.id));
    const places = [...sharedPlans(trees).flatMap(planPlace), ...batchPlaces(), ...sharedRdds().map(rddPlace)].filter(
      (place) => place.heldMs > 0,
    );
    return placesOr(places, untold() ?? 'no work was done twice');

    /** What several queries of the same micro-batch compute: one place for each stream and step, over all its batches. */
    function batchPlaces(): Place[] {
      const batches = new Map<string, { readonly query: string; readonly trees: PlanTree[] }>();
      for (const tree of ran) {
        const at = ofBatch.get(tree.execution.id);
        if (at === undefined) continue;
        const key = `${at.query} ${at.batch}`;
        const known = batches.get(key) ?? { query: at.query, trees: [] };
        known.trees.push(tree);
        batches.set(key, known);
      }
      const steps = new Map<string, { readonly query: string; readonly what: string; readonly batches: Shared[][] }>();
      for (const [number, batch] of [...batches.values()].entries()) {
        const own = new Map<string, Shared[]>();
        for (const group of batch.trees.length < 2 ? [] : sharedPlans(batch.trees, number)) {
          const what = describe((group.uses[0] as Use).node);
          own.set(what, [...(own.get(what) ?? []), group]);
        }
        for (const [what, groups] of own) {
          const key = `${batch.query} ${what}`;
          const step = steps.get(key) ?? { query: batch.query, what, batches: [] };
          step.batches.push(groups);
          steps.set(key, step);
        }
      }
      return [...steps.values()].map(({ query, what, batches }): Place => {
        const groups = batches.flat();
        const uses = groups.flatMap((group) => group.uses);
        const repeat = groups.reduce(
          (sum, group) => sum + repeatOf(group) + group.larger.reduce((more, one) => more + repeatOf(one), 0),
          0,
        );
        const most = Math.max(...batches.map((own) => unique(own.flatMap((group) => group.uses.map((use) => use.tree))).length));
        return {
          cause: `${what.charAt(0).toUpperCase()}${what.slice(1)} is computed by ${formatCount(most)} queries of ${batches.length === 1 ? 'one micro-batch' : `each of ${formatCount(batches.length)} micro-batches`} of stream ${query}, each from the batch's source: every run after the first held the end for up to ${formatMillis(repeat)} in all.`,
          evidence: [...unique(uses.flatMap(stagesOf)).map(stageRef), ...uses.map((use) => nodeRef(use.tree, use.node))],
          numbers: [
            { name: 'runs a batch', value: most, unit: 'count' },
            { name: 'batches', value: batches.length, unit: 'count' },
          ],
          heldMs: repeat,
          remedies: [
            `In the function of \`foreachBatch\` keep the frame that holds ${what}: \`df = df.persist()\` before its first action and \`df.unpersist()\` after the last; without it every action reads and computes the batch again.`,
            'A count or a check needs no run of its own: take it from the write with `df.observe(...)`.',
          ],
        };
      });
    }

    function planPlace(group: Shared): Place[] {
      const { uses, larger } = group;
      const heldOf = (use: Use) => heldBy(criticalPath, stagesOf(use));
      const times = uses.map((use) => heldOf(larger.flatMap((other) => other.tops).find((top) => top.tree === use.tree) ?? use));
      const repeat = repeatOf(group) + larger.reduce((sum, other) => sum + repeatOf(other), 0);
      const first = uses[0] as Use;
      const what = describe(first.node);
      return [
        {
          cause: `${what.charAt(0).toUpperCase()}${what.slice(1)} is computed by ${formatCount(uses.length)} queries (${uses
            .map((use) => use.tree.execution.id)
            .slice(0, 8)
            .join(
              ', ',
            )}${uses.length > 8 ? ', …' : ''}), each from its sources: every run after the first held the end for up to ${formatMillis(repeat)} in all.`,
          evidence: [
            ...unique([group, ...larger].flatMap((one) => one.uses.flatMap(stagesOf))).map(stageRef),
            ...uses.map((use) => nodeRef(use.tree, use.node)),
          ],
          numbers: [
            { name: 'runs', value: uses.length, unit: 'count' },
            { name: 'all runs', value: Math.round(times.reduce((a, b) => a + b, 0)), unit: 'ms' },
            { name: 'dearest run', value: Math.round(Math.max(...times)), unit: 'ms' },
          ],
          heldMs: repeat,
          remedies: [
            `Keep the frame that holds ${what}: \`df = df.cache()\` before the first action and \`df.unpersist()\` after the last; select the needed columns first.`,
            'A count only for a log line needs no run of its own: take it from the write with `df.observe(...)`, or count the written table.',
            'When the frame does not fit into memory, write it once as a table and read it from there.',
          ],
        },
      ];
    }

    /** The dearest run is needed. Where other queries hold this part in a larger shared one, that one's needed run makes it: each time at the top is a repeat. */
    function repeatOf({ uses, tops }: Shared): number {
      const heldOf = (use: Use) => heldBy(criticalPath, stagesOf(use));
      const times = tops.map(heldOf);
      if (tops.length === uses.length) return times.reduce((sum, ms) => sum + ms, 0) - Math.max(...times);
      const least = Math.min(...uses.map(heldOf));
      return times.reduce((sum, ms) => sum + Math.min(ms, least), 0);
    }

    /** RDD jobs whose Python steps are one: what they did cannot be compared. Said only where it could matter. */
    function untold(): string | undefined {
      for (const group of blindGroups(stages.all)) {
        const times = group.map((stage) => criticalPath.held(stage));
        if (unique(group.map((stage) => stage.job?.id)).length < 2) continue;
        if (times.reduce((sum, ms) => sum + ms, 0) - Math.max(...times) < clock.noiseFloorMs) continue;
        return `stages ${group
          .slice(0, 8)
          .map((stage) => stage.stage.id)
          .join(
            ', ',
          )} run Python over the same RDD, ${formatMillis(times.reduce((sum, ms) => sum + ms, 0))} in all; the log does not say whether the functions are the same: if they begin with the same \`map\`, cache it`;
      }
      return undefined;
    }

    function sharedPlans(all: readonly PlanTree[], batch?: number): Shared[] {
      const signs = new Map(all.map((tree) => [tree, signPlan(tree, batch)]));
      const usable = (tree: PlanTree, node: PlanNode) => !node.reused && !node.cached && signs.get(tree)?.[node.id]?.costly === true;
      const keysOf = (tree: PlanTree, node: PlanNode) => {
        const { text = '', cores = [] } = signs.get(tree)?.[node.id] ?? {};
        return !usable(tree, node) || /(^|[(;])anonymous/.test(text) ? [] : [text, ...cores];
      };
      const known = new Map<string, Map<PlanTree, Use>>();
      for (const tree of all) {
        for (const node of tree.nodes) {
          for (const key of keysOf(tree, node)) {
            const uses = known.get(key) ?? new Map<PlanTree, Use>();
            // Of nodes that sign alike (a join and the projection on it) the deepest is the work itself.
            uses.set(tree, { tree, node });
            known.set(key, uses);
          }
        }
      }
      const tops = new Map<string, Use[]>();
      for (const tree of all) {
        const covered = new Set<PlanNode>();
        for (const node of tree.nodes) {
          const inside = node.parent !== undefined && covered.has(node.parent);
          const key = inside ? undefined : keysOf(tree, node).find((text) => (known.get(text)?.size ?? 0) > 1);
          if (inside || key !== undefined) covered.add(node);
          if (key !== undefined) tops.set(key, [...(tops.get(key) ?? []), known.get(key)?.get(tree) as Use]);
        }
      }
      const groups = [...tops].map(
        ([key, own]): Shared => ({
          uses: [...(known.get(key) as Map<PlanTree, Use>).values()],
          tops: own,
          larger: [],
        }),
      );
      // A part that more queries share, inside of a larger part that some of them share: one frame to keep, one place.
      const inside = (use: Use, other: Shared) => other.tops.some((top) => top.tree === use.tree && below(top.node).includes(use.node));
      const merged = new Set<Shared>();
      for (const small of groups) {
        if (small.tops.length === small.uses.length) continue;
        for (const other of groups) {
          if (other === small || merged.has(other) || other.larger.length > 0 || other.tops.length >= small.uses.length) continue;
          if (!other.tops.every((top) => small.uses.some((use) => use.tree === top.tree && inside(use, other)))) continue;
          small.larger.push(other);
          merged.add(other);
        }
      }
      return groups.filter((group) => !merged.has(group));
    }

    function sharedRdds(): StageFact[][] {
      const groups: StageFact[][] = [];
      for (const stage of stages.all) {
        if (
          stage.execution !== undefined ||
          stage.stage.attempt > 0 ||
          stage.total('inputRecords') <= 0 ||
          stage.job?.streamingBatchId !== undefined
        )
          continue;
        // Steps above a cached RDD are meant to run again.
        if (stage.stage.rdds.length < 3 || stage.stage.rdds.some((rdd) => rdd.cached)) continue;
        const group = groups.find((other) => sameWork(other[0] as StageFact, stage));
        if (group === undefined) groups.push([stage]);
        else group.push(stage);
      }
      return groups.filter((group) => unique(group.map((stage) => stage.job?.id)).length > 1);
    }

    function sameInput(a: StageFact, b: StageFact): boolean {
      const near = (x: number, y: number) => Math.abs(x - y) <= t.inputTolerance * Math.max(x, y);
      return near(a.total('inputRecords'), b.total('inputRecords')) && near(a.total('inputBytes'), b.total('inputBytes'));
    }

    function sameWork(a: StageFact, b: StageFact): boolean {
      if (!sameInput(a, b)) return false;
      const steps = (stage: StageFact) => stage.stage.rdds.map((rdd) => `${rdd.name}|${rdd.scope}|${rdd.callSite}|${rdd.partitions}`);
      const other = steps(b);
      const ids = new Set(b.stage.rdds.map((rdd) => rdd.id));
      const same = steps(a).filter((step, i) => other.includes(step) || ids.has(a.stage.rdds[i]?.id ?? -1)).length;
      return same >= t.minLikeness * Math.max(a.stage.rdds.length, b.stage.rdds.length);
    }

    /** Stages of other steps that read the same input: same number of tasks, records and bytes (a pass that infers a schema, a count). */
    function otherReaders(group: readonly StageFact[]): StageFact[] {
      const first = group[0] as StageFact;
      return stages.all.filter(
        (stage) => !group.includes(stage) && stage.stage.attempt === 0 && stage.width === first.width && sameInput(stage, first),
      );
    }

    function rddPlace(group: readonly StageFact[]): Place {
      const first = group[0] as StageFact;
      const others = otherReaders(group);
      const readers = [...group, ...others].sort((a, b) => a.stage.id - b.stage.id);
      const times = group.map((stage) => criticalPath.held(stage));
      const repeat =
        times.reduce((a, b) => a + b, 0) - Math.max(...times) + others.reduce((sum, stage) => sum + criticalPath.held(stage), 0);
      const share =
        readers.reduce((sum, stage) => sum + stage.taskTimeMs, 0) / stages.all.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const bytes = first.total('inputBytes');
      const input = bytes > 0 ? formatBytes(bytes) : `${formatCount(first.total('inputRecords'))} records`;
      const names = unique(group.map((stage) => stage.stage.name))
        .slice(0, 3)
        .join(', ');
      return {
        cause: `Stages ${readers
          .map((stage) => stage.stage.id)
          .slice(0, 8)
          .join(
            ', ',
          )}${readers.length > 8 ? ', …' : ''} read the same ${input}, ${formatCount(readers.length)} times (${formatShare(share)} of all task time): ${formatCount(group.length)} jobs (${names}) compute the same steps from it${
          others.length === 0
            ? ''
            : `, ${others.length === 1 ? 'one more pass' : `${others.length} more passes`} (${unique(
                others.map((stage) => stage.stage.name),
              )
                .slice(0, 2)
                .join(', ')}) before or beside them`
        }. What is not needed held the end for up to ${formatMillis(repeat)}.`,
        evidence: [
          ...readers.map(stageRef),
          ...unique(readers.flatMap((stage) => stage.stage.jobIds)).map((jobId) => ({ kind: 'job' as const, jobId })),
        ],
        numbers: [
          { name: 'reads', value: readers.length, unit: 'count' },
          { name: 'input', value: bytes, unit: 'bytes' },
          { name: 'records', value: first.total('inputRecords'), unit: 'count' },
          { name: 'share of task time', value: share, unit: 'share' },
        ],
        heldMs: repeat,
        remedies: [
          `Persist the frame or RDD behind ${first.stage.name} before the first job (\`persist(StorageLevel.MEMORY_AND_DISK)\`), and \`unpersist()\` after the last.`,
          'When it does not fit, write the prepared data once as Parquet and start the jobs from there.',
          ...(others.length === 0
            ? []
            : [
                'If one of the passes only infers the schema or counts rows: give the schema explicitly, and take counts from the write (`df.observe`).',
              ]),
        ],
      };
    }
  },
  // Python steps are one RDD in the log; in the code they are steps, and two actions over the same ones run them twice.
  withCode({ stages, criticalPath, clock }, _t, code, without) {
    const { program } = code;
    const places = blindGroups(stages.all).flatMap((group): Place[] => {
      const uses = group.flatMap((stage) => {
        const [at] = code.locate(['action'], { stages: [{ stageId: stage.stage.id, attempt: stage.stage.attempt }] });
        return at?.action === undefined || at.confidence !== 'certain' ? [] : [{ stage, action: at.action }];
      });
      const behind = unique(uses.map(({ action }) => action)).map(
        (action) => new Set(action.frames.flatMap((frame) => program.upstream(frame))),
      );
      const steps = [...(behind[0] ?? [])].filter(
        (frame) =>
          /^rdd\.(map|flatMap|filter|mapPartitions\w*|mapValues|flatMapValues|keyBy)$/.test(frame.method) &&
          behind.every((one) => one.has(frame)) &&
          program.cacheOf(frame) === undefined,
      );
      if (behind.length < 2 || steps.length === 0) return [];
      const times = uses.map(({ stage }) => criticalPath.held(stage));
      const repeat = times.reduce((sum, ms) => sum + ms, 0) - Math.max(...times);
      const names = steps.map((frame) => frame.method.slice(4)).reverse();
      return [
        {
          cause: `${formatCount(behind.length)} actions compute the same Python steps (${names.slice(0, 4).join(', ')}) of one RDD, which is not cached: stages ${uses
            .map(({ stage }) => stage.stage.id)
            .slice(0, 8)
            .join(', ')}. All but one of them held the end for up to ${formatMillis(repeat)}.`,
          evidence: [
            ...uses.map(({ stage }) => stageRef(stage)),
            ...unique(uses.flatMap(({ stage }) => stage.stage.jobIds)).map((jobId) => ({ kind: 'job' as const, jobId })),
          ],
          numbers: [
            { name: 'actions', value: behind.length, unit: 'count' },
            { name: 'stages', value: uses.length, unit: 'count' },
          ],
          heldMs: repeat,
          remedies: [
            'Persist the RDD behind the last step that they share (`rdd.persist()`) before the first of them, and `unpersist()` after the last.',
            'Or take all the results in one pass (`aggregate`, or one job that writes and counts).',
          ],
        },
      ];
    });
    const worth = places.filter((place) => place.heldMs >= clock.noiseFloorMs);
    if (worth.length === 0) return without;
    return { status: 'found', places: [...(without.status === 'found' ? without.places : []), ...worth] };
  },
});

/** Stages of Python steps over one RDD, which the log shows as one step whatever they do; those of several jobs. */
function blindGroups(all: readonly StageFact[]): StageFact[][] {
  const groups = new Map<number, StageFact[]>();
  for (const stage of all) {
    const { rdds } = stage.stage;
    if (stage.execution !== undefined || stage.stage.attempt > 0 || rdds.some((rdd) => rdd.cached) || rdds.length > 2) continue;
    const root = rdds.find((rdd) => rdd.name !== 'PythonRDD');
    if (root === undefined || !rdds.some((rdd) => rdd.name === 'PythonRDD')) continue;
    groups.set(root.id, [...(groups.get(root.id) ?? []), stage]);
  }
  return [...groups.values()];
}

/** Stages that ran a sub-plan. An exchange at its top is read by others: only its writers count. */
function stagesOf({ node }: Use): StageFact[] {
  const own = node.kind === 'exchange' ? writersOf(node) : node.stages;
  return unique([
    ...own,
    ...below(node)
      .filter((child) => !child.reused && !child.cached)
      .flatMap((child) => child.stages),
  ]);
}

function describe(node: PlanNode): string {
  if (/join/.test(node.kind)) return `the join on ${joinKeys(node)}`;
  if (node.kind === 'aggregate') {
    const keys = (/keys?=\[(.*?)\]/.exec(node.detail)?.[1] ?? '').replace(/#\d+L?/g, '');
    return keys === '' ? 'the total over all rows' : `the grouping by ${keys}`;
  }
  if (node.kind === 'exchange')
    return `the repartitioned input (${(/Exchange (\w+(?:\([^)]*\))?)/.exec(node.detail)?.[1] ?? '').replace(/#\d+L?/g, '')})`;
  const calls = node.kind === 'filter' || node.kind === 'project' ? unique(costlyCalls(node.detail)) : [];
  if (calls.length > 0) return `the ${node.kind === 'filter' ? 'filter' : 'projection'} with ${calls.slice(0, 3).join(', ')}`;
  return `the ${node.name.replace(/\s*\(\d+\)$/, '').trim()} step`;
}
