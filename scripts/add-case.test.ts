// A log is copied without its machine, and nothing that an audit says of it changes.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readRun } from '../src/eventlog/index.ts';
import { factsJson } from '../src/facts/index.ts';
import { log, scan, times } from '../src/rules/testing/index.ts';
import { addCase, expectedOf } from './add-case.ts';
import { scrub } from './scrub.ts';

const home = '/home/ada';
const text = log({
  master: 'yarn',
  executors: [{ host: 'node7.example.org' }, { host: '10.1.2.3' }],
  conf: { 'spark.driver.host': '10.1.2.30', 'spark.eventLog.dir': 'file:/scratch/jobs/events', 'spark.local.dir': `${home}/tmp` },
})
  .sql({ plan: scan({ path: '/scratch/jobs/in/sales', rows: 10, files: 2 }), stages: [{ tasks: times(4, { ms: 900 }) }] })
  .text()
  .replace(
    '"System Properties":{}',
    `"System Properties":${JSON.stringify({ 'user.home': home, 'user.dir': '/scratch/jobs/run1', 'user.name': 'ada', secret: 'x' })}`,
  )
  .replace('"Hadoop Properties":{}', '"Hadoop Properties":{"fs.s3a.path.style.access":"true","yarn.nodes":"node7.example.org"}')
  .replace('"Classpath Entries":{}', '"Classpath Entries":{"/opt/spark-9/jars/spark-core_2.13.jar":"System Classpath"}')
  .replace('"User":"spark"', '"User":"ada"');

test('names become other names, the same one everywhere; the rest is as it was', () => {
  const { parts, replaced } = scrub([text]);
  const out = parts[0] as string;
  expect(out).not.toMatch(/\bada\b|scratch|example\.org|10\.1\.2|secret|spark-9|yarn\.nodes/);
  expect(out).toContain('"Location":"InMemoryFileIndex(1 paths)[file:/data/in/sales]"');
  expect(out).toContain('"spark.local.dir":"/home/spark/tmp"');
  expect(out).toContain('"fs.s3a.path.style.access":"true"');
  expect(out).toContain('"User":"spark"');
  expect(Object.fromEntries(replaced.map(({ from, to }) => [from, to]))).toMatchObject({
    '10.1.2.3': 'host-1',
    '10.1.2.30': 'host-2',
    'node7.example.org': 'host-3',
  });
  expect(out.split('\n').length).toBe(text.split('\n').length);
  expect(scrub([out]).parts[0]).toBe(out);
});

test('a path is replaced as a whole only; names of the caller go first', () => {
  const lines = [`{"Event":"SparkListenerLogStart","at":"/srv/x /srv/xy /a/srv/x /srv/x/y.z"}`];
  expect(scrub(lines, [['/srv/x', '/data']]).parts[0]).toContain('"/data /srv/xy /a/srv/x /data/y.z"');
  expect(() => scrub(lines, [['/srv/x', '/srv/x']])).toThrow("'/srv/x' is still there");
});

test('what is expected follows the truth, most severe first', () => {
  const truth = {
    id: '1-a',
    log: { before: 'before' },
    note: 'why',
    causes: [
      { rule: 'b', severity: 2 },
      { rule: 'a', severity: 1 },
    ],
  };
  expect(expectedOf(truth, ['a', 'b'])).toEqual({ found: ['a', 'b'], about: 'why' });
  expect(expectedOf({ ...truth, causes: [], healthy: true, note: '' }, [])).toEqual({ found: [], healthy: true });
  expect(() => expectedOf(truth, ['a'])).toThrow('1-a: no rule here is called b');
});

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-case-'));
  mkdirSync(join(folder, 'src/rules/slow-thing'), { recursive: true });
  writeFileSync(join(folder, 'src/rules/slow-thing/rule.ts'), '');
  mkdirSync(join(folder, '9-slow/before/eventlog_v2_app-1'), { recursive: true });
  const truth = { id: '9-slow', log: { before: 'before' }, causes: [{ rule: 'slow-thing', severity: 1 }] };
  writeFileSync(join(folder, '9-slow/truth.json'), JSON.stringify(truth));
  writeFileSync(join(folder, '9-slow/before/eventlog_v2_app-1/appstatus_app-1'), '');
  writeFileSync(join(folder, '9-slow/before/eventlog_v2_app-1/events_1_app-1'), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(['plain', 'zstd', 'lz4', 'snappy', 'lzf'])('a case in %s reads as the scenario does', async (codec) => {
  const written = await addCase(folder, join(folder, '9-slow'), { codec, name: codec });
  expect(readdirSync(written.folder).sort()).toEqual(['eventlog_v2_app-1', 'expected.json']);
  expect(JSON.parse(readFileSync(join(written.folder, 'expected.json'), 'utf8'))).toEqual({ found: ['slow-thing'] });
  const run = await readRun(join(written.folder, 'eventlog_v2_app-1'));
  expect(run.quality).toMatchObject({ codec, layout: 'rolling', parts: 1, notes: [] });
  const original = await readRun(join(folder, '9-slow/before/eventlog_v2_app-1'));
  expect(factsJson(run)).toMatchObject({ stages: (factsJson(original) as { stages: unknown }).stages });
  await expect(addCase(folder, join(folder, '9-slow'), { name: codec })).rejects.toThrow('exists already');
});
