// Speed of the simulator: tasks replayed a second, what-ifs a second on a run of 100,000 tasks, and the building of the graph from a log.
// usage: node forecast.ts [LOG]   Law: one core, CPU time; the fastest and the median of the rounds are printed, nothing is asserted.

import { audit } from '../../src/audit/index.ts';
import { formatMillis } from '../../src/base/index.ts';
import { readRun } from '../../src/eventlog/index.ts';
import { FACTS, FactStore } from '../../src/facts/index.ts';
import { execGraph, forecastOf, replay, slots } from '../../src/simulate/index.ts';
import { graphOf } from '../../src/simulate/testing.ts';

const ROUNDS = 7;
const TASKS = 100_000;
const STAGES = 50;

function times(body: () => void): { best: number; middle: number } {
  const all: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    // CPU time: the wall of a busy machine says nothing of the code.
    const from = process.cpuUsage();
    body();
    const { user, system } = process.cpuUsage(from);
    all.push((user + system) / 1000);
  }
  all.sort((a, b) => a - b);
  return { best: all[0] as number, middle: all[ROUNDS >> 1] as number };
}

let seed = 1;
const random = () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};
const bare = graphOf(
  Array.from({ length: STAGES }, () => ({
    gapMs: 100,
    stages: [{ ms: Array.from({ length: TASKS / STAGES }, () => Math.round(20 + 400 * random() ** 3)) }],
  })),
  64,
);
const graph = { ...bare, measuredMs: replay(bare)?.wallMs ?? 0 };
for (const count of [8, 64, 1000]) {
  const changed = slots(count).apply(graph);
  const { best, middle } = times(() => replay(changed));
  console.log(
    `replay, ${TASKS} tasks on ${String(count).padStart(4)} slots      ${(TASKS / middle / 1000).toFixed(2)} million tasks/s (best ${(TASKS / best / 1000).toFixed(2)})`,
  );
}
const whole = times(() => forecastOf({ graph }, [slots(96)], 'cores', 0.6));
console.log(
  `what-if with its range and bounds     ${whole.middle.toFixed(0)} ms = ${(1000 / whole.middle).toFixed(1)} what-ifs/s (${TASKS} tasks)`,
);

const log = process.argv[2];
if (log !== undefined) {
  const run = await readRun(log);
  const build = times(() => {
    const store = new FactStore(run);
    store.get(FACTS.plans);
    store.get(execGraph);
  });
  const built = new FactStore(run).get(execGraph);
  const one = times(() => forecastOf(built, [slots(16)], 'cores', 1));
  const report = audit(run);
  const all = times(() => audit(run));
  const { joint } = report;
  console.log(
    joint === null
      ? `joint forecast                        none: ${report.cannotPredict ?? 'nothing is worth doing'}`
      : `joint forecast of ${String(joint.order.length).padStart(2)} cures            ${formatMillis(joint.nowMs)} → ${formatMillis(joint.thenMs.likelyMs)} (${formatMillis(joint.thenMs.lowMs)} – ${formatMillis(joint.thenMs.highMs)}), ${all.middle.toFixed(0)} ms with the whole audit`,
  );
  console.log(
    `graph of a run of ${run.quality.taskEnds} tasks          ${build.middle.toFixed(1)} ms with its facts; what-if ${one.middle.toFixed(1)} ms`,
  );
}
