// Proofs for the tests of every face: each verdict, hostile texts, very many pairs. Verdicts come from the real judge.
// Law: no face is tested on fewer than all of these.

import {
  besideOf,
  judge,
  type MeasuredRun,
  makePlan,
  type OutputCheck,
  type PairedRun,
  type PlanInput,
  type Proof,
  pairOf,
  type Subject,
  selfNoise,
} from '../../prove/index.ts';
import { generator, normals } from '../../prove/random.ts';

const START = Date.UTC(2026, 10, 21, 15, 30, 0);

const subject = (name: string, over: Partial<Subject> = {}): Subject => ({
  name,
  script: `/srv/jobs/daily_sales/${name}.py`,
  args: ['--input', '/data/sales', '--output', '{output}'],
  conf: {},
  revision: undefined,
  codeFingerprint: 'c0de',
  confFingerprint: 'c0ff',
  ...over,
});

const OUTPUT: OutputCheck['outputs'][number] = {
  name: 'daily_sales',
  a: { location: '/runs/a/output/daily_sales', rows: 1_203_441, columns: 12 },
  b: { location: '/runs/b/output/daily_sales', rows: 1_203_441, columns: 12 },
  equal: true,
  withinTolerance: ['revenue: 4 of 12 sums differ by at most 3e-13'],
  schema: [],
  columns: [],
  onlyInA: undefined,
  onlyInB: undefined,
  examplesA: [],
  examplesB: [],
};
export const EQUAL: OutputCheck = {
  status: 'equal',
  sentence: '1 output compared by schema, row count and a fingerprint of every column, whatever the order of rows; floats within 1e-9.',
  tolerance: 1e-9,
  outputs: [OUTPUT],
};
const DIFFERENT: OutputCheck = {
  ...EQUAL,
  status: 'different',
  sentence: '1 of 2 outputs differs.',
  outputs: [
    OUTPUT,
    {
      ...OUTPUT,
      name: 'top_customers',
      equal: false,
      withinTolerance: [],
      b: { ...OUTPUT.b, rows: 1_203_439 },
      schema: [],
      columns: [
        { column: 'revenue', typeA: 'decimal(18,2)', typeB: 'double', rows: 3, reason: 'type differs' },
        { column: 'rank', typeA: 'int', typeB: 'int', rows: undefined, reason: 'values differ' },
      ],
      onlyInA: 5,
      onlyInB: 3,
      examplesA: [{ customer: 'c-17', day: '2026-11-20', revenue: '1204.50', rank: '1' }],
      examplesB: [{ customer: 'c-17', day: '2026-11-20', revenue: '1204.5', rank: null }],
    },
  ],
};
const NOT_COMPARED: OutputCheck = {
  status: 'notCompared',
  sentence: 'Neither side wrote to {output}, and no output was named.',
  tolerance: 1e-9,
  outputs: [],
};

const counters = (scale: number, uniform: () => number): NonNullable<MeasuredRun['counters']> => ({
  coreMs: 61_000 * scale * (1 + 0.02 * uniform()),
  cpuMs: 48_000 * scale * (1 + 0.02 * uniform()),
  tasks: Math.round(2412 * scale),
  stages: scale < 1 ? 11 : 31,
  inputBytes: 812e6,
  inputRecords: 12e6,
  outputBytes: 41e6,
  outputRecords: 1_203_441,
  shuffleWriteBytes: 1.9e9 * scale,
  shuffleReadBytes: 1.9e9 * scale,
  spilledBytes: scale < 1 ? 0 : 640e6,
  gcMs: 4100 * scale,
  failedTasks: 0,
});

interface World {
  readonly ratio: number;
  readonly cv: number;
  readonly pairs?: number;
  readonly plan?: Omit<PlanInput, 'seed'>;
  readonly outputs?: OutputCheck;
  readonly aa?: boolean;
  /** Changes pairs before they are judged. */
  readonly change?: (pairs: readonly PairedRun[]) => readonly PairedRun[];
  readonly over?: Partial<Proof>;
}

