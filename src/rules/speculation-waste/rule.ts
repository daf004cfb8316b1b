// Speculation waste: copies of slow tasks that could not win, because the tasks were slow by their data and not by their node.
// Law: money, not time: a copy runs in a slot that was free. Only the loser of each pair is waste, copies of a whole cancelled stage too.

import { formatCount, formatMillis, formatShare } from '../../base/index.ts';
import { FLAG } from '../../eventlog/index.ts';
import type { StageFact } from '../../facts/index.ts';
import { defineRule, type EvidenceRef, type Place, placesOr } from '../define.ts';
import { missingTasks, stageRef } from '../shared.ts';

export const rule = defineRule({
  meta: {
    id: 'speculation-waste',
    title: 'Speculative copies that lost',
    category: 'resources',
    needs: ['stages', 'settings'],
    fixability: 'review',
    saves: 'money',
    // Copies in vain are measured one by one: no start-up and no commit is among them.
    minWaste: 0.05,
    inCode: ['setting'],
    keysInCode: ['spark.speculation', 'spark.speculation.multiplier', 'spark.speculation.quantile'],
    thresholds: {
      maxWon: {
        value: 0.5,
        unit: 'share',
        origin: 'when most copies win, speculation does what it is for',
        description: 'share of the copies that won, up to which speculation is in vain',
      },
      minShare: {
        value: 0.02,
        unit: 'share',
        origin: 'the noise floor of the audit, in core time',
        description: 'least share of all task time that copies took in vain',
      },
    },
    explains: [],
  },
  diagnose({ stages, settings }, t) {
    const missing = missingTasks(stages.all);
    if (missing !== undefined) return { status: 'noData', missing };
    const all = stages.all.map((stage) => ({ stage, ...copiesOf(stage) })).filter(({ copies }) => copies > 0);
    if (all.length === 0) return { status: 'notApplicable', why: 'no speculative copy of a task ran' };
    const total = stages.all.reduce((sum, stage) => sum + stage.taskTimeMs, 0);
    const copies = all.reduce((sum, one) => sum + one.copies, 0);
    const won = all.reduce((sum, one) => sum + one.won, 0);
    const wasted = all.reduce((sum, one) => sum + one.wastedMs, 0);
    if (won > t.maxWon * copies || wasted < t.minShare * total)
      return {
        status: 'clear',
        note: `${formatCount(won)} of ${formatCount(copies)} speculative copies won; the others took ${formatMillis(wasted)}`,
      };
    return placesOr([placeOf()], '');

    function placeOf(): Place {
      const worst = all.reduce((a, b) => (b.wastedMs > a.wastedMs ? b : a));
      const conf = ['spark.speculation', 'spark.speculation.multiplier', 'spark.speculation.quantile'].flatMap((key): EvidenceRef[] => {
        const value = settings.get(key);
        return value === undefined ? [] : [{ kind: 'conf', key, value }];
      });
      return {
        cause: `${formatCount(copies)} speculative copies ran and ${formatCount(copies - won)} lost, most in stage ${worst.stage.stage.id}: the originals were slow by what they had to do, so that a copy took as long; ${formatMillis(wasted)} of core time (${formatShare(wasted / Math.max(1, total))} of all task time) was for nothing.`,
        evidence: [...all.map(({ stage }) => stageRef(stage)), ...conf],
        numbers: [
          { name: 'copies', value: copies, unit: 'count' },
          { name: 'copies that won', value: won, unit: 'count' },
          { name: 'task time in vain', value: Math.round(wasted), unit: 'ms' },
          { name: 'share of all task time', value: wasted / Math.max(1, total), unit: 'share' },
        ],
        heldMs: 0,
        wastedCoreMs: wasted * settings.taskCpus,
        remedies: [
          'Copy later and only clear stragglers: spark.speculation.multiplier=3 and spark.speculation.quantile=0.9 (the defaults since Spark 4.0), spark.speculation.minTaskRuntime=10s.',
          'Or switch it off (spark.speculation=false) and cure the uneven tasks themselves.',
        ],
      };
    }
  },
});

/** Speculative attempts of a stage: how many, how many won, and the slot time of the losers of these pairs. */
function copiesOf(stage: StageFact): { copies: number; won: number; wastedMs: number } {
  const { tasks } = stage.stage;
  const flags = tasks.int('flags');
  const durations = tasks.int('duration');
  let copies = 0;
  let won = 0;
  let wastedMs = 0;
  for (let i = 0; i < tasks.length; i++) {
    const flag = flags[i] as number;
    if ((flag & FLAG.speculative) === 0) continue;
    copies++;
    if ((flag & FLAG.success) !== 0 && (flag & FLAG.duplicate) === 0) won++;
    else wastedMs += durations[i] as number;
  }
  return { copies, won, wastedMs };
}
