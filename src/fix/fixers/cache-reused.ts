// One frame computed by several actions → cached behind the step they share, and released after its last use.
// Laws: nothing is cached twice; a frame that the program writes over between two readings is left; memory and randomness are asked first.

import { formatBytes, formatCount } from '../../base/index.ts';
import { below, FACTS, type PlanNode } from '../../facts/index.ts';
import { type Action, type CodeFinding, type Frame, lint, type Node, type Program } from '../../pyspark/index.ts';
import { confProposal, effective } from '../conf-change.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { addLink } from '../edits.ts';
import { loopOf, spotsOf } from '../measured.ts';
import { actionsAt, assignmentOf, firstOf, frameName, framesAt, lineOf, placeOf, scopeOf, stepOf, wholeStatement } from '../places.ts';
import { leave, quoted, rewrite, ruleOf } from '../propose.ts';
import { columnsNeeded, isStrict } from './columns-needed.ts';
import { releaseOf } from './release.ts';
import { steady, unchanged } from './steady.ts';

const FIXER = 'cache-reused';

/** Columnar cache blocks are seldom larger than this many times the compressed files they come from. */
const GROWTH = 3;
/** Lets adaptive execution merge partitions below a cache. */
const MERGE_KEY = 'spark.sql.optimizer.canChangeCachedPlanOutputPartitioning';
/** Places of the run that are looked at. */
const MAX_REFS = 64;
/** Bytes that a row takes for a column which a step makes: what Spark's planner takes for a text (StringType.defaultSize). */
const MADE_BYTES = 20;
/** Share of the storage memory that one cache may take without pushing out others' work; Spark keeps half of it from eviction (spark.memory.storageFraction). */
const SHARE = 0.5;

export const cacheReused = defineFixer({
  id: FIXER,
  title: 'Cache a frame that several actions compute',
  rules: ['recomputed-lineage', 'repeated-scan', 'driver-loop'],
  codeRules: ['action-repeated'],
  safety: 'safe',
  // A loop that can become one query is one; where its turns stay apart, they share what they have in common.
  order: 11,
  propose: (context) => firstOf(shared(context), (one) => one.frame.call?.node ?? one.frame.node).map((one) => proposalFor(context, one)),
});

interface Shared {
  readonly frame: Frame;
  readonly actions: readonly Action[];
  readonly sure: boolean;
}

function shared(context: FixContext): Shared[] {
  const { program, places, finding } = context;
  if (finding?.rule === 'driver-loop') return sharedByTurns(context);
  const found = repeatedIn(program, context.lint).map(({ certain, ...one }) => ({
    ...one,
    sure: certain || places.some((place) => one.actions.some((action) => action === place.action)),
  }));
  if (found.length > 0 || finding === undefined) return found;
  const actions = firstOf(
    places.flatMap((one) => (one.action === undefined ? [] : [one.action])),
    (one) => one,
  );
  return lastShared(program, actions).map((frame) => ({ frame, actions: program.actionsOn(frame), sure: true }));
}

/** The frames that findings of the code say are computed again, and the actions that do it. */
const repeatedIn = (program: Program, findings: readonly CodeFinding[]) =>
  findings
    .filter((one) => one.id === 'action-repeated')
    .flatMap((one) => {
      const [computed, ...again] = one.places;
      const frame = computed === undefined ? undefined : framesAt(program, computed.range.file, computed.range).at(-1);
      if (frame === undefined) return [];
      const actions = [one.range, ...again.map((place) => place.range)].flatMap((range) => actionsAt(program, range.file, range));
      return [{ frame, actions, certain: one.certainty === 'certain' }];
    });

/** What the turns of the found loops compute from its sources again, made before them. */
function sharedByTurns(context: FixContext): Shared[] {
  const { program } = context;
  const loops = spotsOf(context, ['loop', 'action', 'write']).flatMap((spot) => loopOf(program, spot) ?? []);
  return repeatedIn(program, lint(program)).flatMap(({ frame, actions, certain }) =>
    loops.some(
      (loop) => !frame.loops.includes(loop) && program.actions.some((one) => one.loops.includes(loop) && computes(program, one, frame)),
    )
      ? [{ frame, actions, sure: certain }]
      : [],
  );
}

const computes = (program: Program, action: Action, frame: Frame): boolean =>
  action.frames.some((one) => program.upstream(one).includes(frame));

/** The last frames that all of the actions compute. */
function lastShared(program: Program, actions: readonly Action[]): Frame[] {
  const [first, ...rest] = actions.flatMap((one) => one.frames.map((frame) => new Set(program.upstream(frame))));
  if (first === undefined || rest.length === 0) return [];
  const common = [...first].filter((frame) => rest.every((set) => set.has(frame)));
  const last = common.filter((frame) => !program.childrenOf(frame).some((next) => common.includes(next)));
  return last.filter((frame) => frame.call !== undefined && !/^(parameter|either|loop|hint|broadcast)$/.test(frame.method));
}

