// `conf lint` from files to text: kinds told apart, one bad file beside good ones, the gate, the three faces, logs.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConfLint } from '../report/index.ts';
import { log } from '../rules/testing/index.ts';
import { operation } from './conf-lint.ts';
import type { Context } from './define.ts';

const context: Context = { cwd: process.cwd(), signal: new AbortController().signal, progress: () => undefined, note: () => undefined };
const look = { width: 100, color: false, unicode: true };
let folder = '';
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-conf-'));
  await mkdir(at('jobs', '.git'), { recursive: true });
  await writeFile(at('spark-defaults.conf'), 'spark.dynamicAllocation.enabled  true\nspark.executor.memmory 4g\n');
  await writeFile(
    at('jobs', 'job.py'),
    'spark.conf.set("spark.executor.memory", "4g")\nspark.conf.set("spark.sql.adaptive.enabled", True)\n',
  );
  await writeFile(at('jobs', 'run'), '#!/bin/sh\nspark-submit --conf spark.speculation.quantile=0.5 job.py\n');
  await writeFile(at('jobs', 'app.yaml'), 'spec:\n  sparkVersion: 4.0.1\n  sparkConf:\n    spark.sql.ansi.enabled: "true"\n');
  await writeFile(at('jobs', 'bad.yaml'), 'a: [1\nb: "\n');
  await writeFile(at('jobs', '.git', 'x.conf'), 'spark.executor.memmory 4g\n');
  await writeFile(at('app.log'), log({ conf: { 'spark.executor.memoryFraction': '0.8' }, version: '3.5.1' }).text());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (input: Readonly<Record<string, unknown>>) => {
  const done = await operation.start(input, context);
  return { ...done, result: done.result as ConfLint };
};

test('files, folders and logs, each by what it is', async () => {
  const { result } = await run({ files: [at('spark-defaults.conf'), at('jobs'), at('jobs', 'run'), at('app.log')], sparkVersion: '4.1' });
  expect(result.sources.map(({ kind, version }) => `${kind} ${version.line}`)).toEqual([
    'properties 4.1',
    'yaml 4.0',
    'python 4.1',
    'shell 4.1',
    'log 3.5',
  ]);
  expect(result.findings.map(({ rule, severity, key }) => `${rule} ${severity} ${key}`)).toEqual([
    'conf-unknown warning spark.executor.memmory',
    'conf-restates-default note spark.sql.ansi.enabled',
    'conf-no-effect error spark.executor.memory',
    'conf-restates-default note spark.sql.adaptive.enabled',
    'conf-no-effect warning spark.speculation.quantile',
    'conf-unknown warning spark.executor.memoryFraction',
  ]);
  expect(result.failed.map(({ path }) => path)).toEqual([at('jobs', 'bad.yaml')]);
});

test('the gate: notes pass, more does not, what could not be read is not passed over', async () => {
  const outcome = async (...files: string[]) => (await run({ files, failOn: 'found', sparkVersion: '4.0' })).outcome.kind;
  expect(await outcome(at('jobs', 'app.yaml'))).toBe('done');
  expect(await outcome(at('spark-defaults.conf'))).toBe('gate failed');
  expect(await outcome(at('jobs', 'app.yaml'), at('jobs', 'bad.yaml'))).toBe('unreadable');
});

test('what is not there, and what is nothing of all this', async () => {
  await expect(run({ files: [at('nowhere.conf')] })).rejects.toMatchObject({ code: 'not-found' });
  await expect(run({ files: [at('jobs', 'bad.yaml')] })).rejects.toMatchObject({ code: 'corrupt-input' });
  await writeFile(at('notes.txt'), 'nothing\n');
  await expect(run({ files: [at('notes.txt')] })).rejects.toMatchObject({ code: 'not-an-event-log' });
});

test('three faces', async () => {
  const done = await run({ files: [at('spark-defaults.conf'), at('jobs')], sparkVersion: '4.0' });
  const terminal = String(await done.render('terminal', look));
  expect(terminal).toContain('2:1 spark.executor.memmory=4g');
  expect(terminal).toContain('→ Did you mean spark.executor.memory?');
  expect(terminal).toMatch(/2 notes not shown: --all/);
  expect(terminal).toMatch(/not read: .*bad\.yaml/);
  expect(String(await done.render('markdown', look))).toMatch(/\| 2:1 \| `spark\.executor\.memmory=4g` \| warning \| conf-unknown \|/);
  const json = JSON.parse([...(await done.render('json', look))].join('')) as { schema: string; findings: { place: string }[] };
  expect(json.schema).toBe('firesteel/conf-lint@1');
  expect(json.findings[0]?.place).toBe(`${at('spark-defaults.conf')}:2:1`);
});

test('without a version it says which one it takes', async () => {
  const done = await run({ files: [at('spark-defaults.conf')] });
  expect(String(await done.render('terminal', look))).toMatch(/version is not known: \d\.\d is assumed/);
});
