// An ExecGraph, and changes of it, as JSON beside columns of numbers: the form in which they travel to a page.
// Law: what comes out replays as what went in, to a tenth of a millisecond a task; bytes and records of a stage come out to 1/65,536 of the largest.

import type { Column } from '../base/index.ts';
import type { GraphChange, StageChange } from './change.ts';
import type { ExecGraph, SimStage, SlotSteps, TaskParts, TaskSet } from './graph.ts';
import { taskSet } from './tasks.ts';

/** Index of a column; −1: empty. */
type Ref = number;

interface PackedTasks {
  readonly floorMs: number;
  readonly duration: Ref;
  readonly after: Ref | null;
  readonly lost: Ref | null;
  readonly parts: readonly Ref[];
}

interface PackedSlots {
  readonly times: readonly number[];
  readonly slots: readonly number[];
}

export type PackedGraph = Omit<ExecGraph, 'stages' | 'slots'> & {
  readonly slots: PackedSlots;
  readonly stages: readonly (Omit<SimStage, 'tasks'> & { readonly tasks: PackedTasks })[];
};

export type PackedChange = Omit<GraphChange, 'stages' | 'slots'> & {
  readonly slots: PackedSlots | null;
  readonly stages: readonly (Omit<StageChange, 'tasks'> & { readonly tasks: PackedTasks | null })[];
};

/** Every column of a task's parts: the compiler asks for a new one here too. */
const ALL_PARTS: Readonly<Record<keyof TaskParts, true>> = {
  partition: true,
  cpuMs: true,
  waitMs: true,
  gcMs: true,
  fixedMs: true,
  spillBytes: true,
  shuffleWriteMs: true,
  fetchMs: true,
  needBytes: true,
  bytes: true,
  records: true,
};
const PARTS = Object.keys(ALL_PARTS) as readonly (keyof TaskParts)[];
/** Durations to a tenth, the parts of a task to whole units: only sums and medians of them are used. */
const STEP = 0.1;
/** Amounts are only compared with each other and fitted: their size sets the step. */
const AMOUNTS: ReadonlySet<keyof TaskParts> = new Set(['spillBytes', 'needBytes', 'bytes', 'records']);
const FINEST = 65_536;

function amountStep(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i] as number);
  return Math.max(1, Math.round(most / FINEST));
}

function packTasks(tasks: TaskSet, columns: Column[]): PackedTasks {
  const put = (values: ArrayLike<number>, step: number): Ref => (values.length === 0 ? -1 : columns.push({ values, step }) - 1);
  const parts = tasks.parts();
  return {
    floorMs: tasks.floorMs,
    duration: put(tasks.duration, STEP),
    // −1 (waits for nobody) has no place among numbers from 0 on.
    after:
      tasks.after === undefined
        ? null
        : put(
            Float64Array.from(tasks.after, (row) => row + 1),
            1,
          ),
    lost: tasks.lost === undefined ? null : put(tasks.lost, 1),
    parts: PARTS.map((name) => put(parts[name], AMOUNTS.has(name) ? amountStep(parts[name]) : 1)),
  };
}

function unpackTasks(packed: PackedTasks, columns: readonly Float64Array[]): TaskSet {
  const get = (ref: Ref): Float64Array => columns[ref] ?? new Float64Array(0);
  return taskSet(
    get(packed.duration),
    packed.floorMs,
    () => Object.fromEntries(PARTS.map((name, i) => [name, get(packed.parts[i] as Ref)])) as unknown as TaskParts,
    packed.after === null ? undefined : Int32Array.from(get(packed.after), (row) => row - 1),
    packed.lost === null ? undefined : Uint8Array.from(get(packed.lost)),
  );
}

const packSlots = ({ times, slots }: SlotSteps): PackedSlots => ({ times: [...times], slots: [...slots] });
const unpackSlots = ({ times, slots }: PackedSlots): SlotSteps => ({ times: Float64Array.from(times), slots: Float64Array.from(slots) });

/** The graph as JSON; the tasks' numbers go to `columns`, behind what is there. */
export const packGraph = (graph: ExecGraph, columns: Column[]): PackedGraph => ({
  ...graph,
  slots: packSlots(graph.slots),
  stages: graph.stages.map((stage) => ({ ...stage, tasks: packTasks(stage.tasks, columns) })),
});

/** The graph that `packGraph` packed; `columns` as they came out of `unpackColumns`. */
export const unpackGraph = (packed: PackedGraph, columns: readonly Float64Array[]): ExecGraph => ({
  ...packed,
  slots: unpackSlots(packed.slots),
  stages: packed.stages.map((stage) => ({
    ...stage,
    blocks: stage.blocks ?? undefined,
    tasks: unpackTasks(stage.tasks, columns),
  })),
});

export const packChange = (change: GraphChange, columns: Column[]): PackedChange => ({
  ...change,
  slots: change.slots === undefined ? null : packSlots(change.slots),
  stages: change.stages.map((one) => ({ ...one, tasks: one.tasks === undefined ? null : packTasks(one.tasks, columns) })),
});

export const unpackChange = (packed: PackedChange, columns: readonly Float64Array[]): GraphChange => ({
  ...packed,
  endGap: packed.endGap ?? undefined,
  executors: packed.executors ?? undefined,
  slots: packed.slots === null ? undefined : unpackSlots(packed.slots),
  stages: packed.stages.map(({ tasks, ...one }) => (tasks === null ? one : { ...one, tasks: unpackTasks(tasks, columns) })),
});
