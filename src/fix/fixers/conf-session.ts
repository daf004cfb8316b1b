// Session settings that are set back or fitted: broadcast threshold, splits of files, switches that take a feature away, what adaptive execution merges.
// Laws: only keys that change something in this run; a value that Spark's default serves is taken away, not written down.

import { formatBytes, MIB, sum } from '../../base/index.ts';
import { findProperty, versionOf } from '../../conf/index.ts';
import { FACTS } from '../../facts/index.ts';
import { confProposal, effective, type Wanted } from '../conf-change.ts';
import { defineFixer } from '../define.ts';
import { broadcastLimit } from '../joins.ts';
import { slotsOf, stagesIn } from '../measured.ts';

const THRESHOLD = 'spark.sql.autoBroadcastJoinThreshold';

/** Behind the hint: it reaches every join of the session. */
export const confBroadcast = defineFixer({
  id: 'conf-broadcast',
  title: 'Broadcast threshold that lets small sides through',
  rules: ['missed-broadcast'],
  codeRules: [],
  safety: 'review',
  order: 20,
  propose(context) {
    const { store, finding } = context;
    if (store === undefined || finding === undefined) return [];
    const sizes = finding.places.flatMap((place) =>
      place.numbers.flatMap((one) => (one.name === 'small side' && typeof one.value === 'number' ? [one.value] : [])),
    );
    if (sizes.length === 0) return [];
    const small = Math.max(...sizes);
    const { bytes: limit, heap } = broadcastLimit(store, 0.025);
    const usual = 10 * MIB;
    const wanted: Wanted = {
      key: THRESHOLD,
      to: small <= usual ? undefined : `${Math.ceil((small * 1.5) / MIB)}m`,
      why:
        small <= usual
          ? 'The default of 10 MiB lets the small side through.'
          : 'The threshold is compared with the estimated size; half as much again is room.',
    };
    return confProposal(context, {
      fixer: 'conf-broadcast',
      title: `Let Spark broadcast sides of up to ${wanted.to ?? '10m'}`,
      reason: finding.cause,
      preconditions: [
        {
          text: `The largest of these sides has ${formatBytes(small)}, under ${formatBytes(limit)} (2.5 % of a heap of ${formatBytes(heap)}).`,
          holds: small <= limit,
        },
        {
          text: 'Adaptive execution is on, so that the measured size decides and not an estimate.',
          holds: store.get(FACTS.settings).aqe() || undefined,
        },
      ],
      wanted: [wanted],
    });
  },
});

/** Many small files: what opening one is taken to cost decides how many go into one task. */
export const confSplits = defineFixer({
  id: 'conf-splits',
  title: 'More small files in one task',
  rules: ['small-input-files'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store, finding } = context;
    const slots = slotsOf(store);
    const number = (name: string) => finding?.places[0]?.numbers.find((one) => one.name === name)?.value;
    const [files, mean] = [number('files'), number('mean file')];
    if (store === undefined || finding === undefined || slots === undefined || typeof files !== 'number' || typeof mean !== 'number')
      return [];
    const stages = stagesIn(store, finding.places[0]?.evidence ?? []);
    const tasks = sum(stages.map((stage) => stage.width));
    const cost = Math.max(64 * 1024, 2 ** Math.ceil(Math.log2(Math.max(1, mean))));
    return confProposal(context, {
      fixer: 'conf-splits',
      title: 'Take small files together until they are compacted',
      reason: `${finding.cause} The lasting cure is to compact the table and to mend its writer; until then a file counts as what it is, and each task takes more of them.`,
      preconditions: [
        { text: `The files were read in ${tasks} tasks, more than four waves on ${slots} slots.`, holds: tasks > 4 * slots },
        { text: `Together they have ${formatBytes(files * mean)}: a task stays under spark.sql.files.maxPartitionBytes.`, holds: true },
      ],
      wanted: [
        {
          key: 'spark.sql.files.openCostInBytes',
          to: String(cost),
          why: `A file has ${formatBytes(mean)}; counted as 4 MiB each, few go into one task.`,
        },
      ],
    });
  },
});

/** Adaptive execution merged partitions below the number of slots although rows are dear. */
export const confMerging = defineFixer({
  id: 'conf-merging',
  title: 'Partitions that adaptive execution leaves apart',
  rules: ['idle-slots'],
  codeRules: [],
  safety: 'review',
  order: 20,
  propose(context) {
    const { store, finding } = context;
    if (store === undefined || finding === undefined) return [];
    const merged = store
      .get(FACTS.narrow)
      .filter(({ cause, stage }) => cause === 'aqe' && finding.places.some((place) => stagesIn(store, place.evidence).includes(stage)));
    const first = merged[0];
    if (first === undefined) return [];
    const slots = Math.max(1, Math.round(first.stage.slots));
    const bytes = sum(first.stage.readBytes());
    const size = Math.max(1, Math.floor(bytes / (2 * slots) / 1024));
    return confProposal(context, {
      fixer: 'conf-merging',
      title: 'Keep enough partitions for all slots',
      reason: finding.cause,
      preconditions: [
        {
          text: 'No key holds most of the rows: its partition would stay whole.',
          holds: store.get(FACTS.skew).of(first.stage) === undefined && undefined,
        },
      ],
      wanted: [
        {
          key: 'spark.sql.adaptive.coalescePartitions.minPartitionSize',
          to: `${size}k`,
          why: 'The least size of 1 MiB merged them into fewer tasks than there are slots.',
        },
        {
          key: 'spark.sql.adaptive.coalescePartitions.parallelismFirst',
          to: undefined,
          why: 'Its default aims at one partition for each slot.',
        },
      ],
    });
  },
});

/** Values that take a feature away, or are dangerous: back to the default, where that is what the rule asks for. */
export const confDefault = defineFixer({
  id: 'conf-default',
  title: 'Harmful settings back to their default',
  rules: ['conf-harmful'],
  codeRules: [],
  safety: 'review',
  propose(context) {
    const { store } = context;
    if (store === undefined) return [];
    const version = versionOf(store.run.application.sparkVersion);
    const harmful = store.get(FACTS.configuration).findings.filter((one) => one.rule === 'conf-harmful' && one.severity !== 'note');
    const keys = [...new Map(harmful.map((one) => [one.key, one])).values()];
    return keys.flatMap((one) => {
      const known = findProperty(one.key, version);
      if (known?.default === undefined || !/default|leave it at|remove/i.test(one.todo)) return [];
      return confProposal(context, {
        fixer: 'conf-default',
        title: `${one.key} back to its default (${known.default})`,
        reason: one.why,
        wanted: [{ key: one.key, to: undefined, why: `${one.todo} It was ${effective(context, one.key).set ?? 'not set'}.` }],
      });
    });
  },
});
