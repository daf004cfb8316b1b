// The laws of the reader over real logs: scan = parse, any chunks, any threads, any prefix, any junk, and the field guide's invariants.

import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsJson } from '../facts/index.ts';
import { FLAG } from './columns.ts';
import { readRun } from './read.ts';
import { parseTaskEnd } from './scan/parse-tasks.ts';
import { TaskScanner } from './scan/scan-tasks.ts';
import { ExecutorNames, TaskScratch } from './scan/scratch.ts';
import { hasShared, ROOT, readText, sharedLogs, textOf } from './testing/samples.ts';

const own = () => textOf(join(ROOT, 'examples/daily_sales/slow/eventlog_v2_local-1795260567455'));
/** The example, cut to what is quick to read a thousand times. */
const small = async () => {
  const lines = (await own()).toString('utf8').split('\n');
  const kept = lines.filter((line) => !line.startsWith('{"Event":"SparkListenerTask') || Number(/"Task ID":(\d+)/.exec(line)?.[1]) < 40);
  return kept
    .filter((line) => line !== '')
    .map((line) => {
      if (!line.startsWith('{"Event":"SparkListenerEnvironmentUpdate"')) return line;
      return JSON.stringify({ ...JSON.parse(line), 'Classpath Entries': {}, 'Hadoop Properties': {} });
    });
};

/** Facts without what names the reading itself. */
const facts = (run: Awaited<ReturnType<typeof readRun>>) => {
  const { log: _log, ...rest } = factsJson(run);
  return rest;
};

const lines = function* (text: Buffer): Generator<[number, number]> {
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf(10, start);
    const end = newline < 0 ? text.length : newline;
    yield [start, end];
    start = end + 1;
  }
};

const snapshot = (task: TaskScratch) => ({
  stage: [task.stageId, task.stageAttempt],
  ints: [...task.ints],
  floats: [...task.floats],
  finish: task.finishMs,
  ids: [...task.updateIds.subarray(0, task.updates)],
  values: [...task.updateValues.subarray(0, task.updates)],
  peaks: [...task.peaks],
});

/** Holds the byte scan against the full parse on every TaskEnd of a text. */
function compareScan(text: Buffer): { scanned: number; parsed: number } {
  const executors = new ExecutorNames();
  const scanner = new TaskScanner(executors);
  const fast = new TaskScratch();
  const slow = new TaskScratch();
  scanner.use(text);
  let scanned = 0;
  let parsed = 0;
  for (const [start, end] of lines(text)) {
    if (!text.subarray(start, start + 31).equals(Buffer.from('{"Event":"SparkListenerTaskEnd"'))) continue;
    let json: Record<string, unknown>;
    try {
      json = JSON.parse(text.toString('utf8', start, end));
    } catch {
      expect(scanner.scan(start, end, fast)).toBe(false);
      continue;
    }
    const ok = scanner.scan(start, end, fast);
    if (!ok) {
      parsed++;
      continue;
    }
    scanned++;
    expect(parseTaskEnd(json, slow, executors)).toBe(true);
    // Cheap first: a failing comparison of snapshots prints what differs.
    const [a, b] = [snapshot(fast), snapshot(slow)];
    if (JSON.stringify(a) !== JSON.stringify(b)) expect(a).toEqual(b);
  }
  return { scanned, parsed };
}

