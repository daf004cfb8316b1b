// Cached frames: columns of a schema text, and which stages fill and read a cache.
import { expect, test } from 'vitest';
import { log, node, scan, times } from '../rules/testing/index.ts';
import { fieldsOf } from './caches.ts';
import { FACTS, FactStore } from './index.ts';

test.each([
  ['struct<a:int,b:string>', ['a', 'b']],
  ['struct<a:struct<x:int,y:map<string,int>>,b:decimal(10,2)>', ['a', 'b']],
  ['struct<>', []],
  ['struct<a:int,...>', undefined],
  ['', undefined],
])('columns of %s', (text, expected) => {
  const fields = fieldsOf(text);
  expect(fields === undefined ? undefined : [...fields.keys()]).toEqual(expected);
});

test('a cache filled in its own stage, read twice, with its RDD', () => {
  const block = { name: 'FileScan parquet [k#1,v#2]', id: 900, cached: true, partitions: 2 };
  const read = (fills: boolean) =>
    node('InMemoryTableScan', 'InMemoryTableScan [k#1]', { 'number of output rows': 20 }, [
      scan({ path: '/a', rows: fills ? 20 : undefined, stage: fills ? 'fill' : undefined }),
    ]);
  const run = log()
    .sql({
      plan: node('Project', 'Project [k#1]', {}, [read(true)], { stage: 'read' }),
      stages: [
        { stage: 'fill', tasks: times(2, { ms: 900, inputRecords: 10 }), rdds: [block] },
        { stage: 'read', parents: [0], tasks: times(2, { ms: 100, inputBytes: 50 }), rdds: [block] },
      ],
    })
    .sql({
      plan: node('Project', 'Project [k#1]', {}, [read(false)]),
      stages: [{ tasks: times(2, { ms: 100, inputBytes: 50 }), rdds: [block] }],
    })
    .run();
  const [cache, ...others] = new FactStore(run).get(FACTS.caches);
  expect(others).toEqual([]);
  expect(cache).toMatchObject({ rddId: 900, partitions: 2, recomputed: 0, otherJobs: 0, bytes: 100, plain: true });
  expect(cache?.uses.map(({ columns }) => columns)).toEqual([['k'], ['k']]);
  expect(cache?.builders.map(({ stage }) => stage.id)).toEqual([0]);
  expect(cache?.readers.map(({ stage }) => stage.id)).toEqual([1, 2]);
});
