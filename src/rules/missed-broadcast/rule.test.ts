// Missed broadcast: sides, limits, join types, and what a join above keeps.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const MIB = 1024 ** 2;
const side = (key: string, path: string, rows: number, bytes: number) =>
  node('Sort', `Sort [${key} ASC NULLS FIRST], false, 0`, { 'sort time': 100 }, [
    exchange(
      `hashpartitioning(${key}, 4)`,
      { 'data size': bytes, 'shuffle write time': 1000 },
      scan({ path, rows, files: 4, bytes: bytes / 3 }),
    ),
  ]);
const join = (type: string, left: number, right: number, name = 'SortMergeJoin') =>
  node(name, `${name} [k#1], [k#2], ${type}`, { 'number of output rows': 4e6 }, [
    side('k#1', '/sales', 4e6, left),
    side('k#2', '/products', 4e5, right),
  ]);
const run = (plan: ReturnType<typeof node>, conf: Record<string, string> = {}) =>
  log({ master: 'local[4]', conf: { 'spark.driver.memory': '4g', ...conf } }).sql({
    plan,
    stages: [
      { tasks: times(4, { ms: 6000, inputRecords: 1e6, shuffleWriteBytes: 40e6, shuffleWriteRecords: 1e6 }) },
      { parents: [], tasks: times(4, { ms: 1500, inputRecords: 1e5, shuffleWriteBytes: 4e6, shuffleWriteRecords: 1e5 }) },
      {
        parents: [0, 1],
        tasks: times(4, { ms: 5000, shuffleReadBytes: 44e6, shuffleReadRecords: 1.1e6, outputBytes: 10e6, outputRecords: 1e6 }),
      },
    ],
  });

ruleTester(rule, {
  found: [
    {
      name: 'a side above the threshold and far below the heap',
      run: run(join('Inner', 400 * MIB, 50 * MIB)),
      expect: {
        places: 1,
        heldMs: [4000, 11_500],
        evidence: [
          { kind: 'stage', stageId: 2 },
          { kind: 'sql', node: 'SortMergeJoin' },
        ],
        cause: /right side has only 50\.0 MiB .* above the threshold of 10\.0 MiB/,
        remedies: /broadcast\(right\), "k"/,
      },
    },
    {
      name: 'the left side of a right outer join, threshold off',
      run: run(join('RightOuter', 20 * MIB, 300 * MIB), { 'spark.sql.autoBroadcastJoinThreshold': '-1' }),
      expect: { places: 1, evidence: [{ kind: 'conf', key: 'spark.sql.autoBroadcastJoinThreshold' }], cause: /left side .* is -1/ },
    },
    {
      name: 'small enough for the threshold, and yet a shuffled hash join: a hint',
      run: run(join('Inner', 400 * MIB, 5 * MIB, 'ShuffledHashJoin')),
      expect: { places: 1, cause: /hint forbids/ },
    },
  ],
  clear: [
    { name: 'both sides are big', run: run(join('Inner', 900 * MIB, 400 * MIB)), expect: { says: /small enough/ } },
    { name: 'the small side must be streamed', run: run(join('LeftOuter', 20 * MIB, 300 * MIB)) },
    { name: 'a full outer join has no build side', run: run(join('FullOuter', 400 * MIB, 5 * MIB)) },
    { name: 'hardly smaller than the other', run: run(join('Inner', 60 * MIB, 40 * MIB)) },
    { name: 'too big for a small heap', run: run(join('Inner', 400 * MIB, 50 * MIB), { 'spark.driver.memory': '1g' }) },
    {
      name: 'no shuffled join',
      run: log().sql({ plan: scan({ path: '/a', rows: 10, files: 1, bytes: 100 }), stages: [{ tasks: [{ ms: 5000 }] }] }),
      expect: { says: /no join/ },
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }), expect: { says: /SQL/ } }],
  noData: [
    {
      name: 'no sizes in the plan',
      run: log().sql({
        plan: node('SortMergeJoin', 'SortMergeJoin [k#1], [k#2], Inner', {}, [
          exchange('hashpartitioning(k#1, 4)', {}, scan({ path: '/a' })),
          exchange('hashpartitioning(k#2, 4)', {}, scan({ path: '/b' })),
        ]),
        stages: [{ tasks: [{ ms: 4000 }] }, { parents: [], tasks: [{ ms: 4000 }] }, { parents: [0, 1], tasks: [{ ms: 4000 }] }],
      }),
      expect: { says: /data size/ },
    },
  ],
});
