// Damage that real logs have, one kind a test: each must cost what it damages and nothing else.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FACTS, FactStore, factsJson } from '../facts/index.ts';
import { readRun } from './read.ts';
import { ROOT, readText, textOf } from './testing/samples.ts';

const example = async () =>
  (await textOf(join(ROOT, 'examples/daily_sales/slow/eventlog_v2_local-1795260567455'))).toString('utf8').split('\n');
const held = (text: string) => {
  const path = new FactStore(readText(text)).get(FACTS.criticalPath);
  return path.stages.map(({ stage, heldMs }) => [stage.key, Math.round(heldMs / 500)]).slice(0, 4);
};
const isEnd = (line: string, stage: number) => line.startsWith(`{"Event":"SparkListenerTaskEnd","Stage ID":${stage},`);

describe('one damaged event', () => {
  it('a dropped task end does not keep its task running to the end of the run', async () => {
    const lines = await example();
    const at = lines.findIndex((line) => isEnd(line, 4));
    const cut = lines.filter((_, i) => i !== at).join('\n');
    const run = readText(cut);
    expect(run.quality.lostTaskEnds).toBe(1);
    expect(run.stages.every((stage) => stage.runningTasks.length === 0)).toBe(true);
    expect(run.quality.notes.join(' ')).toContain('1 task of ended stages');
    expect(held(cut)).toEqual(held(lines.join('\n')));
  });

  it('a launch time of 0, first or last, leaves the stage where it is', async () => {
    const lines = await example();
    const ends = lines.flatMap((line, i) => (isEnd(line, 9) ? [i] : []));
    for (const at of [ends[0], ends.at(-1)] as number[]) {
      const changed = lines.map((line, i) => (i === at ? line.replace(/"Launch Time":\d+/, '"Launch Time":0') : line)).join('\n');
      expect(held(changed)).toEqual(held(lines.join('\n')));
    }
  });

  it('one absurd time stamp does not set the length of a run without an end', async () => {
    const lines = (await example()).filter((line) => !line.includes('SparkListenerApplicationEnd'));
    const at = lines.findIndex((line) => isEnd(line, 9));
    const changed = lines
      .map((line, i) => (i === at ? line.replace(/"Finish Time":\d+/, '"Finish Time":17000000000000') : line))
      .join('\n');
    const wall = (text: string) => new FactStore(readText(text)).get(FACTS.clock).wallMs;
    expect(wall(changed)).toBe(wall(lines.join('\n')));
  });

  it('a task end without its task is counted as skipped, not as a task', async () => {
    const lines = await example();
    const at = lines.findIndex((line) => isEnd(line, 9));
    const run = readText(
      lines.map((line, i) => (i === at ? '{"Event":"SparkListenerTaskEnd","Stage ID":9,"Stage Attempt ID":0}' : line)).join('\n'),
    );
    expect(run.quality.skippedLines).toBe(1);
    expect(run.quality.taskEnds).toBe(969);
  });

  it('a missing ExecutorAdded does not make the cluster busier than it can be', async () => {
    const lines = (await example()).filter((line) => !line.includes('SparkListenerExecutorAdded'));
    const store = new FactStore(readText(lines.join('\n')));
    const activity = store.get(FACTS.activity);
    expect(activity.peakSlots).toBeGreaterThanOrEqual(activity.peakRunning);
    if (activity.allocatedCoreMs !== undefined) expect(activity.busyCoreMs).toBeLessThanOrEqual(activity.allocatedCoreMs);
  });
});

describe('cuts', () => {
  it('an index that succeeded in two parts counts once, as in one file', async () => {
    const lines = (await example()).filter((line) => line !== '');
    const at = lines.findIndex((line) => isEnd(line, 9) && line.includes('"Metadata":"sql"'));
    // A speculative copy of the same partition, ended later.
    const copy = (lines[at] as string).replace(/"Task ID":\d+/, '"Task ID":999999').replace('"Speculative":false', '"Speculative":true');
    const whole = [...lines.slice(0, at + 1), ...lines.slice(at + 1, at + 20), copy, ...lines.slice(at + 20)];
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-cuts-'));
    try {
      const one = join(folder, 'one');
      writeFileSync(one, `${whole.join('\n')}\n`);
      const parts = join(folder, 'eventlog_v2_app-1');
      mkdirSync(parts);
      writeFileSync(join(parts, 'events_1_app-1'), `${whole.slice(0, at + 5).join('\n')}\n`);
      writeFileSync(join(parts, 'events_2_app-1'), `${whole.slice(at + 5).join('\n')}\n`);
      const { log: _a, ...a } = factsJson(await readRun(one));
      const { log: _b, ...b } = factsJson(await readRun(parts));
      expect(b).toEqual(a);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('a stream of many triggers keeps the newest and counts them all', () => {
    const event = (batch: number) =>
      `{"Event":"org.apache.spark.sql.streaming.StreamingQueryListener$QueryProgressEvent","progress":{"id":"q","runId":"r","name":null,"timestamp":"2026-01-01T00:00:00.000Z","batchId":${batch},"batchDuration":5,"durationMs":{"addBatch":4},"stateOperators":[],"sources":[{"description":"s","numInputRows":1}],"sink":{"description":"k","numOutputRows":1}}}`;
    const lines = Array.from({ length: 45_000 }, (_, i) => event(i));
    const query = readText(`{"Event":"SparkListenerLogStart","Spark Version":"3.5.0"}\n${lines.join('\n')}`).streams[0];
    expect(query?.progressCount).toBe(45_000);
    expect(query?.progress.length).toBeLessThanOrEqual(20_000);
    expect(query?.progress.at(-1)?.batchId).toBe(44_999);
  });
});
