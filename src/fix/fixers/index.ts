// The one list of fixers. A fixer knows no other; which is tried first its `order` says.

import type { Fixer } from '../define.ts';
import { approxDistinct } from './approx-distinct.ts';
import { broadcastHint } from './broadcast-hint.ts';
import { broadcastOff } from './broadcast-off.ts';
import { cacheReused } from './cache-reused.ts';
import { castToNull } from './cast-to-null.ts';
import { coalesceAfter } from './coalesce-after.ts';
import { confPartitions, confSpill } from './conf-partitions.ts';
import { confAllocation, confExecutors, confHeap, confMemory, confSpeculation } from './conf-resources.ts';
import { confBroadcast, confDefault, confMerging, confSplits } from './conf-session.ts';
import { equiJoin } from './equi-join.ts';
import { explicitSchema } from './explicit-schema.ts';
import { filterRawPartition } from './filter-raw-partition.ts';
import { isEmpty } from './is-empty.ts';
import { jdbcPartitioned } from './jdbc-partitioned.ts';
import { loopToOneWrite } from './loop-to-one-write.ts';
import { nativeUdf } from './native-udf.ts';
import { needsPerson } from './needs-person.ts';
import { pandasToSpark } from './pandas-to-spark/index.ts';
import { releaseCache } from './release-cache.ts';
import { removeNeedless } from './remove-needless.ts';
import { repartitionBeforeWrite } from './repartition-before-write.ts';
import { retryInside } from './retry-inside.ts';
import { roundTrip } from './round-trip.ts';
import { saltAggregate } from './salt-aggregate.ts';
import { saltJoin } from './salt-join.ts';
import { selectColumns } from './select-columns.ts';
import { spreadInput } from './spread-input.ts';
import { streamBatch } from './stream-batch.ts';
import { windowPartition } from './window-partition.ts';
import { withColumns } from './with-columns.ts';

export const fixers: readonly Fixer[] = [
  approxDistinct,
  broadcastHint,
  broadcastOff,
  cacheReused,
  castToNull,
  coalesceAfter,
  confAllocation,
  confBroadcast,
  confDefault,
  confExecutors,
  confHeap,
  confMemory,
  confMerging,
  confPartitions,
  confSpeculation,
  confSpill,
  confSplits,
  equiJoin,
  explicitSchema,
  filterRawPartition,
  isEmpty,
  jdbcPartitioned,
  loopToOneWrite,
  nativeUdf,
  needsPerson,
  pandasToSpark,
  releaseCache,
  removeNeedless,
  repartitionBeforeWrite,
  retryInside,
  roundTrip,
  saltAggregate,
  saltJoin,
  selectColumns,
  spreadInput,
  streamBatch,
  windowPartition,
  withColumns,
];
