// Skewed input: input splits, or the partitions of a repartition that the program asked for, are uneven, and the stage waits for the heavy ones.
// Law: as for skewed joins, the time must follow rows or bytes; a file that cannot be cut at all is unsplittable-input.

import { formatBytes } from '../../base/index.ts';
import { exchangePartitions, type StageSkew } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, SKEW_THRESHOLDS, shuffleKeys, skewPlace, skewsOf } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'skewed-input',
    title: 'Skewed input or repartition',
    category: 'shuffle',
    needs: ['skew', 'stages', 'criticalPath', 'settings'],
    fixability: 'review',
    saves: 'time',
    inCode: ['repartition', 'read'],
    thresholds: SKEW_THRESHOLDS,
    explains: ['idle-slots', 'shuffle-spill', 'gc-pressure', 'slow-node', 'starved-executors', 'job-barrier'],
  },
  diagnose({ skew, stages, criticalPath, settings }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const maxSplit = settings.bytes('spark.sql.files.maxPartitionBytes') ?? 128 * 1024 * 1024;
    const places = skewsOf(skew, criticalPath, 'input', t).map((found): Place => {
      const { via, node, exchange } = found.origin;
      const keys = shuffleKeys(exchange);
      const where =
        via === 'scan'
          ? `The input${node === undefined ? '' : ` of ${node.name.trim()}`}`
          : `The repartition${keys === '' ? '' : ` by ${keys}`}`;
      return skewPlace(found, where, via === 'scan' ? scanRemedies(found, maxSplit) : shuffleRemedies(found, keys));
    });
    return placesOr(places, 'no stage waited for a few input splits or partitions with far more data than the rest');
  },
});

function scanRemedies(skew: StageSkew, maxSplit: number): string[] {
  const bytes = skew.stage.readBytes().reduce((top, value) => Math.max(top, value), 0);
  const n = Math.max(2, Math.round(skew.stage.slots) * 2);
  const out = [
    `Repartition right after the read: \`spark.read…().repartition(${n})\` spreads the rows before the costly part of the stage.`,
  ];
  if (bytes > maxSplit / 2)
    out.push(
      `Or read in smaller splits: spark.sql.files.maxPartitionBytes=${Math.max(16, Math.floor(bytes / 4 / 1024 ** 2))}m (the heavy task read ${formatBytes(bytes)}).`,
    );
  out.push('Lasting cure: have the writer make files of even size (repartition before its write, or compact the table).');
  return out;
}

function shuffleRemedies(skew: StageSkew, keys: string): string[] {
  const { exchange } = skew.origin;
  const partitions = exchange === undefined ? undefined : exchangePartitions(exchange);
  const n = Math.max(partitions ?? 0, Math.round(skew.stage.slots) * 4);
  return [
    keys === ''
      ? `Use an even distribution: \`repartition(${n})\`.`
      : `If the rows need not meet by ${keys}, use \`repartition(${n})\` instead: round robin is even whatever the values are.`,
    `Or add a column with many values to it, \`repartition(${n}, ${keys === '' ? '<key>' : keys}, <unique column>)\`, so that a hot value is spread over several tasks.`,
  ];
}
