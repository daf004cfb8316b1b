// Small input files: a table of many tiny files, so that opening, listing and scheduling take longer than reading.
// Law: each file costs what was measured for its kind of store and never more than the scan stage spent outside Python and pure reading.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Scan, StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { pathOf } from '../reading.ts';
import { heldBy, isObjectStore, nodeRef, pythonMs, stageRef, unique } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'small-input-files',
    title: 'Table of many small files',
    category: 'reading',
    needs: ['stages', 'scans', 'plans', 'criticalPath', 'timeline'],
    fixability: 'review',
    saves: 'time',
    inCode: ['read'],
    thresholds: {
      minFiles: {
        value: 100,
        unit: 'count',
        origin: 'DataFlint: more than 100 files',
        description: 'files that one query must read from the table',
      },
      maxMeanBytes: {
        value: 8 * 1024 ** 2,
        unit: 'bytes',
        origin: 'twice spark.sql.files.openCostInBytes (4 MiB): below, opening costs more than reading',
        description: 'mean size up to which a file is small',
      },
      fileMs: {
        value: 12,
        unit: 'ms',
        origin: 'measured: 3,600 files of 10 KB took 40 s of task time, compacted nearly none: 11 ms a file',
        description: 'task time per small file on a file system',
      },
      remoteFileMs: {
        value: 60,
        unit: 'ms',
        origin: 'assumed, not measured: footer and data are 2–3 requests of 20–30 ms',
        description: 'task time per small file on an object store',
      },
      targetBytes: {
        value: 128 * 1024 ** 2,
        unit: 'bytes',
        origin: 'spark.sql.files.maxPartitionBytes',
        description: 'size of a good file',
      },
    },
    explains: ['tiny-tasks', 'driver-gap', 'scheduler-overhead', 'repeated-scan'],
  },
  diagnose({ stages, scans, plans, criticalPath, timeline }, t) {
    if (stages.all.length === 0) return { status: 'noData', missing: ['stages with tasks'] };
    if (plans.all.length === 0) return { status: 'notApplicable', why: 'no SQL plans in this log' };
    const fileScans = scans.filter(
      (scan) => scan.stages.length > 0 && scan.node.kind === 'scan' && !/^(LocalTableScan|Range|Scan ExistingRDD)/.test(scan.node.name),
    );
    if (fileScans.length === 0) return { status: 'clear', note: 'no files were scanned' };
    const known = fileScans.filter((scan) => scan.files !== undefined && scan.bytes !== undefined);
    if (known.length === 0) return { status: 'noData', missing: ['number and size of files read'] };
    const small = known.filter(
      (scan) => (scan.files as number) >= t.minFiles && (scan.bytes as number) / (scan.files as number) <= t.maxMeanBytes,
    );
    const tables = new Map<string, Scan[]>();
    for (const scan of small) tables.set(scan.source, [...(tables.get(scan.source) ?? []), scan]);
    return placesOr(
      [...tables].map(([source, reads]) => placeOf(source, reads)),
      'no table has many small files',
    );

    function placeOf(source: string, reads: readonly Scan[]): Place {
      const fileMs = isObjectStore(source) ? t.remoteFileMs : t.fileMs;
      const path = pathOf(source);
      const listings = listingsOf(stages.all, path, Math.max(...reads.map((scan) => scan.files as number)));
      const held = reads.reduce((sum, scan) => sum + heldOf(scan, fileMs), 0) + heldBy(criticalPath, listings);
      const most = reads.reduce((a, b) => ((b.files as number) > (a.files as number) ? b : a));
      const [files, bytes] = [most.files as number, most.bytes as number];
      const good = Math.max(1, Math.ceil(bytes / t.targetBytes), most.partitions ?? 1);
      return {
        cause: `${path} is read as ${formatCount(files)} files of ${formatBytes(bytes / files)} on average${reads.length > 1 ? `, by ${reads.length} queries` : ''}: ${listings.length > 0 ? `opening them, and listing each on its own (${formatCount(listings.length)} ${listings.length === 1 ? 'job' : 'jobs'}),` : 'opening them'} held the end for up to ${formatMillis(held)}.`,
        evidence: [
          ...unique([...reads.flatMap((scan) => scan.stages), ...listings]).map(stageRef),
          ...reads.map((scan) => nodeRef(scan.tree, scan.node)),
          { kind: 'table', path },
        ],
        numbers: [
          { name: 'files', value: files, unit: 'count' },
          { name: 'mean file', value: bytes / files, unit: 'bytes' },
          { name: 'bytes', value: bytes, unit: 'bytes' },
          ...(most.partitions === undefined ? [] : [{ name: 'partitions read', value: most.partitions, unit: 'count' as const }]),
        ],
        heldMs: held,
        remedies: [
          `Compact ${path} to about ${formatCount(good)} ${good === 1 ? 'file' : 'files'} (OPTIMIZE / rewrite_data_files, or rewrite it once with \`repartition\` by its partition columns).`,
          'Fix the job that writes it: `repartition(<partition columns>)` before its write, so that each run adds one file per partition.',
          ...(listings.length === 0
            ? []
            : [
                'Read the folder, with `pathGlobFilter` where only some files are meant, instead of a pattern or a list of its files: Spark then lists it once, and no job asks for each file.',
              ]),
          `Until then let one task take more files: spark.sql.files.openCostInBytes=${Math.max(64, Math.round(bytes / files / 1024))}k.`,
        ],
      };
    }

    function heldOf(scan: Scan, fileMs: number): number {
      const stages = unique(scan.stages);
      const total = stages.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
      const python = stages
        .flatMap((stage) => plans.ofStage(stage))
        .filter(({ node }) => node.kind === 'python-row' || node.kind === 'python-arrow');
      const inPython = unique(python.map(({ node }) => node)).reduce((sum, node) => sum + pythonMs(node), 0);
      const extra = (scan.files as number) - Math.ceil((scan.bytes as number) / t.targetBytes);
      const waste = Math.min(Math.max(0, total - inPython), extra * fileMs);
      const listing = timeline.segments
        .filter((segment) => segment.label === 'planning' && segment.executionId === scan.tree.execution.id)
        .reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0);
      const held = stages.reduce((sum, stage) => sum + criticalPath.held(stage), 0);
      return (total <= 0 ? 0 : held * Math.min(1, waste / total)) + Math.min(listing, scan.metadataMs ?? 0);
    }
  },
});

/** Jobs that listed the files of a folder one by one, because the program names files (a pattern, a list) and not their folder. */
function listingsOf(stages: readonly StageFact[], folder: string, files: number): StageFact[] {
  return stages.filter((stage) => {
    if (stage.execution !== undefined) return false;
    const [, count = '', path = ''] =
      /^Listing leaf files and directories for ([\d,]+) paths?:<br\/>\s*([^,]+)/.exec(stage.job?.description ?? '') ?? [];
    return path.startsWith(`${folder}/`) && Number(count.replaceAll(',', '')) >= files;
  });
}
