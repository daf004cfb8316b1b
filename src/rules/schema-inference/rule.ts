// Schema inference: a whole pass over CSV, JSON or XML files only to guess the types of their columns, before the read itself.
// Law: the pass is known by its shape: a job of no query that reads lines of text and is followed by a query that reads the same files as rows.

import { formatBytes, formatCount, formatMillis } from '../../base/index.ts';
import type { Scan, StageFact } from '../../facts/index.ts';
import { defineRule, type Place, placesOr } from '../define.ts';
import { pathOf } from '../reading.ts';
import { missingTasks, nodeRef, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'schema-inference',
    title: 'Extra pass to guess a schema',
    category: 'reading',
    needs: ['stages', 'scans', 'criticalPath'],
    fixability: 'safe',
    saves: 'time',
    inCode: ['read'],
    thresholds: {
      minBytes: {
        value: 1024 * 1024,
        unit: 'bytes',
        origin: 'the header alone is a few KiB; a pass over the data reads all of it',
        description: 'bytes from which a pass is one over the data',
      },
    },
    explains: ['repeated-scan'],
  },
  diagnose({ stages, scans, criticalPath }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const rows = scans.filter((scan) => TEXT.test(scan.format ?? ''));
    if (rows.length === 0) return { status: 'notApplicable', why: 'no CSV, JSON or XML file is read by a query' };
    return placesOr(
      stages.all.filter((stage) => infers(stage, t.minBytes)).map(placeOf),
      'no pass over the data before the files were read',
    );

    function placeOf(stage: StageFact): Place {
      const bytes = stage.total('inputBytes');
      const read = rows.find((scan) => scan.bytes !== undefined && Math.abs(scan.bytes - bytes) <= 0.01 * bytes) ?? laterRead(stage);
      const heldMs = criticalPath.held(stage);
      const path = read === undefined ? undefined : pathOf(read.source);
      const format = read?.format?.toUpperCase() ?? 'text';
      const schema = read === undefined || read.readSchema === '' || /\.\.\./.test(read.readSchema) ? undefined : ddl(read.readSchema);
      return {
        cause: `${formatCount(stage.total('inputRecords'))} lines (${formatBytes(bytes)})${path === undefined ? '' : ` of ${path}`} are parsed once only to guess their types (stage ${stage.stage.id}, ${stage.stage.name.split(' at ')[0]}), before the query reads them: that pass held the end for ${formatMillis(heldMs)}.`,
        evidence: [
          stageRef(stage),
          ...stage.stage.jobIds.map((jobId) => ({ kind: 'job' as const, jobId })),
          ...(read === undefined ? [] : [nodeRef(read.tree, read.node)]),
          ...(path === undefined ? [] : [{ kind: 'table' as const, path }]),
        ],
        numbers: [
          { name: 'lines', value: stage.total('inputRecords'), unit: 'count' },
          { name: 'bytes', value: bytes, unit: 'bytes' },
          { name: 'task time', value: stage.taskTimeMs, unit: 'ms' },
        ],
        heldMs,
        remedies: [
          `Give the schema: \`.schema("…")\` instead of ${format === 'JSON' ? 'none' : '`inferSchema`'}${schema === undefined ? '' : ` (the query reads ${schema})`}; types no longer change with the data either.`,
          'If the files change their columns, look at a part only: `.option("samplingRatio", 0.01)`.',
        ],
      };
    }

    /** The read that comes next. */
    function laterRead(stage: StageFact): Scan | undefined {
      return rows.find((scan) => (scan.tree.execution.startMs ?? 0) >= stage.startMs);
    }
  },
});

const TEXT = /^(csv|json|xml)$/i;

/** No query, a reader's call, lines of text turned into objects, and a whole file's worth of them. */
function infers(stage: StageFact, minBytes: number): boolean {
  const { stage: attempt } = stage;
  if (stage.execution !== undefined || attempt.attempt > 0 || stage.total('inputBytes') < minBytes) return false;
  if (!/^(csv|json|xml|load|table|sql|option)\b/.test(attempt.name)) return false;
  const scopes = attempt.rdds.map((rdd) => `${rdd.scope ?? ''} ${rdd.name}`);
  return (
    scopes.some((name) => /Scan text|FileScanRDD|HadoopRDD|BinaryFileRDD/.test(name)) &&
    !scopes.some((name) => /Scan (csv|json|xml|parquet|orc)/i.test(name))
  );
}

/** `struct<a:int,b:string>` → `a int, b string`. */
const ddl = (schema: string) => {
  const inner = /^struct<(.*)>$/.exec(schema)?.[1];
  return inner === undefined || /[<(]/.test(inner) || inner.length > 300 ? undefined : inner.replaceAll(':', ' ').replaceAll(',', ', ');
};
