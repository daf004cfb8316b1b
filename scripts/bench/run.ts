// `npm run bench [-- --log PATH] [--sizes 300,1000] [--runs 3]`: speed and memory of the reader beside a readline + JSON.parse baseline; frame times of the report page.
// Law: subject and baseline alternate in the same run on the same Node and the same file; medians are printed; nothing is asserted.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openLog } from '../../src/eventlog/layouts/index.ts';
import { generateLog } from './generate.ts';
import type { Usage } from './usage.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const option = (name: string, fallback: string) => {
  const i = process.argv.indexOf(`--${name}`);
  return i < 0 ? fallback : (process.argv[i + 1] ?? fallback);
};
const log = option('log', here('../../examples/daily_sales/slow/eventlog_v2_local-1795260567455'));
const sizes = option('sizes', '300,1000')
  .split(',')
  .map((mb) => Number(mb) * 1e6);
const runs = Number(option('runs', '3'));
// The flags and the compile cache with which bin/firesteel runs.
const flags = readFileSync(here('../../bin/firesteel'), 'utf8').match(/--[a-z-]+=\d+/g) ?? [];
const env = { ...process.env, NODE_COMPILE_CACHE: here('../../node_modules/.cache/firesteel') };

async function textOf(path: string): Promise<string> {
  const opened = await openLog(path);
  const chunks: Buffer[] = [];
  for (const part of opened.parts) for await (const chunk of part.decode()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

function measure(script: string, args: string[]): Usage {
  return JSON.parse(
    execFileSync(process.execPath, [...flags, here(script), ...args], { encoding: 'utf8', maxBuffer: 1 << 24, env }),
  ) as Usage;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

function row(name: string, usages: Usage[], textBytes: number, baseline: Usage[] | undefined): void {
  const wall = median(usages.map((usage) => usage.wallMs));
  const cpu = median(usages.map((usage) => usage.cpuMs));
  const peak = median(usages.map((usage) => usage.peakBytes));
  const tasks = usages[0]?.tasks ?? 0;
  const columns = (usages[0] as Usage & { columnBytes?: number }).columnBytes;
  const ratio =
    baseline === undefined
      ? ''
      : `  ×${(median(baseline.map((usage) => usage.cpuMs)) / cpu).toFixed(2)} less CPU, ×${(median(baseline.map((usage) => usage.wallMs)) / wall).toFixed(2)} less wall`;
  console.log(
    `${name.padEnd(34)} wall ${(wall / 1000).toFixed(2)} s  CPU ${(cpu / 1000).toFixed(2)} s = ${(cpu / 1000 / (textBytes / 1e9)).toFixed(2)} s/GB  ${(textBytes / 1e6 / (cpu / 1000)).toFixed(0)} MB/s per core  peak RSS ${(peak / 1e6).toFixed(0)} MB${columns === undefined || tasks === 0 ? '' : `  ${(columns / tasks).toFixed(0)} B/task`}${ratio}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'firesteel-bench-'));
try {
  const text = await textOf(log);
  console.log(
    `base log ${(text.length / 1e6).toFixed(1)} MB, Node ${process.versions.node}, ${availableParallelism()} cores, median of ${runs}, subject and baseline in turn`,
  );
  for (const size of sizes) {
    const plain = join(folder, 'plain.log');
    const zstd = join(folder, 'frames.zstd');
    const made = await generateLog(text, plain, size, 'plain');
    await generateLog(text, zstd, size, 'zstd');
    console.log(
      `\n${(made.bytes / 1e6).toFixed(0)} MB of text, ${made.tasks} tasks, ${made.repetitions} repetitions; zstd ${(statSync(zstd).size / 1e6).toFixed(1)} MB`,
    );
    // One run of each to warm the page cache and the compile cache.
    measure('subject.ts', [plain]);
    const [baseline, one, all, compressed] = [[], [], [], []] as Usage[][];
    for (let i = 0; i < runs; i++) {
      baseline?.push(measure('baseline.ts', [plain]));
      one?.push(measure('subject.ts', [plain, '1']));
      all?.push(measure('subject.ts', [plain]));
      compressed?.push(measure('subject.ts', [zstd]));
    }
    row('baseline: readline + JSON.parse', baseline ?? [], made.bytes, undefined);
    row('audit, plain, one thread', one ?? [], made.bytes, baseline);
    row('audit, plain', all ?? [], made.bytes, baseline);
    row('audit, zstd', compressed ?? [], made.bytes, baseline);
  }
  console.log('\nforecast');
  process.stdout.write(execFileSync(process.execPath, [...flags, here('forecast.ts'), log], { encoding: 'utf8', env }));
  console.log('\nstart-up');
  const version: number[] = [];
  for (let i = 0; i < 7; i++) {
    const from = performance.now();
    execFileSync(here('../../bin/firesteel'), ['--version']);
    version.push(performance.now() - from);
  }
  console.log(`bin/firesteel --version             ${median(version).toFixed(0)} ms`);
  const small = join(folder, 'small.log');
  const { bytes } = await generateLog(text, small, 5e6, 'plain');
  const auditMs: number[] = [];
  for (let i = 0; i < 7; i++) {
    const from = performance.now();
    execFileSync(here('../../bin/firesteel'), ['audit', small, '--format', 'json'], { maxBuffer: 1 << 26 });
    auditMs.push(performance.now() - from);
  }
  console.log(`bin/firesteel audit of ${(bytes / 1e6).toFixed(1)} MB       ${median(auditMs).toFixed(0)} ms, start included`);
  console.log('\nframes of the timeline, the largest kind of run');
  process.stdout.write(execFileSync(process.execPath, [...flags, here('frames.ts')], { encoding: 'utf8', env }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