function proposalFor(context: FixContext, { frame, actions, sure }: Shared): Proposal {
  const { program } = context;
  const step = stepOf(frame);
  const place = placeIn(program, frame);
  const name = place.assigned?.name ?? frameName(frame);
  const given = { fixer: FIXER, rule: ruleOf(context), at: step };
  const title = `Cache ${name}`;
  const refuse = (why: string): Proposal => leave({ ...given, title: `${name} is not cached`, reason: `Left as it is: ${why}.` });
  if (!sure) return refuse('what is computed again costs little as far as the code shows');
  const cached = program.cacheOf(frame);
  if (cached !== undefined) return refuse(`it is read through the cache of line ${lineOf(cached.call.node)}`);
  if (isStream(frame)) return refuse('it is a stream');
  if (frame.method.startsWith('rdd.') && frame.call === undefined) return refuse('where it is made is not known');
  const inLoop = frame.loops.length > 0;
  const release =
    place.assigned === undefined ? 'it has no name' : releaseOf(program, frame, place.assigned.name, place.assigned.statement);
  if (inLoop && typeof release === 'string')
    return refuse(`it is made anew in each turn of a loop, and a cache could not be released there (${release})`);
  const edits = [];
  const needed = narrowed(context, frame);
  edits.push(addLink(place.at, `${needed === undefined ? '' : `.select(${quoted(needed)})`}.cache()`));
  if (typeof release !== 'string') edits.push(release.edit);
  const lines = firstOf(
    actions.map((one) => lineOf(stepNode(one))),
    (one) => one,
  );
  const again = actions.some((one) => one.loops.some((loop) => !frame.loops.includes(loop)));
  const times =
    again && actions.length < 2
      ? `the actions of a loop (line ${lines.join(', ')})`
      : `${Math.max(2, actions.length)} actions (line ${lines.join(', ')})`;
  const merging = mergedInCache(context, frame);
  return rewrite({
    ...given,
    title,
    conf: merging?.conf ?? [],
    reason: `${times} compute it from its sources each time; cached, it is computed once${typeof release === 'string' ? ` (not released: ${release})` : ` and released after line ${placeOf(release.line).endLine}`}.`,
    edits: [...edits, ...(merging?.edits ?? [])],
    preconditions: [
      unchanged(program, frame),
      steady(program, frame),
      ...wholeRows(program, frame),
      ...room(context, frame),
      ...(merging?.preconditions ?? []),
    ],
  });
}

/** Rows that keep coming. The batch that `foreachBatch` hands over is a frame as any other. */
function isStream(frame: Frame): boolean {
  const seen = new Set<Frame>();
  const queue = [frame];
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    if (one.read?.streaming === true) return true;
    if (seen.has(one) || (one.method === 'parameter' && one.call?.name === 'foreachBatch')) continue;
    seen.add(one);
    queue.push(...one.parents);
  }
  return false;
}

const stepNode = (action: Action): Node => stepOf({ call: action.call, node: action.call.node } as Frame);

/** Where the cache goes: the value of the variable nearest to the actions, or the step itself. */
function placeIn(program: Program, frame: Frame): { at: Node; assigned: ReturnType<typeof assignmentOf> } {
  const own = frame.call?.node ?? frame.node;
  const candidates = program
    .usesOf(frame)
    .map((node) => ({ at: node, assigned: assignmentOf(node) }))
    .filter(({ at, assigned }) => assigned !== undefined && at.type !== 'identifier' && wholeStatement(at) !== undefined);
  // `b = a` gives it a second name; the call that makes it, or the call of the function that returns it, comes first.
  const outer = candidates.filter(({ at }) => !(at.source === own.source && at.start <= own.start && at.end >= own.end && at !== own));
  const best = outer.find(({ at }) => scopeOf(at) !== scopeOf(own)) ?? outer.find(({ at }) => at === own) ?? outer[0];
  const direct = assignmentOf(own);
  if (direct !== undefined && (best === undefined || scopeOf(best.at) === scopeOf(own))) return { at: own, assigned: direct };
  return best ?? { at: own, assigned: undefined };
}

/** Columns to keep when the frame has more than the actions need. */
function narrowed(context: FixContext, frame: Frame): readonly string[] | undefined {
  // A projection says already what it keeps.
  if (frame.method === 'select' || frame.grouping !== undefined) return undefined;
  const joins = context.program.downstream(frame).some((one) => one !== frame && /join/i.test(one.method));
  const bound = context.program
    .downstream(frame)
    .some((one) => (one.call?.arguments ?? []).some((argument) => argument.value.kind === 'column' && argument.value.frame !== undefined));
  if (joins || bound) return undefined;
  const needed = columnsNeeded(context, frame);
  return typeof needed === 'string' ? undefined : needed;
}

