// Replay: event-driven list scheduling of an ExecGraph. Jobs start behind their gap, stages behind their parents, tasks in order on free slots.
// Laws: deterministic (ties by the order in which events were made); changes nothing; a graph without slots or with a cycle is undefined, not wrong.
// FIFO as in Spark: by job, then by stage id; FAIR: the pool with the fewest running tasks first (equal weights), FIFO inside.

import type { ExecGraph } from './graph.ts';

export interface Replayed {
  /** Wall time of the application, ms. */
  readonly wallMs: number;
  readonly jobStart: Float64Array;
  readonly jobEnd: Float64Array;
  /** First launch and last end of each stage, ms; NaN when it never ran. */
  readonly stageStart: Float64Array;
  readonly stageEnd: Float64Array;
  /** Σ time of tasks in slots, slot-ms. */
  readonly busyMs: number;
  /** ∫ slots dt until the end, slot-ms. */
  readonly slotMs: number;
}

const TASK = 0;
const JOB = 1;
const STAGE = 2;
const SLOTS = 3;

/** A binary heap of events: time, then order of making. What an event is stays in its record; only time and record number move. */
class Events {
  private times = new Float64Array(256);
  private ids = new Int32Array(256);
  /** By record number. */
  private order = new Float64Array(256);
  private kinds = new Uint8Array(256);
  private whats = new Int32Array(256);
  private rows = new Int32Array(256);
  private free = new Int32Array(256);
  private freed = 0;
  private records = 0;
  private made = 0;
  size = 0;
  /** The event last taken. */
  time = 0;
  kind = 0;
  what = 0;
  row = 0;

  add(time: number, kind: number, what: number, row: number): void {
    if (this.size === this.times.length) this.grow();
    const { times, ids } = this;
    const id = this.freed > 0 ? (this.free[--this.freed] as number) : this.records++;
    this.order[id] = this.made++;
    this.kinds[id] = kind;
    this.whats[id] = what;
    this.rows[id] = row;
    let at = this.size++;
    // A new event is the youngest: it stays below those of its own time.
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const t = times[parent] as number;
      if (t <= time) break;
      times[at] = t;
      ids[at] = ids[parent] as number;
      at = parent;
    }
    times[at] = time;
    ids[at] = id;
  }

  /** Takes the first event; false when there is none. */
  take(): boolean {
    if (this.size === 0) return false;
    const { times, ids, order } = this;
    const taken = ids[0] as number;
    this.time = times[0] as number;
    this.kind = this.kinds[taken] as number;
    this.what = this.whats[taken] as number;
    this.row = this.rows[taken] as number;
    this.free[this.freed++] = taken;
    const last = --this.size;
    if (last === 0) return true;
    const time = times[last] as number;
    const id = ids[last] as number;
    const age = order[id] as number;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= last) break;
      let t = times[child] as number;
      if (child + 1 < last) {
        const other = times[child + 1] as number;
        if (other < t || (other === t && (order[ids[child + 1] as number] as number) < (order[ids[child] as number] as number))) {
          child++;
          t = other;
        }
      }
      if (time < t || (time === t && age < (order[ids[child] as number] as number))) break;
      times[at] = t;
      ids[at] = ids[child] as number;
      at = child;
    }
    times[at] = time;
    ids[at] = id;
    return true;
  }

  next(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.times[0] as number);
  }

  private grow(): void {
    const copy = <T extends Float64Array | Uint8Array | Int32Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    const n = this.times.length * 2;
    this.times = copy(this.times, new Float64Array(n));
    this.ids = copy(this.ids, new Int32Array(n));
    this.order = copy(this.order, new Float64Array(n));
    this.kinds = copy(this.kinds, new Uint8Array(n));
    this.whats = copy(this.whats, new Int32Array(n));
    this.rows = copy(this.rows, new Int32Array(n));
    this.free = copy(this.free, new Int32Array(n));
  }
}

