// Slow node: one host or executor needs longer than its peers for the same data, stage after stage, and the stages wait for it.
// Law: the same data, so task time is compared per row where it follows rows; a difference must be seen in most stages and in enough tasks, and be
// of a few hosts among many. Anything less is chance, locality or a cold start.

import { formatCount, formatMillis, median, quantiles, sum } from '../../base/index.ts';
import { makespan, type StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { missingTasks, stageRef } from '../shared.ts';

interface Seen {
  readonly stage: StageFact;
  readonly heldMs: number;
  readonly tasks: number;
  /** Its median per unit of work ÷ that of all others. */
  readonly ratio: number;
  readonly savedMs: number;
}

export const rule = defineRule({
  meta: {
    id: 'slow-node',
    title: 'Slow node',
    category: 'resources',
    needs: ['run', 'stages', 'criticalPath', 'settings', 'skew'],
    fixability: 'advice',
    saves: 'time',
    thresholds: {
      minRatio: {
        value: 1.5,
        unit: 'ratio',
        origin: 'spark.speculation.multiplier (1.5 until Spark 4.0) calls a task slow from there',
        description: 'time per unit of work ÷ that of the peers',
      },
      minTasks: {
        value: 3,
        unit: 'count',
        origin: 'a median needs three values',
        description: 'tasks of a stage on each of the hosts that are compared',
      },
      minAllTasks: {
        value: 10,
        unit: 'count',
        origin: 'fewer tasks in all are not proof against chance',
        description: 'tasks on the slow host over all stages compared',
      },
      minStages: {
        value: 0.7,
        unit: 'share',
        origin: 'a slow machine is slow in most stages; a cold start only in the first',
        description: 'share of the time compared in which it was slow',
      },
    },
    explains: ['idle-slots', 'speculation-waste', 'locality-wait'],
  },
  diagnose({ run, stages, criticalPath, settings, skew }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    if (settings.local) return { status: 'notApplicable', why: 'local mode runs on one machine' };
    const hosts = new Set(run.executorHosts.filter((host) => host !== undefined));
    const byHost = hosts.size >= 2;
    if (!byHost && run.executorIds.length < 2) return { status: 'notApplicable', why: 'there is one executor' };
    const nameOf = (index: number) => (byHost ? run.executorHosts[index] : run.executorIds[index]);

    const seen = new Map<string, Seen[]>();
    for (const { stage, heldMs } of criticalPath.stages) {
      // A heavy task makes its host look slow.
      if (heldMs < 250 || (skew.of(stage)?.heldMs ?? 0) > heldMs / 4) continue;
      for (const [name, one] of compare(stage, heldMs)) seen.set(name, [...(seen.get(name) ?? []), one]);
    }
    if (seen.size === 0) return { status: 'clear', note: 'no stage ran enough tasks on two hosts to compare them' };
    const places: Place[] = [];
    for (const [name, all] of seen) {
      const slow = all.filter((one) => one.ratio >= t.minRatio);
      const compared = sum(all.map((one) => one.heldMs));
      if (
        slow.length === 0 ||
        sum(slow.map((one) => one.heldMs)) < t.minStages * compared ||
        sum(slow.map((one) => one.tasks)) < t.minAllTasks
      )
        continue;
      places.push(placeOf(name, slow));
    }
    // Half of the hosts slow is two kinds of machines, not a slow one.
    if (places.length * 3 > seen.size && places.length > 1)
      return { status: 'clear', note: 'hosts differ, but no few of them are slower than the rest' };
    return placesOr(places, 'no host was slower than its peers for the same data');

    function compare(stage: StageFact, heldMs: number): [string, Seen][] {
      const time = stage.values('runMs');
      const duration = stage.values('duration');
      const executor = stage.values('executor');
      const records = stage.readRecords();
      const [low, high] = quantiles(records, [0.1, 0.9]) ?? [0, 0];
      const even = (high as number) <= 1.2 * (low as number) || (stage.timeFollows('records') ?? 0) < 0.5;
      const groups = new Map<string, number[]>();
      const byIndex = run.executorIds.map((_, index) => {
        const name = nameOf(index);
        if (name === undefined) return undefined;
        const group = groups.get(name) ?? [];
        groups.set(name, group);
        return group;
      });
      for (let i = 0; i < time.length; i++) if (even || (records[i] as number) > 0) byIndex[executor[i] as number]?.push(i);
      const enough = [...groups].filter(([, tasks]) => tasks.length >= t.minTasks);
      if (enough.length < 2) return [];
      const unit = (i: number) => (even ? (time[i] as number) : (time[i] as number) / (records[i] as number));
      const medians = new Map(enough.map(([name, tasks]) => [name, median(tasks.map(unit)) as number]));
      // Replaying the stage is dear: only for a host that is slow enough to be named.
      const replay = once(() => {
        const order = stage.launchOrder();
        return { order, asRun: makespan(duration, stage.slots, order) };
      });
      return enough.map(([name, tasks]): [string, Seen] => {
        const peers = median([...medians].filter(([other]) => other !== name).map(([, value]) => value)) as number;
        const ratio = peers > 0 ? (medians.get(name) as number) / peers : 1;
        if (ratio < t.minRatio) return [name, { stage, heldMs, tasks: tasks.length, ratio, savedMs: 0 }];
        const { order, asRun } = replay();
        const own = new Set(tasks);
        const cured = makespan(
          duration.map((ms, i) => (own.has(i) ? ms / ratio : ms)),
          stage.slots,
          order,
        );
        return [name, { stage, heldMs, tasks: tasks.length, ratio, savedMs: asRun > 0 ? Math.max(0, heldMs * (1 - cured / asRun)) : 0 }];
      });
    }

    function placeOf(name: string, slow: readonly Seen[]): Place {
      const held = sum(slow.map((one) => one.savedMs));
      const tasks = sum(slow.map((one) => one.tasks));
      const ratio = median(slow.map((one) => one.ratio)) as number;
      const ids = run.executorIds.filter((_, i) => nameOf(i) === name);
      const what = byHost ? `Host ${name}` : `Executor ${name}`;
      return {
        cause: `${what} took ${ratio.toFixed(1)} times as long as its peers for the same work, in ${formatCount(slow.length)} of the stages compared (${formatCount(tasks)} tasks); waiting for it held the end for up to ${formatMillis(held)}.`,
        evidence: [
          ...slow.slice(0, 10).map((one) => stageRef(one.stage)),
          ...ids
            .filter((id) => run.executors.some((executor) => executor.id === id))
            .slice(0, 5)
            .map((id): EvidenceRef => ({ kind: 'executor', id })),
        ],
        numbers: [
          { name: 'time against peers', value: ratio, unit: 'ratio' },
          { name: 'its tasks', value: tasks, unit: 'count' },
          { name: 'stages', value: slow.length, unit: 'count' },
        ],
        heldMs: held,
        remedies: [
          `Take ${byHost ? name : `the machine of executor ${name}`} out of the cluster or replace it: look for a busy neighbour, a failing or full disk, throttled CPU.`,
          'Until then let Spark avoid it: spark.excludeOnFailure does not see slow hosts, but speculation (spark.speculation=true) starts its late tasks again elsewhere.',
        ],
      };
    }
  },
});

/** Computes a value when it is first asked for. */
function once<T>(compute: () => T): () => T {
  let known: { value: T } | undefined;
  return () => {
    known ??= { value: compute() };
    return known.value;
  };
}
