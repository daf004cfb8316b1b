// Number of shuffle partitions and how adaptive execution merges them: for tasks that are too small, and for tasks that spill.
// Laws: the number is right for the largest shuffle of the run, not for the one of the finding; where adaptive execution merges, the number alone
// changes nothing, and the keys that do are set.

import { formatBytes, formatCount, formatMillis, MIB, max, sum } from '../../base/index.ts';
import { exchangePartitions, FACTS, type FactStore, isExplicit } from '../../facts/index.ts';
import { partitionsOf } from '../../pyspark/index.ts';
import type { Place } from '../../rules/index.ts';
import { confProposal, type Wanted } from '../conf-change.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { replace } from '../edits.ts';
import { lineKnown, slotsOf, spotsOf, stagesIn } from '../measured.ts';
import { argumentOf } from '../places.ts';
import { proposer, since } from '../propose.ts';

const SHUFFLE = 'spark.sql.shuffle.partitions';
const AQE = 'spark.sql.adaptive.enabled';
const COALESCE = 'spark.sql.adaptive.coalescePartitions.enabled';
const PARALLELISM_FIRST = 'spark.sql.adaptive.coalescePartitions.parallelismFirst';
const ADVISORY = 'spark.sql.adaptive.advisoryPartitionSizeInBytes';
/** spark.sql.adaptive.advisoryPartitionSizeInBytes: what a task should read. */
const TARGET = 64 * MIB;

export const confPartitions = defineFixer({
  id: 'conf-partitions',
  title: 'Shuffle partitions by size and slots',
  rules: ['tiny-tasks'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    const slots = slotsOf(store);
    if (store === undefined || finding === undefined || slots === undefined) return [];
    const explicit = explicitRepartitions(context, slots);
    if (explicit.length > 0) return explicit;
    // Shuffles of RDDs take their number from the call or from spark.default.parallelism.
    const heaviest = finding.places.find((place) => place.evidence.some((ref) => ref.kind === 'sql'));
    if (heaviest === undefined) return [];
    const state = stateBytes(store);
    const needed = Math.max(neededPartitions(store, slots), Math.ceil((state ?? 0) / TARGET));
    const settings = store.get(FACTS.settings);
    const execution = executionOf(store, heaviest);
    const wanted: Wanted[] = [];
    const merges = settings.aqe(execution) && settings.flag(COALESCE, true, execution);
    // Batches of a stream run without adaptive execution, whatever is set.
    if (!isOfStream(store, execution)) {
      if (!settings.aqe(execution))
        wanted.push({ key: AQE, to: 'true', why: 'Adaptive execution merges small partitions after each shuffle.' });
      if (!settings.flag(COALESCE, true, execution))
        wanted.push({ key: COALESCE, to: 'true', why: 'Adaptive execution may merge small partitions again.' });
    }
    const now = settings.number(SHUFFLE, execution) ?? 200;
    if (merges)
      wanted.push({ key: PARALLELISM_FIRST, to: 'false', why: 'Partitions are merged to their target size, not to one for each slot.' });
    else if (now > 2 * needed)
      wanted.push({
        key: SHUFFLE,
        to: String(needed),
        why: `The largest shuffle of the run fits into ${needed} partitions of ${formatBytes(TARGET)}.`,
      });
    return confProposal(context, {
      fixer: 'conf-partitions',
      title: merges
        ? 'Let adaptive execution merge to its target size'
        : `Fewer and fuller shuffle partitions (${formatCount(Math.min(now, needed))} instead of ${formatCount(now)})`,
      reason: heaviest.cause,
      preconditions: [
        {
          text: `No shuffle of the run has more than ${formatBytes(needed * TARGET)}, so that ${needed} partitions stay under ${formatBytes(TARGET)} each.`,
          holds: true,
        },
        ...ofStreams(context, store, state),
      ],
      wanted,
    });
  },
});

/**
 * What a checkpoint says of the number: state is laid out by it and keeps it; a query without state takes a new one at its next start since
 * Spark 4.1 (SPARK-53942), and before that the number with which its checkpoint began (Structured Streaming guide, additional information).
 */
function ofStreams(context: FixContext, store: FactStore, state: number | undefined): Precondition[] {
  const { streams } = store.run;
  if (streams.length === 0) return [];
  if (streams.some((one) => one.progress.length === 0 || one.progress.some((batch) => batch.stateRows !== undefined)))
    return [
      {
        text: 'The stream starts from a new checkpoint, and may begin without its state: with the old one its state keeps the number, and the change does nothing.',
        holds: undefined,
      },
      {
        text: `Its state fits into so few partitions${state === undefined ? '; how large it is the log does not tell' : `: it had ${formatBytes(state)} at most, of which none takes more than ${formatBytes(TARGET)} when they are even`}.`,
        holds: state === undefined ? undefined : true,
      },
    ];
  const taken = since(context, 'For a stream without state a new number at its next start', 4, 1);
  return [
    taken.holds === true
      ? taken
      : {
          text: 'The stream, which keeps no state, starts from a new checkpoint: before Spark 4.1 the old one keeps its number.',
          holds: undefined,
        },
  ];
}

/** The most that the state of the run's streams took together, bytes; undefined when no batch tells. */
function stateBytes({ run }: FactStore): number | undefined {
  const known = run.streams.map((one) => one.progress.flatMap((batch) => batch.stateBytes ?? [])).filter((one) => one.length > 0);
  return known.length === 0 ? undefined : sum(known.map((one) => max(one) ?? 0));
}

