// What decides how many tasks a stage has: a shuffle's partitions, AQE's merging of them, or the splits of files.
// Law: only what the plan says; a stage whose number cannot be explained keeps its tasks in every what-if.
// Sources: FilePartition.maxSplitBytes and getFilePartitions, ShufflePartitionsUtil.coalescePartitions (Spark 3.2–4.x).

import {
  exchangePartitions,
  isObjectStore,
  type PlanNode,
  type Plans,
  type Settings,
  type StageFact,
  shufflesRead,
} from '../facts/index.ts';
import type { SimStage, Width } from './graph.ts';

const MIB = 1024 ** 2;
const FIXED: Width = { kind: 'fixed' };

/** spark.sql.shuffle.partitions when nobody set it. */
const DEFAULT_PARTITIONS = 200;

export function widthOf(fact: StageFact, plans: Plans, settings: Settings): Width {
  const execution = fact.execution;
  const shuffles = shufflesRead(fact, plans);
  const tasks = fact.stage.taskCount;
  if (shuffles.length > 0) {
    const setting = settings.number('spark.sql.shuffle.partitions', execution) ?? DEFAULT_PARTITIONS;
    const counts = shuffles.map(({ exchange }) => exchangePartitions(exchange));
    const partitions = counts[0];
    if (partitions === undefined || counts.some((count) => count !== partitions) || partitions <= 1) return FIXED;
    const merged = partitions > tasks;
    if (!merged && partitions !== tasks) return FIXED;
    const minBytes = settings.bytes('spark.sql.adaptive.coalescePartitions.minPartitionSize', 1, execution) ?? MIB;
    return {
      kind: 'shuffle',
      partitions,
      // A program that repartitions into just as many as the setting has both from one place.
      follows: partitions === setting,
      merged,
      hash: shuffles.every(({ exchange }) => /hashpartitioning/.test(exchange.detail)),
      advisoryBytes: settings.bytes('spark.sql.adaptive.advisoryPartitionSizeInBytes', 1, execution) ?? 64 * MIB,
      minBytes,
    };
  }
  const scans = plans.ofStage(fact).filter(({ node }) => node.kind === 'scan' && !node.cached);
  const scan = scans[0]?.node;
  if (scan === undefined || scans.length !== 1 || fact.stage.rdds.some((rdd) => rdd.name === 'CoalescedRDD')) return FIXED;
  return filesOf(scan, settings, fact);
}

/** spark.shuffle.sort.bypassMergeThreshold when nobody set it. */
const BYPASS = 200;

/** The shuffle that a stage writes, as the plan names it. */
export function blocksOf(fact: StageFact, plans: Plans, settings: Settings): SimStage['blocks'] {
  if (fact.total('shuffleWriteRecords') <= 0) return undefined;
  const read = new Set(shufflesRead(fact, plans).map(({ exchange }) => exchange));
  const own = plans.ofStage(fact).filter(({ node }) => node.kind === 'exchange' && !read.has(node));
  const count = own.length === 1 ? exchangePartitions((own[0] as (typeof own)[number]).node) : undefined;
  if (count === undefined || count <= 1) return undefined;
  const setting = settings.number('spark.sql.shuffle.partitions', fact.execution) ?? DEFAULT_PARTITIONS;
  return { count, follows: count === setting, bypassTo: settings.number('spark.shuffle.sort.bypassMergeThreshold') ?? BYPASS };
}

/** Task time per small file: measured on a file system (3,600 files of 10 KB); assumed for an object store, 2–3 requests of 20–30 ms. */
const FILE_MS = 12;
const REMOTE_FILE_MS = 60;

function filesOf(scan: PlanNode, settings: Settings, fact: StageFact): Width {
  const files = scan.metric('number of files read', 'number of files');
  const bytes = scan.metric('size of files read');
  if (files === undefined || bytes === undefined || files < 1 || bytes <= 0 || scan.stages.length !== 1) return FIXED;
  if (settings.number('spark.sql.files.minPartitionNum', fact.execution) !== undefined) return FIXED;
  return {
    kind: 'files',
    files,
    bytes,
    maxBytes: settings.bytes('spark.sql.files.maxPartitionBytes', 1, fact.execution) ?? 128 * MIB,
    openBytes: settings.bytes('spark.sql.files.openCostInBytes', 1, fact.execution) ?? 4 * MIB,
    fileMs: isObjectStore(scan.detail) ? REMOTE_FILE_MS : FILE_MS,
  };
}

/** Number of splits that Spark makes of equal files for so many slots. */
export function splitsOf(width: Extract<Width, { kind: 'files' }>, slots: number): number {
  const { files, bytes, maxBytes, openBytes } = width;
  const perSlot = (bytes + files * openBytes) / Math.max(1, slots);
  const most = Math.min(maxBytes, Math.max(openBytes, perSlot));
  const size = bytes / files;
  const whole = Math.floor(size / most);
  const rest = size - whole * most;
  // Pieces in falling order of size, put together as long as they fit; opening a file counts as openBytes.
  let count = whole * files;
  if (rest <= 0) return Math.max(1, count);
  let open = false;
  let at = 0;
  for (let i = 0; i < Math.min(files, 1_000_000); i++) {
    if (open && at + rest > most) {
      count++;
      at = 0;
    }
    open = true;
    at += rest + openBytes;
  }
  return Math.max(1, count + (open ? 1 : 0));
}

/** Bytes to which AQE merges partitions (ShufflePartitionsUtil: at least minBytes, at most advisory, else total ÷ slots). */
export const mergeTarget = (width: Extract<Width, { kind: 'shuffle' }>, totalBytes: number, slots: number): number =>
  Math.max(width.minBytes, Math.min(width.advisoryBytes, Math.ceil(totalBytes / Math.max(1, slots))));
