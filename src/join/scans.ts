// Scans of the run's plans ↔ reads of the program, by path, table and format.
// Law: a scan that several reads fit belongs to all of them; a format that is known on both sides must be the same.

import { FACTS, type FactStore, type PlanNode, type Scan } from '../facts/index.ts';
import { optionOf, type Program, type Read } from '../pyspark/index.ts';
import { bestFit, pathsIn, tableFits } from './paths.ts';

export interface ScanMap {
  /** Reads that may have made a scan, those that fit best; more than one when they fit alike. */
  readsOf(node: PlanNode): readonly Read[];
  scansOf(read: Read): readonly PlanNode[];
  /** True when a path or table was compared, and not the format alone. */
  isNamed(node: PlanNode): boolean;
}

const FILE_FORMATS = /^(parquet|csv|json|orc|text|avro|xml|binaryfile)$/;

export function scanMapOf(store: FactStore, program: Program): ScanMap {
  const readsBy = new Map<PlanNode, readonly Read[]>();
  const scansBy = new Map<Read, PlanNode[]>();
  const named = new Set<PlanNode>();
  // Scans below a cache are left out of the facts: they are scans all the same.
  const known = new Map(store.get(FACTS.scans).map((scan) => [scan.node, scan]));
  for (const tree of store.get(FACTS.plans).all) {
    for (const node of tree.nodes) {
      if (node.kind !== 'scan' && node.kind !== 'jdbc-scan') continue;
      const fits = program.reads
        .map((read) => ({ read, fit: fitOf(read, node, known.get(node)) }))
        .filter(({ fit }) => fit !== undefined) as { read: Read; fit: number }[];
      const best = Math.max(0, ...fits.map(({ fit }) => fit));
      const reads = fits.filter(({ fit }) => fit >= best - 0.01).map(({ read }) => read);
      readsBy.set(node, reads);
      if (best >= 1) named.add(node);
      for (const read of reads) {
        const list = scansBy.get(read) ?? [];
        list.push(node);
        scansBy.set(read, list);
      }
    }
  }
  return {
    readsOf: (node) => readsBy.get(node) ?? [],
    scansOf: (read) => scansBy.get(read) ?? [],
    isNamed: (node) => named.has(node),
  };
}

/** How well a read fits a scan: literal characters that agree; 0 when nothing speaks for or against it. */
function fitOf(read: Read, node: PlanNode, scan: Scan | undefined): number | undefined {
  const text = `${node.name} ${node.detail} ${node.metadata.Location ?? ''}`;
  if (node.kind === 'jdbc-scan') {
    if (read.format !== undefined && read.format !== 'jdbc') return undefined;
    const table = optionOf(read.options, 'dbtable')?.value ?? optionOf(read.options, 'query')?.value;
    if (typeof table !== 'string') return 0;
    const relation = /JDBCRelation\((.*?)\)(?: \[|$| )/.exec(text)?.[1] ?? text;
    if (/\bselect\b/i.test(table)) return /\bselect\b|SPARK_GEN/i.test(relation) ? 1 : undefined;
    return tableFits(table, relation) ? table.length : undefined;
  }
  if (read.format === 'jdbc') return undefined;
  const format = (scan?.format ?? node.metadata.Format ?? /^(?:File|Batch)?Scan (\w+)/.exec(node.detail)?.[1] ?? '').toLowerCase();
  const file = FILE_FORMATS.test(format);
  if (file && read.format !== undefined && FILE_FORMATS.test(read.format) && read.format !== format) return undefined;
  if (read.table !== undefined) {
    if (read.table.constant === undefined) return read.table.pattern === '*' ? 0 : undefined;
    return tableFits(read.table.constant, text) ? read.table.constant.length : undefined;
  }
  const paths = pathsIn(node.metadata.Location ?? /Location: \S*?(?:\([^)]*\))?\[[^\]]*\]?/.exec(node.detail)?.[0] ?? '');
  if (paths.length === 0 || read.paths.length === 0) return file && read.format === format ? 0 : undefined;
  let best: number | undefined;
  for (const path of read.paths) {
    const fit = bestFit(path, paths, true);
    if (fit !== undefined) best = Math.max(best ?? 0, fit);
  }
  return best;
}
