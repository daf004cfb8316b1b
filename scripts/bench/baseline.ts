// The baseline: readline + JSON.parse of every line, one number kept per task. What any Node tool would do first.
// usage: node baseline.ts LOG (plain text, or zstd through `-` on stdin is not read: plain only)

import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { report } from './usage.ts';

const begin = process.cpuUsage();
const from = performance.now();
let tasks = 0;
let runMs = 0;
for await (const line of createInterface({ input: createReadStream(process.argv[2] as string) })) {
  const event = JSON.parse(line);
  if (event.Event !== 'SparkListenerTaskEnd') continue;
  tasks++;
  runMs += event['Task Metrics']?.['Executor Run Time'] ?? 0;
}
report(begin, from, { tasks, runMs });