/** Runs the graph's schedule; undefined when it cannot come to its end (no slots, or jobs that wait for each other). */
export function replay(graph: ExecGraph): Replayed | undefined {
  const { jobs, stages } = graph;
  const jobStart = new Float64Array(jobs.length).fill(Number.NaN);
  const jobEnd = new Float64Array(jobs.length).fill(Number.NaN);
  const stageStart = new Float64Array(stages.length).fill(Number.NaN);
  const stageEnd = new Float64Array(stages.length).fill(Number.NaN);
  const jobWaits = Int32Array.from(jobs, (job) => job.after.length);
  const stagesLeft = Int32Array.from(jobs, (job) => job.stages.length);
  const stageWaits = Int32Array.from(stages, (stage) => stage.parents.length + 1);
  const tasksLeft = Int32Array.from(stages, (stage) => stage.tasks.duration.length);
  /** Next task of a stage in launch order that waits for none. */
  const cursor = new Int32Array(stages.length);
  const retries: (number[] | undefined)[] = new Array(stages.length);
  const jobsBehind: number[][] = jobs.map(() => []);
  const stagesBehind: number[][] = stages.map(() => []);
  for (const [j, job] of jobs.entries()) for (const before of job.after) (jobsBehind[before] as number[]).push(j);
  for (const [s, stage] of stages.entries()) for (const parent of stage.parents) (stagesBehind[parent] as number[]).push(s);
  const durations = stages.map((stage) => stage.tasks.duration);
  const afters = stages.map((stage) => stage.tasks.after);
  /** Per stage with retries: who waits for whom. */
  const waiters = afters.map((after) => {
    if (after === undefined) return undefined;
    const map = new Map<number, number>();
    for (let i = 0; i < after.length; i++) if ((after[i] as number) >= 0) map.set(after[i] as number, i);
    return map;
  });

  const events = new Events();
  for (const [j, job] of jobs.entries()) if (job.after.length === 0) events.add(job.gapMs, JOB, j, 0);
  for (let i = 0; i < graph.slots.times.length; i++) events.add(graph.slots.times[i] as number, SLOTS, i, 0);

  let capacity = 0;
  let running = 0;
  let now = 0;
  let busyMs = 0;
  let slotMs = 0;
  let jobsLeft = jobs.length;
  /** Stages that can launch a task, first to be served first. */
  const open: number[] = [];
  const fair = graph.mode === 'FAIR';
  const poolOf = stages.map((stage) => (jobs[stage.job] as (typeof jobs)[number]).pool);
  const runningIn = new Map<string, number>();

  const opens = (s: number) => {
    let at = open.length;
    const stage = stages[s] as (typeof stages)[number];
    while (at > 0) {
      const other = stages[open[at - 1] as number] as (typeof stages)[number];
      if (other.job < stage.job || (other.job === stage.job && other.id <= stage.id)) break;
      at--;
    }
    open.splice(at, 0, s);
  };
  const skipWaiting = (s: number) => {
    const after = afters[s];
    if (after === undefined) return;
    const n = (durations[s] as Float64Array).length;
    while ((cursor[s] as number) < n && (after[cursor[s] as number] as number) >= 0) cursor[s] = (cursor[s] as number) + 1;
  };
  const has = (s: number) => (cursor[s] as number) < (durations[s] as Float64Array).length || (retries[s]?.length ?? 0) > 0;

  const stageDone = (s: number) => {
    if (Number.isNaN(stageEnd[s] as number)) stageEnd[s] = now;
    for (const child of stagesBehind[s] as number[]) if (--(stageWaits as Int32Array)[child]! === 0) ready(child);
    const j = (stages[s] as (typeof stages)[number]).job;
    if (--stagesLeft[j]! === 0) events.add(now + (jobs[j] as (typeof jobs)[number]).tailMs, JOB, j, 1);
  };
  const ready = (s: number) => {
    const { delayMs } = stages[s] as (typeof stages)[number];
    events.add(now + delayMs, STAGE, s, 0);
  };

  const dispatch = () => {
    while (running < capacity && open.length > 0) {
      let at = 0;
      if (fair && open.length > 1) {
        let least = Number.POSITIVE_INFINITY;
        for (let i = 0; i < open.length; i++) {
          const count = runningIn.get(poolOf[open[i] as number] as string) ?? 0;
          if (count < least) [least, at] = [count, i];
        }
      }
      const s = open[at] as number;
      const duration = durations[s] as Float64Array;
      const queue = retries[s];
      let row: number;
      if (queue !== undefined && queue.length > 0) row = queue.shift() as number;
      else {
        row = cursor[s] as number;
        cursor[s] = row + 1;
        skipWaiting(s);
      }
      if (!has(s)) open.splice(at, 1);
      if (Number.isNaN(stageStart[s] as number)) stageStart[s] = now;
      running++;
      if (fair) runningIn.set(poolOf[s] as string, (runningIn.get(poolOf[s] as string) ?? 0) + 1);
      busyMs += duration[row] as number;
      events.add(now + (duration[row] as number), TASK, s, row);
    }
  };

  while (jobsLeft > 0 && events.take()) {
    if (events.time > now) {
      slotMs += capacity * (events.time - now);
      now = events.time;
    }
    const s = events.what;
    switch (events.kind) {
      case TASK: {
        running--;
        if (fair) runningIn.set(poolOf[s] as string, (runningIn.get(poolOf[s] as string) ?? 1) - 1);
        const next = waiters[s]?.get(events.row);
        if (next !== undefined) {
          let queue = retries[s];
          if (queue === undefined) {
            queue = [];
            retries[s] = queue;
          }
          const was = has(s);
          queue.push(next);
          if (!was) opens(s);
        }
        if (--tasksLeft[s]! === 0) stageDone(s);
        break;
      }
      case STAGE:
        if ((durations[s] as Float64Array).length === 0) stageDone(s);
        else {
          skipWaiting(s);
          if (has(s)) opens(s);
        }
        break;
      case JOB: {
        const job = jobs[s] as (typeof jobs)[number];
        if (events.row === 0) {
          jobStart[s] = now;
          if (job.stages.length === 0) events.add(now + job.tailMs, JOB, s, 1);
          else for (const own of job.stages) if (--stageWaits[own]! === 0) ready(own);
        } else {
          jobEnd[s] = now;
          jobsLeft--;
          for (const behind of jobsBehind[s] as number[])
            if (--jobWaits[behind]! === 0) events.add(now + (jobs[behind] as typeof job).gapMs, JOB, behind, 0);
        }
        break;
      }
      default:
        capacity = graph.slots.slots[s] as number;
    }
    if (events.next() > now) dispatch();
  }
  if (jobsLeft > 0) return undefined;
  let last = 0;
  for (const j of graph.endAfter) last = Math.max(last, jobEnd[j] as number);
  const wallMs = last + graph.endGapMs;
  return { wallMs, jobStart, jobEnd, stageStart, stageEnd, busyMs, slotMs: slotMs + capacity * Math.max(0, wallMs - now) };
}
