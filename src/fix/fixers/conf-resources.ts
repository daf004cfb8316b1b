// Resources: memory, executors, speculation, dynamic allocation. What must be known before the driver's JVM starts says so.
// Laws: sizes come from peaks and numbers of the finding, within the ceilings of the project; money findings never make a run slower by plan.

import { formatBytes, formatCount, GIB, MIB } from '../../base/index.ts';
import { FACTS, type FactStore } from '../../facts/index.ts';
import { confProposal, effective, type Wanted } from '../conf-change.ts';
import { defineFixer, type FixContext } from '../define.ts';

const numberOf = (context: FixContext, name: string): number | undefined => {
  const value = context.finding?.places[0]?.numbers.find((one) => one.name === name)?.value;
  return typeof value === 'number' ? value : undefined;
};

const sizeText = (bytes: number): string => (bytes >= GIB ? `${Math.ceil(bytes / GIB)}g` : `${Math.ceil(bytes / MIB)}m`);

const SUBMIT = 'It must stand in spark-defaults.conf or on the command line: the JVM has started when the program runs.';

export const confHeap = defineFixer({
  id: 'conf-heap',
  title: 'Room in the heap',
  rules: ['gc-pressure'],
  codeRules: [],
  safety: 'review',
  order: 20,
  propose(context) {
    const { store, finding } = context;
    const heap = numberOf(context, 'heap');
    if (store === undefined || finding === undefined || heap === undefined) return [];
    const settings = store.get(FACTS.settings);
    const fraction = settings.number('spark.memory.fraction') ?? 0.6;
    const key = settings.local ? 'spark.driver.memory' : 'spark.executor.memory';
    const slots = Math.max(1, Math.round(heap / Math.max(1, numberOf(context, 'heap per task') ?? heap)));
    const wanted: Wanted[] =
      fraction > 0.6
        ? [
            {
              key: 'spark.memory.fraction',
              to: undefined,
              why: `At ${fraction} little of the heap is left for the objects of the code itself; the default is 0.6.`,
            },
          ]
        : [
            {
              key,
              to: sizeText(Math.max(2 * heap, slots * 512 * MIB)),
              why: `${formatBytes(heap)} serve ${slots} tasks at once. ${SUBMIT}`,
            },
          ];
    return confProposal(context, {
      fixer: 'conf-heap',
      title: fraction > 0.6 ? 'spark.memory.fraction back to 0.6' : `A larger heap (${wanted[0]?.to})`,
      reason: finding.cause,
      wanted,
    });
  },
});

export const confMemory = defineFixer({
  id: 'conf-memory',
  title: 'Executor memory by its peaks',
  rules: ['oversized-memory'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    const peak = numberOf(context, 'highest peak');
    if (store === undefined || finding === undefined || peak === undefined) return [];
    const enough = Math.max(GIB, Math.ceil((peak * 1.5) / GIB) * GIB);
    return confProposal(context, {
      fixer: 'conf-memory',
      title: `spark.executor.memory ${sizeText(enough)} instead of ${effective(context, 'spark.executor.memory').holds ?? '1g'}`,
      reason: finding.cause,
      preconditions: [{ text: 'Other runs of this model, with larger inputs, have no higher peaks.', holds: undefined }],
      wanted: [
        {
          key: 'spark.executor.memory',
          to: sizeText(enough),
          why: `No executor ever used more than ${formatBytes(peak)}; half as much again is room.`,
        },
      ],
    });
  },
});

export const confExecutors = defineFixer({
  id: 'conf-executors',
  title: 'As many executors as the work can use',
  rules: ['idle-executors'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    const [had, enough] = [numberOf(context, 'executors'), numberOf(context, 'executors that would do')];
    if (store === undefined || finding === undefined || had === undefined || enough === undefined) return [];
    const settings = store.get(FACTS.settings);
    const wanted: Wanted[] = [];
    if (enough < had) {
      const why = `The work would have ended in about the same time on ${formatCount(enough)} of ${formatCount(had)} executors.`;
      if (settings.dynamicAllocation) wanted.push({ key: 'spark.dynamicAllocation.maxExecutors', to: String(enough), why });
      else if (/^spark:/.test(settings.master ?? '')) wanted.push({ key: 'spark.cores.max', to: String(coresFor(store, enough)), why });
      else wanted.push({ key: 'spark.executor.instances', to: String(enough), why });
    } else
      wanted.push(
        { key: 'spark.dynamicAllocation.enabled', to: 'true', why: 'Idle executors are given back after a minute.' },
        { key: 'spark.dynamicAllocation.shuffleTracking.enabled', to: 'true', why: 'Executors whose shuffle files are still needed stay.' },
        { key: 'spark.dynamicAllocation.maxExecutors', to: String(had), why: 'No more than there were.' },
      );
    return confProposal(context, {
      fixer: 'conf-executors',
      title: enough < had ? `${formatCount(enough)} executors instead of ${formatCount(had)}` : 'Give idle executors back',
      reason: finding.cause,
      preconditions: [
        {
          text: settings.local ? 'In local mode there are no executors to give back.' : 'The master gives executors one by one.',
          holds: !settings.local,
        },
      ],
      wanted,
    });
  },
});

function coresFor(store: FactStore, executors: number): number {
  const cores = store
    .get(FACTS.executors)
    .flatMap(({ executor }) => (executor.cores === undefined || executor.id === 'driver' ? [] : [executor.cores]));
  return executors * Math.max(1, ...cores);
}

export const confSpeculation = defineFixer({
  id: 'conf-speculation',
  title: 'No copies of tasks that are slow by what they do',
  rules: ['speculation-waste'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding, program } = context;
    if (store === undefined || finding === undefined) return [];
    const more = ['multiplier', 'quantile', 'interval', 'minTaskRuntime', 'task.duration.threshold']
      .map((name) => `spark.speculation.${name}`)
      .filter((key) => effective(context, key).set !== undefined && program.settings.some((one) => one.key === key));
    return confProposal(context, {
      fixer: 'conf-speculation',
      title: 'Speculation off',
      reason: finding.cause,
      wanted: [
        { key: 'spark.speculation', to: undefined, why: 'Copies of tasks that have much to do take as long as they: the default is off.' },
        ...more.map((key) => ({ key, to: undefined, why: 'It does nothing without speculation.' })),
      ],
    });
  },
});

export const confAllocation = defineFixer({
  id: 'conf-allocation',
  title: 'Executors that are there when work is',
  rules: ['allocation-lag'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    const added = numberOf(context, 'executors added meanwhile');
    if (store === undefined || finding === undefined || added === undefined) return [];
    const settings = store.get(FACTS.settings);
    const most = settings.number('spark.dynamicAllocation.maxExecutors');
    const start = Math.min(added, most ?? added);
    const ratio = settings.number('spark.dynamicAllocation.executorAllocationRatio') ?? 1;
    return confProposal(context, {
      fixer: 'conf-allocation',
      title: `Start with ${formatCount(start)} executors and keep them over short pauses`,
      reason: finding.cause,
      wanted: [
        { key: 'spark.dynamicAllocation.initialExecutors', to: String(start), why: 'The work could use them from its start.' },
        {
          key: 'spark.dynamicAllocation.executorIdleTimeout',
          to: '300s',
          why: 'The default of 60s gives executors back between two stages.',
        },
        ...(ratio < 1
          ? [{ key: 'spark.dynamicAllocation.executorAllocationRatio', to: undefined, why: 'Its default asks for all at once.' }]
          : []),
      ],
    });
  },
});
