// Tasks of a stage for the page: which are drawn, and their numbers as columns.
// Laws: of a sample, the slowest and those that read or wrote the most are there, the rest is drawn evenly by launch;
// what no task did (writing, spilling) costs no bytes.

import { type Column, plus, sorted } from '../../base/index.ts';
import { FLAG, type StageFact } from '../../facts/index.ts';
import { TASK_COLUMNS } from './types.ts';

/** Of a sample, this part is the slowest tasks: they are what a reader looks for. */
const SLOWEST = 0.25;
/** And this part each those that read and those that wrote the most, where they are not among the slowest. */
const HEAVIEST = 0.05;

/** Rows to draw of a stage, at most so many, in file order. */
export function sampleOf({ stage }: StageFact, most: number): Uint32Array {
  const n = stage.tasks.length;
  if (most <= 0) return new Uint32Array(0);
  if (n <= most) return Uint32Array.from({ length: n }, (_, i) => i);
  const { tasks } = stage;
  const chosen = new Set<number>();
  const take = (values: ArrayLike<number>, part: number) => {
    // At least one: the task that stands out is what a reader looks for.
    let left = Math.min(most - chosen.size, Math.max(1, Math.floor(most * part)));
    const least = sorted(values)[n - left] ?? 0;
    const add = (fits: (value: number) => boolean) => {
      for (let row = 0; row < n && left > 0; row++)
        if (fits(values[row] as number)) {
          chosen.add(row);
          left--;
        }
    };
    add((value) => value > least);
    if (least > 0) add((value) => value === least);
  };
  take(tasks.int('duration'), SLOWEST);
  take(plus(tasks.column('inputBytes'), tasks.column('shuffleReadBytes')), HEAVIEST);
  take(plus(tasks.column('outputBytes'), tasks.column('shuffleWriteBytes')), HEAVIEST);
  take(plus(tasks.column('outputRecords'), tasks.column('shuffleWriteRecords')), HEAVIEST);
  const rest = Array.from({ length: n }, (_, row) => row).filter((row) => !chosen.has(row));
  const step = rest.length / Math.max(1, most - chosen.size);
  for (let at = 0; at < rest.length && chosen.size < most; at += step) chosen.add(rest[Math.floor(at)] as number);
  return Uint32Array.from(chosen).sort();
}

/** Puts the numbers of some tasks behind the columns; the index of the first of them. */
export function put({ stage: { tasks } }: StageFact, rows: Uint32Array, startMs: number, columns: Column[]): number {
  const first = columns.length;
  const of = (name: Parameters<typeof tasks.column>[0]) => tasks.column(name);
  const [input, shuffle, inputRecords, shuffleRecords] = [
    of('inputBytes'),
    of('shuffleReadBytes'),
    of('inputRecords'),
    of('shuffleReadRecords'),
  ];
  const [output, shuffleWritten, outputRecords, shuffleWrittenRecords] = [
    of('outputBytes'),
    of('shuffleWriteBytes'),
    of('outputRecords'),
    of('shuffleWriteRecords'),
  ];
  const [disk, flags] = [of('diskSpilled'), of('flags')];
  const values: Record<(typeof TASK_COLUMNS)[number], (row: number) => number> = {
    index: (row) => of('index')[row] as number,
    attempt: (row) => of('attempt')[row] as number,
    launch: (row) => tasks.launchMs(row) - startMs,
    duration: (row) => of('duration')[row] as number,
    bytes: (row) => (input[row] as number) + (shuffle[row] as number),
    records: (row) => (inputRecords[row] as number) + (shuffleRecords[row] as number),
    spill: (row) => disk[row] as number,
    gc: (row) => of('gcMs')[row] as number,
    executor: (row) => of('executor')[row] as number,
    state: (row) => {
      const flag = flags[row] as number;
      if ((flag & FLAG.success) === 0) return (flag & FLAG.killed) === 0 ? 1 : 2;
      return (flag & FLAG.speculative) === 0 ? 0 : 3;
    },
    bytesWritten: (row) => (output[row] as number) + (shuffleWritten[row] as number),
    recordsWritten: (row) => (outputRecords[row] as number) + (shuffleWrittenRecords[row] as number),
  };
  for (const name of TASK_COLUMNS) {
    const column = Float64Array.from(rows, values[name]);
    columns.push({ values: column.some((value) => value !== 0) ? column : [], step: 1 });
  }
  return first;
}