describe('scan = parse', () => {
  it('on every line of the example', async () => {
    const { scanned, parsed } = compareScan(await own());
    expect(scanned).toBeGreaterThan(900);
    expect(parsed).toBe(0);
  });

  it.skipIf(!hasShared)(
    'on every line of every shared log (skipped: ../shared is not here)',
    async () => {
      let scanned = 0;
      let parsed = 0;
      for (const { path } of sharedLogs()) {
        const text = await textOf(path);
        const result = compareScan(text);
        scanned += result.scanned;
        parsed += result.parsed;
      }
      expect(scanned).toBeGreaterThan(50_000);
      // What the scan leaves to the full parser: failed tasks, Spark 1.x, numbers that are none.
      expect(parsed / scanned).toBeLessThan(0.05);
    },
    120_000,
  );

  it('on numbers, orders and keys that Spark does not write', () => {
    const base =
      '{"Event":"SparkListenerTaskEnd","Stage ID":1,"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":{"Reason":"Success"},"Task Info":{"Task ID":7,"Index":0,"Attempt":0,"Partition ID":0,"Launch Time":1700000000000,"Executor ID":"1","Host":"h","Locality":"ANY","Speculative":false,"Getting Result Time":0,"Finish Time":1700000001000,"Failed":false,"Killed":false,"Accumulables":[{"ID":3,"Name":"data size","Update":"12","Value":"12","Internal":true,"Count Failed Values":true,"Metadata":"sql"}]},"Task Metrics":{"Executor Run Time":900,"Executor CPU Time":1000000,"Result Size":10,"JVM GC Time":0}}';
    const changes: [string, string][] = [
      ['"Executor Run Time":900', '"Executor Run Time":9e2'],
      ['"Executor Run Time":900', '"Executor Run Time":-1'],
      ['"Executor Run Time":900', '"Executor Run Time":900.5'],
      ['"Executor Run Time":900', '"Executor Run Time":"900"'],
      ['"Executor Run Time":900', '"Executor Run Time":null'],
      ['"Executor Run Time":900,', ''],
      ['"Update":"12"', '"Update":"00:00:00.157"'],
      ['"Update":"12"', '"Update":12'],
      ['"Update":"12"', '"Update":"-1"'],
      ['"Update":"12"', '"Update":[]'],
      ['"Update":"12",', ''],
      ['"Name":"data size",', ''],
      ['"Name":"data size"', '"Name":"a \\"quoted\\" \\\\ name"'],
      [',"Metadata":"sql"', ''],
      ['"Host":"h"', '"Host":"h\\u00e9\\"x"'],
      ['"Host":"h"', '"Host":"hé"'],
      ['"Task ID":7,"Index":0', '"Index":0,"Task ID":7'],
      ['"Failed":false', '"Failed":true'],
      ['"Locality":"ANY"', '"Locality":"MARS"'],
      ['{"Executor Run Time"', '{"__proto__":{"polluted":1},"Executor Run Time"'],
      ['"Launch Time":1700000000000', '"Launch Time":1700000000000000000000'],
      ['}}', '} }'],
      ['"Stage ID":1', '"Stage ID": 1'],
    ];
    const text = Buffer.from([base, ...changes.map(([from, to]) => base.replace(from, to)), base].join('\n'));
    const { scanned } = compareScan(text);
    expect(scanned).toBeGreaterThan(2);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('independence', () => {
  it('of chunk sizes, with splits inside lines, characters and escapes', async () => {
    const text = Buffer.from((await small()).join('\n'));
    const whole = facts(readText(text));
    for (const chunk of [1, 7, 4096, 65_536]) expect(facts(readText(text, { chunk }))).toEqual(whole);
  });

  it('of the parser used', async () => {
    const text = await own();
    expect(facts(readText(text, { fullParse: true }))).toEqual(facts(readText(text)));
  });

  it.skipIf(!hasShared)(
    'of the number of threads (skipped: ../shared is not here)',
    async () => {
      for (const name of [
        'nvidia/dsAndDf_eventlog.zstd',
        'generated/many40/eventlog_v2_local-1795253142341',
        'sparklint/application_1472176676028_407508_1',
        'sync/databricks-rollover-parts',
      ]) {
        const path = sharedLogs().find((log) => log.path.endsWith(name))?.path as string;
        const one = await readRun(path, { threads: 1 });
        for (const threads of [2, 3]) {
          const many = await readRun(path, { threads });
          expect(factsJson(many)).toEqual(factsJson(one));
        }
      }
    },
    60_000,
  );
});

describe('damage', () => {
  it('a cut anywhere gives a run whose ended tasks only grow with the cut', async () => {
    const text = Buffer.from((await small()).join('\n'));
    let before = 0;
    for (let i = 0; i <= 60; i++) {
      const run = readText(text.subarray(0, Math.floor((text.length * i) / 60)));
      const ended = run.stages.reduce((sum, stage) => sum + stage.succeededTasks, 0);
      expect(ended).toBeGreaterThanOrEqual(before);
      before = ended;
    }
  });

  it('junk lines and unknown events change counters only', async () => {
    const kept = await small();
    const clean = readText(kept.join('\n'));
    const junk = [
      'garbage',
      '{"Event":',
      '[]',
      '{}',
      '{"Event":7}',
      '\u0000\u0001',
      '{"Event":"com.example.New","a":1}',
      '{"Event":"com.example.New","a":1}',
    ];
    const dirty = readText(kept.flatMap((line, i) => (i % 9 === 3 ? [line, junk[i % junk.length] as string] : [line])).join('\n'));
    expect(facts(dirty)).toEqual(facts(clean));
    expect(dirty.quality.skippedLines).toBeGreaterThan(0);
    expect(dirty.quality.unknownEvents.get('com.example.New')).toBeGreaterThan(0);
    expect(dirty.quality.notes.join(' ')).toContain('could not be read');
  });

  it('a line over the cap is dropped and counted, its neighbours are read', async () => {
    const kept = await small();
    const long = `{"Event":"SparkListenerLogStart","x":"${'y'.repeat(3_000_000)}"}`;
    const run = readText([...kept.slice(0, 40), long, ...kept.slice(40)].join('\n'), { maxLine: 2_000_000, chunk: 65_536 });
    expect(run.quality.skippedLines).toBe(1);
    expect(facts(run)).toEqual(facts(readText(kept.join('\n'))));
  });

  it('a plan of 100,000 levels is read without recursion', () => {
    const depth = 100_000;
    const plan = '{"nodeName":"N","simpleString":"N","children":['.repeat(depth) + ']}'.repeat(depth);
    const text = `{"Event":"SparkListenerLogStart","Spark Version":"3.5.0"}\n{"Event":"org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart","executionId":0,"description":"d","details":"","physicalPlanDescription":"","sparkPlanInfo":${plan},"time":1700000000000}`;
    const run = readText(text);
    expect(run.sql).toHaveLength(1);
    expect(() => factsJson(run)).not.toThrow();
  });

  it('hostile keys and numbers stay data', () => {
    const run = readText(
      [
        '{"Event":"SparkListenerEnvironmentUpdate","Spark Properties":{"__proto__":"x","constructor":"y","spark.master":"local[2]"},"JVM Information":{},"System Properties":{},"Classpath Entries":{}}',
        '{"Event":"SparkListenerJobStart","Job ID":0,"Submission Time":1700000000000,"Stage Infos":[{"Stage ID":0,"Stage Attempt ID":0,"Stage Name":"s","Number of Tasks":4000000000,"RDD Info":[],"Parent IDs":[0],"Details":""}],"Stage IDs":[0]}',
        '{"Event":"SparkListenerStageSubmitted","Stage Info":{"Stage ID":0,"Stage Attempt ID":0,"Stage Name":"s","Number of Tasks":4000000000,"RDD Info":[],"Parent IDs":[0],"Details":""}}',
        '{"Event":"SparkListenerTaskEnd","Stage ID":0,"Stage Attempt ID":0,"Task Type":"ResultTask","Task End Reason":{"Reason":"Success"},"Task Info":{"Task ID":9007199254740993,"Index":2147483647,"Attempt":0,"Launch Time":1,"Executor ID":"__proto__","Host":"h","Locality":"ANY","Speculative":false,"Getting Result Time":0,"Finish Time":99999999999999,"Failed":false,"Killed":false,"Accumulables":[]},"Task Metrics":{"Executor Run Time":99999999999999999999}}',
      ].join('\n'),
    );
    expect(run.stages[0]?.succeededTasks).toBe(1);
    expect(() => factsJson(run)).not.toThrow();
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('thousands of mutated logs: no throw, bounded memory', async () => {
    const kept = (await small()).filter((line) => line.length < 20_000);
    const text = Buffer.from(kept.join('\n'));
    const mutation = fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
        fc.record({ kind: fc.constant('drop' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 4000 }) }),
        fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 4000 }) }),
        fc.record({ kind: fc.constant('digits' as const), at: fc.nat() }),
      ),
      { minLength: 1, maxLength: 12 },
    );
    const before = process.memoryUsage().rss;
    fc.assert(
      fc.property(mutation, (changes) => {
        let bytes = Buffer.from(text);
        for (const change of changes) {
          const at = change.at % bytes.length;
          if (change.kind === 'flip') bytes[at] = change.byte;
          else if (change.kind === 'drop') bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.length)]);
          else if (change.kind === 'repeat') bytes = Buffer.concat([bytes.subarray(0, at + change.length), bytes.subarray(at)]);
          else
            for (let i = at; i < Math.min(at + 40, bytes.length); i++)
              if ((bytes[i] as number) >= 48 && (bytes[i] as number) <= 57) bytes[i] = 57;
        }
        if (bytes.length === 0) return;
        factsJson(readText(bytes));
      }),
      { numRuns: 2000, seed: 20261121 },
    );
    expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
  }, 180_000);
});