const isOfStream = ({ run }: FactStore, execution: { readonly id: number } | undefined): boolean =>
  execution !== undefined && run.jobs.some((job) => job.sqlExecutionId === execution.id && job.streamingQueryId !== undefined);

/** A repartition of the program that makes the small tasks. */
function explicitRepartitions(context: FixContext, slots: number): Proposal[] {
  return spotsOf(context, ['repartition']).flatMap((spot) => {
    const { call } = spot.located;
    const asked = call === undefined ? undefined : partitionsOf(call);
    const first = call === undefined ? undefined : argumentOf(call, 0, 'numPartitions');
    const exchange = spot.nodes.find(({ node }) => node.kind === 'exchange' && isExplicit(node))?.node;
    if (call === undefined || asked === undefined || first === undefined || exchange === undefined) return [];
    const bytes = sum(spot.stages.map((stage) => sum(stage.readBytes())));
    const wanted = Math.max(2 * slots, Math.ceil(bytes / TARGET));
    if (wanted * 2 > asked) return [];
    const { rewrite } = proposer('conf-partitions', context, spot.located.node, call);
    return rewrite({
      title: `repartition(${wanted}) instead of ${asked}`,
      reason: spot.place?.cause ?? '',
      preconditions: [
        lineKnown(spot),
        { text: `${formatBytes(bytes)} need ${wanted} tasks of ${formatBytes(TARGET)} on ${slots} slots.`, holds: true },
      ],
      edits: [replace(first.node, String(wanted))],
    });
  });
}

/** Partitions for the largest shuffle whose number Spark's setting decides. */
function neededPartitions(store: FactStore, slots: number): number {
  let most = 0;
  for (const tree of store.get(FACTS.plans).all)
    for (const node of tree.nodes)
      if (node.kind === 'exchange' && !isExplicit(node) && !node.reused) most = Math.max(most, node.metric('data size') ?? 0);
  return Math.max(2 * slots, Math.ceil(most / TARGET));
}

const executionOf = (store: FactStore, place: Place | undefined) => {
  const id = place?.evidence.find((ref) => ref.kind === 'sql')?.executionId;
  return id === undefined ? undefined : store.get(FACTS.plans).get(id)?.execution;
};

export const confSpill = defineFixer({
  id: 'conf-spill',
  title: 'Partitions that fit into memory',
  rules: ['shuffle-spill'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    const place = finding?.places[0];
    if (store === undefined || place === undefined) return [];
    const stage = stagesIn(store, place.evidence)[0];
    const number = (name: string) => place.numbers.find((one) => one.name === name)?.value;
    const [tasks, need] = [number('tasks'), number('needed per task')];
    const settings = store.get(FACTS.settings);
    const exchange = context.store
      ?.get(FACTS.plans)
      .all.flatMap((tree) => tree.nodes)
      .find(
        (node) =>
          node.kind === 'exchange' &&
          place.evidence.some((ref) => ref.kind === 'sql' && ref.nodeId === node.id) &&
          node.stages.includes(stage as never),
      );
    const { leave } = proposer('conf-spill', context, undefined);
    if (stage === undefined || typeof tasks !== 'number' || typeof need !== 'number')
      return leave('How much each task needs is not in the log.');
    if (exchange === undefined || isExplicit(exchange))
      return leave('The partitions that spill are not made by the setting spark.sql.shuffle.partitions.');
    const share = taskMemory(store);
    const wanted = share === undefined ? tasks * 4 : Math.max(tasks * 2, Math.ceil((tasks * need) / (share / 2)));
    const read = sum(stage.readBytes());
    const now = exchangePartitions(exchange) ?? tasks;
    const execution = executionOf(store, place);
    const merging = settings.aqe(execution) && settings.flag(COALESCE, true, execution);
    const advisory = Math.max(1, Math.floor(read / wanted / MIB));
    const changes: Wanted[] = [];
    if (now < wanted)
      changes.push({
        key: SHUFFLE,
        to: String(wanted),
        why: `A task then needs about ${formatBytes((tasks * need) / wanted)} instead of ${formatBytes(need)}.`,
      });
    if (merging)
      changes.push(
        { key: ADVISORY, to: `${advisory}m`, why: 'Adaptive execution would merge the smaller partitions again.' },
        { key: PARALLELISM_FIRST, to: 'false', why: 'Without it the target size is not kept.' },
      );
    return confProposal(context, {
      fixer: 'conf-spill',
      title: `${formatCount(wanted)} shuffle partitions, so that each fits into memory`,
      reason: `${place.cause} It held the end for up to ${formatMillis(place.heldMs)}.`,
      preconditions: [
        {
          text: `A task may use ${share === undefined ? 'an unknown part' : formatBytes(share)} of memory; half of it is planned for.`,
          holds: share === undefined ? undefined : true,
        },
        { text: 'The partitions are even: no key holds most of the rows.', holds: store.get(FACTS.skew).of(stage) === undefined },
      ],
      wanted: changes,
    });
  },
});

/** Storage and execution memory of an executor, shared by its cores: what one task can count on (as the rule shuffle-spill). */
function taskMemory(store: FactStore): number | undefined {
  const settings = store.get(FACTS.settings);
  const shares = store
    .get(FACTS.executors)
    .filter(({ executor }) => (executor.maxMemory ?? 0) > 0 && (executor.cores ?? 0) > 0)
    .map(({ executor }) => (executor.maxMemory as number) / Math.max(1, (executor.cores as number) / settings.taskCpus));
  return shares.length === 0 ? undefined : Math.min(...shares);
}