/** Steps that shuffle, so that adaptive execution may merge their partitions. */
const SHUFFLES = /join|^(distinct|dropDuplicates|drop_duplicates|agg|count|sum|pivot|orderBy|sort|repartition\w*)$/i;

/**
 * Adaptive execution merges the small partitions of a shuffle; in a cache it may do so only when a setting allows it (since
 * Spark 3.2; off by default but in 3.5), else every reading goes through all of spark.sql.shuffle.partitions. Undefined when the run merged none below the frame.
 */
function mergedInCache(context: FixContext, frame: Frame): Pick<Proposal, 'conf' | 'edits' | 'preconditions'> | undefined {
  const { store, finding, program } = context;
  if (store === undefined || !program.upstream(frame).some((one) => SHUFFLES.test(one.method))) return undefined;
  const plans = store.get(FACTS.plans);
  const refs = (finding?.places ?? []).flatMap((place) => place.evidence).slice(0, MAX_REFS);
  const merged = refs.some((ref) => {
    if (ref.kind !== 'sql') return false;
    const tree = plans.get(ref.executionId);
    const node = ref.nodeId === undefined ? undefined : tree?.nodes[ref.nodeId];
    return (node === undefined ? (tree?.nodes ?? []) : below(node)).some(
      (one) => one.kind === 'aqe-read' && (/coalesced/i.test(one.detail) || one.metric('number of coalesced partitions') !== undefined),
    );
  });
  const { holds } = effective(context, MERGE_KEY);
  // Not known to this Spark, or allowed already.
  if (!merged || holds === undefined || holds === 'true') return undefined;
  const why = 'Adaptive execution merged small partitions of the shuffle below; without this setting the cache keeps all of them.';
  const [change] = confProposal(context, { fixer: FIXER, title: '', reason: '', wanted: [{ key: MERGE_KEY, to: 'true', why }] });
  const done = change?.verdict === 'rewrite';
  return {
    conf: done ? change.conf : [],
    edits: done ? change.edits : [],
    preconditions: [
      {
        text: done
          ? `With ${MERGE_KEY} the cached rows lie in as few partitions as adaptive execution made of them.`
          : `The cache keeps all partitions of the shuffle below, which adaptive execution merged in the run; ${MERGE_KEY} lets it.`,
        holds: done ? true : undefined,
      },
    ],
  };
}

/** A reader that drops or refuses rows looks at the columns that an action takes; a cache takes all. */
function wholeRows(program: Program, frame: Frame): Precondition[] {
  const read = program.upstream(frame).find((one) => one.read !== undefined && isStrict(one.read))?.read;
  if (read === undefined) return [];
  return [
    {
      text: `Line ${lineOf(read.call.node)} drops or refuses no row for a column that one of the actions does not take.`,
      holds: undefined,
    },
  ];
}

/** Does it fit into memory, by what its sources hold and what is made of them? A cache that does not goes to disk. */
function room(context: FixContext, frame: Frame): Precondition[] {
  const { store, code, program } = context;
  if (store === undefined) return [];
  const memory = store.get(FACTS.executors).reduce((sum, one) => sum + (one.executor.maxMemory ?? 0), 0);
  const upstream = program.upstream(frame);
  const scans = upstream.flatMap((one) => (one.read === undefined ? [] : [code?.scansOf(one.read) ?? []]));
  const most = (nodes: readonly PlanNode[], ...metric: string[]) => Math.max(0, ...nodes.map((node) => node.metric(...metric) ?? 0));
  const bytes = scans.reduce((sum, nodes) => sum + most(nodes, 'size of files read'), 0);
  if (memory === 0 || bytes === 0) return [];
  const made = upstream.reduce((sum, one) => sum + columnsMade(one), 0);
  const rows = Math.max(0, ...scans.map((nodes) => most(nodes, 'number of output rows')));
  const fits = bytes * GROWTH + rows * made * MADE_BYTES <= memory * SHARE;
  const more =
    made === 0 || rows === 0
      ? ''
      : ` and ${formatCount(made)} ${made === 1 ? 'column is' : 'columns are'} made for ${formatCount(rows)} rows`;
  return [
    {
      text: `Its sources hold ${formatBytes(bytes)}${more}; ${fits ? 'a cache of it fits into' : 'a cache of it may go to disk beside'} ${formatBytes(memory)} of storage memory.`,
      holds: fits ? true : undefined,
    },
  ];
}

/** Columns that a step adds to what it gets. */
function columnsMade({ call, method }: Frame): number {
  const value = call?.arguments[0]?.value;
  if (method === 'withColumn') return 1;
  return method === 'withColumns' && value?.kind === 'dict' ? value.entries.length : 0;
}