export function proofOf({
  ratio,
  cv,
  pairs: wanted,
  plan: input = {},
  outputs = EQUAL,
  aa = false,
  change = (list) => list,
  over = {},
}: World): Proof {
  const plan = makePlan({ seed: 7, ...input });
  const uniform = generator(42);
  const normal = normals(uniform);
  const run = (arm: 'A' | 'B', i: number): MeasuredRun => {
    const scale = arm === 'B' ? ratio : 1;
    const wall = 35_000 * scale * Math.exp(cv * normal());
    const counted = counters(arm === 'B' && !aa ? ratio : 1, uniform);
    return {
      runId: `r-20261121-15${String(30 + i).padStart(2, '0')}00-${arm.toLowerCase()}${i}f00d`,
      arm,
      startedMs: START + i * 60_000,
      values: { wall, core: counted.coreMs, ...(plan.metric === 'cost' ? { cost: wall * 4.2e-7 } : {}) },
      counters: counted,
      succeeded: true,
      reason: undefined,
      infrastructure: [],
    };
  };
  const warmups = [run('A', 0), run('B', 0)];
  const last = plan.looks.at(-1)?.pairs ?? 0;
  const pairs = change(
    Array.from({ length: wanted ?? last }, (_, i) => pairOf(i + 1, plan.orders[i] ?? 'AB', run('A', i + 1), run('B', i + 1))),
  );
  const a = subject('slow', { conf: { 'spark.sql.shuffle.partitions': '200' } });
  return {
    proofId: 'p-20261121-153000-a1b2c3',
    a,
    b: aa ? a : subject('fast', { conf: { 'spark.sql.shuffle.partitions': '8', 'spark.hadoop.fs.s3a.secret.key': 'hunter2' } }),
    aa,
    startedMs: START,
    endedMs: START + 7 * 60_000 + 12_000,
    plan,
    outputs,
    pairs,
    warmups,
    verdict: judge(plan, pairs, outputs, { aa, warmups }).verdict,
    beside: besideOf(pairs, plan.metric),
    noise: aa ? selfNoise(pairs, plan.metric) : undefined,
    predicted: undefined,
    environment: { spark: '4.1.1', java: '17.0.15', python: '3.11.2', host: 'bench-1', cores: 2, master: 'local[2]' },
    currency: plan.metric === 'cost' ? 'EUR' : undefined,
    ...over,
  };
}

const NASTY = '\u001b[31mred\u001b[0m | `code` <b>bold</b> [x](http://e.example) @you \u202eabc';

/** By name; adding one here tests it everywhere. */
export const proofs: Readonly<Record<string, Proof>> = {
  win: proofOf({ ratio: 0.29, cv: 0.04, over: { predicted: { low: 0.2, likely: 0.31, high: 0.42 } } }),
  loss: proofOf({ ratio: 1.22, cv: 0.04, over: { predicted: { low: 0.6, likely: 0.7, high: 0.8 } } }),
  equivalent: proofOf({ ratio: 1.003, cv: 0.01 }),
  notProven: proofOf({ ratio: 0.96, cv: 0.08 }),
  smallWin: proofOf({ ratio: 0.984, cv: 0.004 }),
  until: proofOf({ ratio: 0.7, cv: 0.05, plan: { untilDecided: true }, pairs: 8 }),
  unsafe: proofOf({ ratio: 0.29, cv: 0.04, pairs: 1, outputs: DIFFERENT }),
  failedB: proofOf({
    ratio: 0.4,
    cv: 0.04,
    pairs: 3,
    change: (list) =>
      list.map((pair, i) =>
        i === 2
          ? {
              ...pair,
              b: {
                ...pair.b,
                succeeded: false,
                values: {},
                counters: undefined,
                reason: 'Job aborted: java.lang.OutOfMemoryError in stage 4.',
              },
            }
          : pair,
      ),
  }),
  invalid: proofOf({
    ratio: 0.5,
    cv: 0.04,
    plan: { metric: 'cost' },
    pairs: 1,
    change: (list) => list.map((pair) => ({ ...pair, a: { ...pair.a, values: { wall: 1 } } })),
  }),
  unchecked: proofOf({ ratio: 0.5, cv: 0.04, outputs: NOT_COMPARED }),
  few: proofOf({ ratio: 0.5, cv: 0.04, plan: { pairs: 3, warmup: 0 } }),
  excluded: proofOf({
    ratio: 0.5,
    cv: 0.04,
    pairs: 9,
    change: (list) =>
      list.map((pair, i) => (i === 3 ? pairOf(4, pair.order, pair.a, { ...pair.b, infrastructure: ['executor lost'] }) : pair)),
  }),
  cost: proofOf({ ratio: 0.6, cv: 0.05, plan: { metric: 'cost' } }),
  aa: proofOf({ ratio: 1, cv: 0.05, plan: { pairs: 12 }, aa: true }),
  many: proofOf({ ratio: 0.93, cv: 0.1, plan: { pairs: 60 } }),
  some: proofOf({ ratio: 0.93, cv: 0.1, plan: { pairs: 24 } }),
  empty: proofOf({ ratio: 1, cv: 0.1, pairs: 0 }),
  hostile: proofOf({
    ratio: 0.5,
    cv: 0.04,
    outputs: {
      ...DIFFERENT,
      sentence: NASTY,
      outputs: [
        {
          ...(DIFFERENT.outputs[1] as OutputCheck['outputs'][number]),
          name: `${NASTY} ${'very/long/name/'.repeat(20)}`,
          examplesA: [{ [NASTY]: `${NASTY} password=hunter2`, ['x'.repeat(300)]: 'y'.repeat(5000) }],
        },
      ],
    },
    over: {
      a: subject(NASTY, { args: ['--password=hunter2', 'z'.repeat(400)], revision: NASTY }),
      environment: { spark: NASTY, java: NASTY, python: NASTY, host: NASTY, cores: 1, master: NASTY },
      verdict: { kind: 'unsafe', sentence: NASTY, notes: [NASTY], next: [NASTY], estimate: undefined, alpha: undefined },
    },
  }),
};