/** internal.metrics name → column, for the sums that StageCompleted repeats (invariant 1). */
const MIRRORED = {
  'internal.metrics.executorRunTime': 'runMs',
  'internal.metrics.executorCpuTime': 'cpuNs',
  'internal.metrics.jvmGCTime': 'gcMs',
  'internal.metrics.resultSize': 'resultSize',
  'internal.metrics.memoryBytesSpilled': 'memorySpilled',
  'internal.metrics.diskBytesSpilled': 'diskSpilled',
  'internal.metrics.shuffle.read.fetchWaitTime': 'fetchWaitMs',
  'internal.metrics.shuffle.read.recordsRead': 'shuffleReadRecords',
  'internal.metrics.shuffle.write.bytesWritten': 'shuffleWriteBytes',
  'internal.metrics.shuffle.write.recordsWritten': 'shuffleWriteRecords',
  'internal.metrics.shuffle.write.writeTime': 'shuffleWriteNs',
  'internal.metrics.input.bytesRead': 'inputBytes',
  'internal.metrics.input.recordsRead': 'inputRecords',
  'internal.metrics.output.bytesWritten': 'outputBytes',
} as const;

describe.skipIf(!hasShared)('invariants of the field guide over the shared logs (skipped: ../shared is not here)', () => {
  it('hold on every whole log', async () => {
    let sums = 0;
    for (const { name, path } of sharedLogs()) {
      const run = await readRun(path);
      const whole = run.quality.skippedLines === 0 && !run.quality.compacted && !run.quality.missingStart && run.quality.gaps.length === 0;
      const old = /^[12]\./.test(run.application.sparkVersion ?? '1.');
      if (whole && !old && name !== 'nvidia.eventlog_v2_local-1623876083964') {
        const text = await textOf(path);
        // Task ends behind StageCompleted are in our sums and not in the event's.
        const done = new Set<string>();
        const late = new Set<string>();
        for (const [start, end] of lines(text)) {
          const key =
            /^\{"Event":"SparkListener(StageCompleted|TaskEnd)",(?:"Stage Info":\{)?"Stage ID":(\d+),"Stage Attempt ID":(\d+)/.exec(
              text.toString('latin1', start, Math.min(end, start + 120)),
            );
          if (key?.[1] === 'StageCompleted') done.add(`${key[2]}.${key[3]}`);
          else if (key !== null && done.has(`${key[2]}.${key[3]}`)) late.add(`${key[2]}.${key[3]}`);
        }
        for (const [start, end] of lines(text)) {
          if (!text.subarray(start, start + 38).equals(Buffer.from('{"Event":"SparkListenerStageCompleted"'))) continue;
          // The last line of a cut log.
          if (end === text.length) continue;
          const info = JSON.parse(text.toString('utf8', start, end))['Stage Info'];
          const stage = run.stages.find((candidate) => candidate.id === info['Stage ID'] && candidate.attempt === info['Stage Attempt ID']);
          for (const entry of info.Accumulables ?? []) {
            const column = MIRRORED[entry.Name as keyof typeof MIRRORED];
            if (column === undefined || stage === undefined || late.has(`${stage.id}.${stage.attempt}`)) continue;
            expect(stage.tasks.total(column), `${name} stage ${stage.id} ${column}`).toBe(Number(entry.Value));
            sums++;
          }
        }
      }
      for (const stage of run.stages) {
        const { tasks } = stage;
        const [duration, runMs, fetch, flags] = [tasks.int('duration'), tasks.int('runMs'), tasks.int('fetchWaitMs'), tasks.int('flags')];
        const [cpu, disk, memory, remote, read] = [
          tasks.float('cpuNs'),
          tasks.float('diskSpilled'),
          tasks.float('memorySpilled'),
          tasks.float('shuffleRemoteBytes'),
          tasks.float('shuffleReadBytes'),
        ];
        for (let i = 0; i < tasks.length; i++) {
          if (((flags[i] as number) & FLAG.success) === 0) continue;
          const where = `${name} stage ${stage.id}.${stage.attempt} row ${i}`;
          expect(runMs[i] as number, where).toBeLessThanOrEqual((duration[i] as number) + 5);
          expect(fetch[i] as number, where).toBeLessThanOrEqual((runMs[i] as number) + 5);
          if (!/nvidia\.(rapids|nds_q88|gpu)/.test(name))
            expect((cpu[i] as number) / 1e6, where).toBeLessThanOrEqual(1.01 * (runMs[i] as number) + 20);
          if ((disk[i] as number) > 0) expect(memory[i] as number, where).toBeGreaterThan(0);
          expect(remote[i] as number, where).toBeLessThanOrEqual(read[i] as number);
        }
        if (stage.status === 'skipped') expect(tasks.length).toBe(0);
      }
      for (const execution of run.sql)
        if (execution.endMs !== undefined && execution.startMs !== undefined)
          expect(execution.endMs).toBeGreaterThanOrEqual(execution.startMs);
      // Per-stage sums and per-executor sums are the same sums.
      const json = factsJson(run);
      const perExecutor = json.executors.reduce((sum, executor) => sum + executor.succeededTasks, 0);
      const perStage = run.stages.reduce((sum, stage) => sum + stage.succeededTasks, 0);
      expect(perExecutor, name).toBe(perStage);
      // Redacted values never reach what is printed as a number.
      expect(JSON.stringify(json)).not.toContain('(redacted)');
    }
    expect(sums).toBeGreaterThan(5000);
  }, 300_000);
});
