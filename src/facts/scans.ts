// Every read of a data source, over all queries and RDD jobs: what was read, how much, how often.
// Law: two reads are the same when location, filters and columns are the same text after expression ids are taken out.

import { defineFact } from './define.ts';
import { type PlanNode, type PlanTree, plans } from './plans.ts';
import type { StageFact } from './stages.ts';

export interface Scan {
  readonly tree: PlanTree;
  readonly node: PlanNode;
  /** Location or relation, without expression ids. */
  readonly source: string;
  readonly format: string | undefined;
  /** Same location, filters and columns read give the same text. */
  readonly signature: string;
  readonly partitionFilters: string;
  readonly pushedFilters: string;
  readonly readSchema: string;
  readonly files: number | undefined;
  /** Bytes: `size of files read`, which also holds where the task metric misses vectored reads. */
  readonly bytes: number | undefined;
  readonly rows: number | undefined;
  readonly partitions: number | undefined;
  /** Σ scan time over tasks, ms. */
  readonly scanMs: number | undefined;
  /** Listing and pruning on the driver, ms. */
  readonly metadataMs: number | undefined;
  readonly stages: readonly StageFact[];
}

/** `amount#12L` → `amount`; `plan_id=42` → `plan_id`. */
export const withoutIds = (text: string): string =>
  text
    .replace(/#\d+L?/g, '')
    .replace(/plan_id=\d+/g, 'plan_id')
    .replace(/\[id=\d*\]/g, '');

export const scans = defineFact('scans', (_run, get): readonly Scan[] => {
  const out: Scan[] = [];
  for (const tree of get(plans).all) {
    for (const node of tree.nodes) {
      if ((node.kind !== 'scan' && node.kind !== 'jdbc-scan') || node.reused || node.cached) continue;
      const { metadata } = node;
      const part = (key: string) => metadata[key] ?? new RegExp(`${key}: ?(\\[[^\\]]*\\]?|[^,]*)`).exec(node.detail)?.[1] ?? '';
      const source = withoutIds(metadata.Location ?? (part('Location') || node.detail.split('[')[0] || node.name)).trim();
      const partitionFilters = withoutIds(part('PartitionFilters'));
      const pushedFilters = withoutIds(part('PushedFilters'));
      const readSchema = withoutIds(part('ReadSchema'));
      out.push({
        tree,
        node,
        source,
        format: metadata.Format ?? /^(?:FileScan|Scan) (\w+)/.exec(node.detail)?.[1],
        signature: [source, partitionFilters, pushedFilters, readSchema].join('|'),
        partitionFilters,
        pushedFilters,
        readSchema,
        files: node.metric('number of files read', 'number of files'),
        bytes: node.metric('size of files read', 'num bytes read'),
        rows: node.metric('number of output rows', 'rows scanned'),
        partitions: node.metric('number of partitions read'),
        scanMs: node.metric('scan time', 'scan time total (min, med, max)'),
        metadataMs: node.metric('metadata time', 'metadata time (ms)'),
        stages: node.stages,
      });
    }
  }
  return out;
});
