// Pandas UDF: scalar ones that take most of a stage; functions over whole groups are left alone.
import { exchange, log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const udf = (name: string, detail: string, python: number) =>
  log({ master: 'local[2]' }).sql({
    plan: node(
      name,
      detail,
      { 'number of output rows': 400_000, 'time to execute Python code': python, 'data sent to Python workers': 8e6 },
      [scan({ path: '/sales', rows: 400_000, files: 2, bytes: 4e7 })],
    ),
    stages: [{ tasks: times(2, { ms: 10_000, cpuMs: 1000, inputRecords: 200_000 }) }],
  });

ruleTester(rule, {
  found: [
    {
      name: 'a scalar pandas UDF',
      run: udf('ArrowEvalPython', 'ArrowEvalPython [score(x#4)#15], [pythonUDF0#20], 200', 16_000),
      expect: {
        places: 1,
        heldMs: [7500, 8500],
        evidence: [{ kind: 'stage', stageId: 0 }],
        cause: /score run in pandas for 400,000 rows/,
        remedies: /built-in/,
      },
    },
    {
      name: 'two operators in one stage, each with the waiting of the other: together they hold no more than the stage',
      run: log({ master: 'local[2]' }).sql({
        plan: node(
          'ArrowEvalPython',
          'ArrowEvalPython [rank(y#5)#16], [pythonUDF1#21], 200',
          { 'number of output rows': 400_000, 'time to execute Python code': 19_000 },
          [
            node(
              'ArrowEvalPython',
              'ArrowEvalPython [score(x#4)#15], [pythonUDF0#20], 200',
              { 'number of output rows': 400_000, 'time to execute Python code': 19_000 },
              [scan({ path: '/sales', rows: 400_000, files: 2, bytes: 4e7 })],
            ),
          ],
        ),
        stages: [{ tasks: times(2, { ms: 10_000, cpuMs: 1000, inputRecords: 200_000 }) }],
      }),
      expect: { places: 2, heldMs: [9500, 10_100] },
    },
  ],
  clear: [
    {
      name: 'a small part of its stage',
      run: udf('ArrowEvalPython', 'ArrowEvalPython [score(x#4)#15], [pythonUDF0#20], 200', 1000),
      expect: { says: /small part/ },
    },
    { name: 'a row UDF', run: udf('ArrowEvalPython', 'ArrowEvalPython [score(x#4)#15], [pythonUDF0#20], 101', 16_000) },
    {
      name: 'applyInPandas',
      run: log().sql({
        plan: node(
          'FlatMapGroupsInPandas',
          'FlatMapGroupsInPandas [store#1], exposure(store#1)#2, [store#3]',
          { 'time to execute Python code': 16_000 },
          [exchange('hashpartitioning(store#1, 4)', {}, scan({ path: '/a' }))],
        ),
        stages: [{ tasks: times(4, { ms: 100 }) }, { tasks: times(4, { ms: 9000 }) }],
      }),
      expect: { says: /whole groups/ },
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
});
