// Shuffle spill: partitions too large for a task's memory; and a spill of a few MB, one that skew explains, none.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const MB = 1e6;
const sorted = (tasks: Parameters<typeof times>[1][], partitions = 2, memory = 200 * MB) =>
  log({ master: 'yarn', cores: 2, executors: [{ memory }] }).sql({
    plan: node('Window', 'Window [rank()]', { 'spill size': 100 * MB }, [
      node('Sort', 'Sort [k#1 ASC NULLS FIRST], false, 0', { 'spill size': 170 * MB }, [
        exchange(`hashpartitioning(k#1, ${partitions})`, { 'data size': 400 * MB }, scan({ path: '/tx', rows: 1_300_000, files: 2 })),
      ]),
    ]),
    stages: [
      { tasks: times(2, { ms: 2500, inputRecords: 650_000, shuffleWriteRecords: 650_000, shuffleWriteBytes: 66 * MB }) },
      { tasks: tasks as never },
    ],
  });
const task = (spill: number, ms = 15_000, records = 650_000) => ({
  ms,
  shuffleReadRecords: records,
  shuffleReadBytes: records * 100,
  peakMemory: 100 * MB,
  memorySpilled: spill * 2,
  diskSpilled: spill,
});

ruleTester(rule, {
  found: [
    {
      name: 'two partitions of twice the memory',
      run: sorted([task(41 * MB), task(41 * MB)]),
      expect: {
        heldMs: [4000, 8000],
        evidence: [
          { kind: 'stage', stageId: 1 },
          { kind: 'sql', node: 'Sort' },
        ],
        cause: /Sort in stage 1 spilled/,
        remedies: /Raise spark\.sql\.shuffle\.partitions from 2 to/,
      },
    },
    {
      name: 'adaptive execution merged too far',
      run: sorted([task(42 * MB), task(42 * MB)], 200),
      expect: { remedies: /advisoryPartitionSizeInBytes=/ },
    },
  ],
  clear: [
    { name: 'no spill', run: sorted([task(0), task(0)]), expect: { says: /nothing was spilled/ } },
    {
      name: 'skew explains it',
      run: sorted([
        task(0, 1000, 10_000),
        task(0, 1000, 10_000),
        task(0, 1000, 10_000),
        task(0, 1000, 10_000),
        task(41 * MB, 40_000, 900_000),
      ]),
      expect: { says: /skew/ },
    },
  ],
  noData: [{ name: 'no task has ended', run: log() }],
});
