// Unsplittable input: files that one task must read from the first byte to the last (gzip, one row group), with the work of the stage behind them.
// Law: codecs are not logged per file. What convinces is one reading task a file with slots to spare: in a text format, with more bytes than a split
// takes, by a name that says so, or in tasks without a row beside the one that has them all.

import { formatBytes, formatCount, formatMillis, sum } from '../../base/index.ts';
import { shufflesRead } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { missingTasks, nodeRef, stageRef } from '../shared.ts';

const TEXT = /^(csv|json|text|xml)$/i;
/** Codecs Hadoop and Spark cannot split; bzip2 can be. */
const COMPRESSED = /\.(gz|gzip|zip|deflate|zst|zstd|snappy|lz4|xz|Z)(\s|\]|,|$)/;
/** spark.sql.files.maxPartitionBytes and openCostInBytes, Spark's defaults. */
const SPLIT = 128 * 1024 * 1024;
const OPEN_COST = 4 * 1024 * 1024;

export const rule = defineRule({
  meta: {
    id: 'unsplittable-input',
    title: 'Input that cannot be split',
    category: 'reading',
    needs: ['stages', 'criticalPath', 'plans', 'settings'],
    fixability: 'review',
    saves: 'time',
    inCode: ['read'],
    thresholds: {
      minRows: { value: 1000, unit: 'count', origin: 'fewer rows need no second task', description: 'rows read by the stage' },
      overSplit: {
        value: 1.5,
        unit: 'ratio',
        origin: 'Spark cuts a file at the split size; a last piece may be a little larger',
        description: 'bytes of a task ÷ split size from which a file surely was not cut',
      },
    },
    explains: ['idle-slots', 'skewed-input', 'idle-executors', 'single-partition', 'row-format-scan', 'job-barrier', 'unpushed-filter'],
  },
  diagnose({ stages, criticalPath, plans, settings }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const places: Place[] = [];
    let reads = 0;
    for (const { stage, heldMs } of criticalPath.stages) {
      const slots = Math.round(stage.slots);
      if (slots < 2 || heldMs <= 0 || shufflesRead(stage, plans).length > 0) continue;
      const scan = plans
        .ofStage(stage)
        .find(({ node }) => node.kind === 'scan' && node.metric('number of files read', 'number of files') !== undefined);
      const named = stage.stage.rdds.find((rdd) => COMPRESSED.test(rdd.name));
      if (scan === undefined && named === undefined) continue;
      reads++;
      // coalesce(n) narrows a stage by itself.
      if (stage.stage.rdds.some((rdd) => rdd.name === 'CoalescedRDD')) continue;
      const records = stage.values('inputRecords');
      const rows = sum(records);
      const readers = rows > 0 ? records.filter((value) => value > 0).length : stage.width;
      const files = scan?.node.metric('number of files read', 'number of files') ?? stage.width;
      const bytes = scan?.node.metric('size of files read', 'num bytes read') ?? sum(stage.values('inputBytes'));
      if (readers < 1 || readers >= slots || (rows < t.minRows && stage.stage.runningTasks.length === 0)) continue;
      const format = scan?.node.metadata.Format ?? /^(?:FileScan|Scan|BatchScan) (\w+)/.exec(scan?.node.detail ?? '')?.[1] ?? '';
      const proof = proofOf(
        slots,
        readers,
        files,
        bytes,
        format,
        `${scan?.node.metadata.Location ?? scan?.node.detail ?? ''} ${named?.name ?? ''}`,
      );
      if (proof === undefined) continue;
      const succeeded = stage.rows.length === 0 ? 1 : Math.min(1, sum(stage.values('duration')) / Math.max(1, stage.taskTimeMs));
      const held = heldMs * succeeded * (1 - readers / slots);
      const what = format === '' ? 'input' : `${format.toLowerCase()} input`;
      places.push({
        cause: `${readers === 1 ? 'One task' : `${readers} tasks`} read all ${formatBytes(bytes)}${rows > 0 ? ` (${formatCount(rows)} rows)` : ''} of the ${what} in stage ${stage.stage.id}, one a file, while ${slots} slots were there: ${proof}. The work behind the scan is in the same ${readers === 1 ? 'task' : 'tasks'} and held the end for up to ${formatMillis(held)}.`,
        evidence: [
          stageRef(stage),
          ...(scan === undefined ? [] : [nodeRef(scan.tree, scan.node)]),
          ...(scan?.node.metadata.Location === undefined ? [] : [{ kind: 'table' as const, path: scan.node.metadata.Location }]),
        ],
        numbers: [
          { name: 'reading tasks', value: readers, unit: 'count' },
          { name: 'files', value: files, unit: 'count' },
          { name: 'bytes', value: bytes, unit: 'bytes' },
          { name: 'slots', value: slots, unit: 'count' },
        ],
        heldMs: held,
        remedies: [
          `Repartition right after the read: \`spark.read…().repartition(${slots * 2})\`; reading stays serial, everything behind it runs in ${slots * 2} tasks.`,
          TEXT.test(format) || named !== undefined
            ? 'Lasting cure: store the input once in a splittable form (Parquet, Delta; for text bzip2 or no compression), or have it delivered in as many files as there are slots.'
            : 'Lasting cure: have the writer make more files or smaller row groups (parquet.block.size, maxRecordsPerFile).',
        ],
      });
    }
    if (reads === 0) return { status: 'notApplicable', why: 'no stage on the critical path reads files' };
    return placesOr(places, 'every long read had as many tasks as its slots or its files allow');

    /** Why the files were not cut, in words; undefined when they may well have been. */
    function proofOf(slots: number, readers: number, files: number, bytes: number, format: string, names: string): string | undefined {
      // Fewer readers than files: Spark packed small files together, nothing speaks for files that cannot be cut.
      if (readers < files) return undefined;
      const parallelism = settings.number('spark.default.parallelism') ?? slots;
      const split = Math.min(
        settings.bytes('spark.sql.files.maxPartitionBytes') ?? SPLIT,
        Math.max(settings.bytes('spark.sql.files.openCostInBytes') ?? OPEN_COST, (bytes + files * OPEN_COST) / parallelism),
      );
      const each = bytes / files;
      if (COMPRESSED.test(names)) return 'compressed text cannot be split';
      if (each >= t.overSplit * split && readers === files)
        return TEXT.test(format)
          ? `Spark would have cut plain text at ${formatBytes(split)}, so it is compressed (gzip cannot be split)`
          : `a file is larger than a split of ${formatBytes(split)}, so its rows are in one row group`;
      return TEXT.test(format) && readers === files ? 'the files are compressed (gzip cannot be split) or smaller than a split' : undefined;
    }
  },
});
