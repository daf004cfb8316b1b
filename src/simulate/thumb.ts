// The calculator: a cluster from the size of the data and the hardware alone. Rules of thumb, each with its source; nothing here was measured.
// Law: marked as a rule of thumb everywhere; a run of the job, however small, is a better adviser.

import { FiresteelError, formatBytes, GIB, MIB, plural } from '../base/index.ts';
import { type Advice, linesOf, type Sizing } from './sizing.ts';

export interface Hardware {
  readonly dataBytes: number;
  readonly nodes: number;
  readonly nodeCores: number;
  readonly nodeMemoryBytes: number;
  readonly workload: 'batch' | 'interactive' | 'streaming' | 'ml';
}

/** Cores of an executor by kind of work (as common cluster calculators have it). */
const CORES: Readonly<Record<Hardware['workload'], number>> = { batch: 4, interactive: 3, streaming: 2, ml: 5 };
/** For the operating system and the node's daemons (Cloudera, How-to: tune your Spark jobs, part 2). */
const SYSTEM_CORES = 1;
const SYSTEM_BYTES = GIB;
/** spark.executor.memoryOverheadFactor and its least. */
const OVERHEAD = 0.1;
const LEAST_OVERHEAD = 384 * MIB;
/** Above, a heap loses compressed pointers (HotSpot: 32 GiB). */
const MOST_HEAP = 31 * GIB;
const LEAST_HEAP = GIB;
/** Input of a task: spark.sql.files.maxPartitionBytes; of a shuffle partition: 128 MB to 1 GB, as common guides have it. */
const TASK_BYTES = 128 * MIB;
/** Tasks for each core (Spark's tuning guide: 2–3). */
const WAVES = 2;
/** Data from which the driver gets 8 GiB, as common cluster calculators have it. */
const LARGE = 10 * 1024 * GIB;

const gigs = (bytes: number): string => `${Math.max(1, Math.floor(bytes / GIB))}g`;

/** Sizes a cluster for data of this size. Throws a FiresteelError when a node cannot hold one executor. */
export function sizeByThumb({ dataBytes, nodes, nodeCores, nodeMemoryBytes, workload }: Hardware): Sizing {
  const free = Math.max(1, nodeCores - SYSTEM_CORES);
  const cores = Math.min(CORES[workload], free);
  const fitting = Math.max(1, Math.floor(free / cores));
  const memoryEach = (count: number) => (nodeMemoryBytes - SYSTEM_BYTES) / count;
  const heapOf = (bytes: number) => Math.min(bytes / (1 + OVERHEAD), bytes - LEAST_OVERHEAD);
  let each = fitting;
  while (each > 1 && heapOf(memoryEach(each)) < LEAST_HEAP * 2) each--;
  const heap = Math.floor(Math.min(MOST_HEAP, heapOf(memoryEach(each))) / GIB) * GIB;
  if (heap < LEAST_HEAP)
    throw new FiresteelError(
      'wrong-usage',
      `A node with ${formatBytes(nodeMemoryBytes)} has no room for an executor of 1 GiB beside its system.`,
      'Give --node-memory of a larger machine.',
    );
  const possible = Math.max(1, nodes * each - 1);
  const tasks = Math.max(1, Math.ceil(dataBytes / TASK_BYTES));
  // More slots than tasks of two waves never work.
  const useful = Math.max(1, Math.ceil(tasks / cores / WAVES));
  const executors = Math.min(possible, useful);
  const slots = executors * cores;
  const partitions = Math.max(1, Math.ceil(Math.max(tasks, WAVES * slots) / slots) * slots);
  const overhead = Math.ceil(Math.max(LEAST_OVERHEAD, OVERHEAD * heap) / (64 * MIB)) * 64;
  const driver = dataBytes > LARGE ? '8g' : '4g';
  const thumb = (key: string, value: string, reason: string): Advice => ({ key, value, was: undefined, reason, basis: 'rule of thumb' });
  const least = Math.max(1, Math.ceil(executors / 10));
  const advice: Advice[] = [
    thumb(
      'spark.executor.instances',
      String(executors),
      useful < possible
        ? `${plural(tasks, 'task')} of 128 MiB fill ${executors} executors twice; the ${nodes} nodes could hold ${possible}`
        : `${plural(nodes, 'node')} × ${each} executors, less one for the driver (Cloudera’s guide)`,
    ),
    thumb(
      'spark.executor.cores',
      String(cores),
      `${workload} work: ${CORES[workload]} cores (usual in cluster calculators; five at most for HDFS, Cloudera’s guide); one core of each node is left to its system`,
    ),
    thumb(
      'spark.executor.memory',
      gigs(heap),
      `(${formatBytes(nodeMemoryBytes)} − 1 GiB for the system) ÷ ${each} executors ÷ 1.1 for what lies beside the heap${heap >= MOST_HEAP ? ', at most 31 GiB (compressed pointers)' : ''}`,
    ),
    thumb(
      'spark.executor.memoryOverhead',
      `${overhead}m`,
      'a tenth of the heap, at least 384 MiB (Spark’s default); more for Python workers',
    ),
    thumb('spark.driver.memory', driver, 'usual in cluster calculators: 4 GiB, 8 GiB above 10 TB'),
    thumb(
      'spark.sql.shuffle.partitions',
      String(partitions),
      `${formatBytes(dataBytes)} ÷ 128 MiB, at least ${WAVES} tasks a core (Spark’s tuning guide: 2–3), in whole waves of ${slots}`,
    ),
    thumb(
      'spark.dynamicAllocation.enabled',
      'true',
      'nothing is known of the work: what is idle for a minute goes (Spark’s guide to job scheduling)',
    ),
    thumb('spark.dynamicAllocation.minExecutors', String(least), 'a tenth, so that a quiet stage costs little'),
    thumb('spark.dynamicAllocation.maxExecutors', String(executors), 'the number above'),
    thumb('spark.dynamicAllocation.shuffleTracking.enabled', 'true', 'executors with shuffle blocks stay where no shuffle service runs'),
  ];
  const pool = executors * (heap - 300 * MIB) * 0.6;
  return {
    schema: 'firesteel/size@1',
    basis: 'rule of thumb',
    name: `${formatBytes(dataBytes)} on ${plural(nodes, 'node')} of ${plural(nodeCores, 'core')} and ${formatBytes(nodeMemoryBytes)}`,
    runs: 0,
    goal: 'time',
    deadlineMs: null,
    meetsDeadline: null,
    chosen: null,
    elbow: null,
    points: [],
    currency: null,
    advice,
    assumptions: [
      'a rule of thumb: no run was measured, and no time is forecast; one run of the job, then firesteel size LOG, says more',
      `Spark’s memory of all executors is ${formatBytes(pool)}: ${pool >= 3 * dataBytes ? 'the data, about three times as large in memory, can be cached' : 'the data, about three times as large in memory, cannot be cached whole'}`,
    ],
    ...linesOf(advice),
  };
}
