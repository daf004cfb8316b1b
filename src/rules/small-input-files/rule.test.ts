// Small input files: number and size of files, what the stage did besides, and the store.
import { log, node, ruleTester, scan, times } from '../testing/index.ts';
import { rule } from './rule.ts';

const run = (files: number | undefined, bytes: number | undefined, ms = 350, path = '/landing', python?: number) => {
  const read = scan({ path, rows: 360_000, files, bytes, partitions: 60 });
  const plan =
    python === undefined
      ? read
      : node('ArrowEvalPython', 'ArrowEvalPython [f(a#1)#3], [pythonUDF0#4], 101', { 'time to execute Python code': python }, [read]);
  return log().sql({ plan, stages: [{ tasks: times(112, { ms, inputRecords: 3000 }) }] });
};

/** Files named one by one (a pattern, a list): jobs ask for each of them before the query reads them. */
const namedOneByOne = (listed: number) => {
  const listing = {
    description: `Listing leaf files and directories for ${listed} paths:<br/>file:/clicks/part-0.json, ...`,
    stages: [{ tasks: times(112, { ms: 200 }) }],
  };
  return log()
    .job(listing)
    .job(listing)
    .sql({
      plan: scan({ path: '/clicks/part-0.json, file:/clicks/part-1.json, ...', rows: 360_000, files: 3600, bytes: 36e6 }),
      stages: [{ tasks: times(112, { ms: 350, inputRecords: 3000 }) }],
    });
};

ruleTester(rule, {
  found: [
    {
      name: 'thousands of files of 10 KB',
      run: run(3600, 36e6),
      expect: {
        places: 1,
        heldMs: [9000, 9900],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'table', path: 'file:/landing' },
        ],
        cause: /3,600 files of 9\.8 KiB/,
        remedies: /Compact/,
      },
    },
    {
      name: 'files named one by one: the jobs that list them are part of it',
      run: namedOneByOne(3600),
      expect: {
        places: 1,
        heldMs: [19_000, 21_500],
        evidence: [
          { kind: 'stage', stageId: 0 },
          { kind: 'stage', stageId: 1 },
          { kind: 'stage', stageId: 2 },
          { kind: 'table', path: 'file:/clicks' },
        ],
        cause: /^file:\/clicks is read as 3,600 files .* listing each on its own \(2 jobs\)/,
        remedies: /pathGlobFilter/,
      },
    },
    { name: 'folders that are listed are no files', run: namedOneByOne(60), expect: { heldMs: [9000, 9900], cause: /opening them held/ } },
    { name: 'an object store costs more a file', run: run(600, 6e6, 350, '//s3a://bucket/landing'), expect: { heldMs: [8000, 9900] } },
    { name: 'Python took most of the stage', run: run(3601, 36e6, 350, '/landing', 30_000), expect: { heldMs: [1500, 2500] } },
  ],
  clear: [
    { name: 'few files', run: run(31, 7e6), expect: { says: /no table/ } },
    { name: 'large files', run: run(3600, 3600 * 100e6) },
    {
      name: 'no files',
      run: log().sql({ plan: node('Range', 'Range (0, 10)', { 'number of output rows': 10 }), stages: [{ tasks: [{ ms: 10 }] }] }),
    },
  ],
  notApplicable: [{ name: 'no SQL', run: log().job({ stages: [{ tasks: [{ ms: 100 }] }] }) }],
  noData: [{ name: 'a plan without file metrics', run: run(undefined, undefined), expect: { says: /files/ } }],
});
