// The subject: a whole audit, with every fact and SQL node metric, as the product does it.
// usage: node subject.ts LOG [threads]

import { audit } from '../../src/audit/index.ts';
import { readRun } from '../../src/eventlog/index.ts';
import { FACTS, FactStore } from '../../src/facts/index.ts';
import { report } from './usage.ts';

const begin = process.cpuUsage();
const from = performance.now();
const threads = process.argv[3] === undefined ? {} : { threads: Number(process.argv[3]) };
const run = await readRun(process.argv[2] as string, threads);
const readMs = performance.now() - from;
const store = new FactStore(run);
for (const fact of Object.values(FACTS)) store.get(fact as (typeof FACTS)['run']);
audit(run, { store });
let columnBytes = 0;
for (const stage of run.stages) columnBytes += stage.tasks.byteLength;
report(begin, from, {
  tasks: run.quality.taskEnds,
  runMs: run.stages.reduce((sum, stage) => sum + stage.tasks.total('runMs'), 0),
  columnBytes,
  readMs,
});
