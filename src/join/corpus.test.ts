// The join held against real runs and the code that made them (corpus/*/job.py): the lines at fault are named, and healthy runs stay healthy.
// Laws: a new case is a new folder; no line here knows one.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { audit } from '../audit/index.ts';
import { readRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import { loadPySpark } from '../pyspark/index.ts';
import { joinCode } from './index.ts';

const CORPUS = join(import.meta.dirname, '../../corpus');
const cases = readdirSync(CORPUS, { withFileTypes: true })
  .map((entry) => join(CORPUS, entry.name))
  .filter((folder) => existsSync(join(folder, 'job.py')));
const pyspark = await loadPySpark();

const logOf = (folder: string): string =>
  join(folder, readdirSync(folder).filter((file) => file !== 'expected.json' && file !== 'job.py')[0] as string);
const expectedOf = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as { found: string[]; lines?: number[]; healthy?: boolean };
const programOf = (folder: string, path = 'elsewhere/job.py') =>
  pyspark.parse({ path, text: readFileSync(join(folder, 'job.py'), 'utf8') });

test('there are cases with code, healthy ones among them', () => {
  expect(cases.length).toBeGreaterThan(10);
  expect(cases.some((folder) => expectedOf(folder).healthy === true)).toBe(true);
});

describe.each(cases.map((folder) => [folder.slice(CORPUS.length + 1), folder] as const))('%s', (_, folder) => {
  test('findings name a line at fault, with a reason; code adds no finding to a healthy run', async () => {
    const { found, lines, healthy } = expectedOf(folder);
    const program = programOf(folder);
    const report = audit(await readRun(logOf(folder)), { code: program });
    const said = report.findings.filter((finding) => finding.status === 'found');
    expect(report.findings.filter((finding) => finding.status === 'error')).toEqual([]);
    if (healthy === true) expect(said.map((finding) => finding.rule)).toEqual([]);
    const own = said.filter((finding) => found.includes(finding.rule)).flatMap((finding) => finding.code);
    if (lines !== undefined)
      expect({ at: lines.filter((line) => own.some((one) => one.line <= line && one.endLine >= line)).length > 0, own }).toMatchObject({
        at: true,
      });
    const texts = program.sources[0]?.text.split('\n') ?? [];
    for (const finding of report.findings) {
      expect(finding.code.length).toBeLessThanOrEqual(3);
      for (const line of finding.code) {
        expect(line.file).toBe('elsewhere/job.py');
        expect(texts[line.line - 1]).toContain(line.text);
        expect(line.endLine).toBeGreaterThanOrEqual(line.line);
        expect(line.basis).not.toBe('');
        // Who says that it is sure has no rival.
        if (line.confidence === 'likely') expect(line.rivals).toBe(0);
        expect(finding.evidence).toContainEqual(expect.objectContaining({ kind: 'source', file: line.file, line: line.line }));
      }
    }
    // Findings of the code alone are never findings of the run.
    expect(report.code?.every((entry) => said.every((finding) => !finding.lint.includes(entry)))).toBe(true);
  });

  test('laws of the join', async () => {
    const run = await readRun(logOf(folder));
    const store = new FactStore(run);
    const program = programOf(folder);
    const map = joinCode(store, program);
    // Queries of an action stand under that action, each once.
    for (const action of program.actions)
      for (const id of map.executionsOf(action)) expect(map.actionsOf(id).map((place) => place.action)).toEqual([action]);
    // An operator belongs to one call.
    const seen = new Set<unknown>();
    for (const call of program.calls)
      for (const node of map.nodesOf(call)) {
        expect(seen.has(node)).toBe(false);
        seen.add(node);
      }
    for (const read of program.reads) for (const node of map.scansOf(read)) expect(['scan', 'jdbc-scan']).toContain(node.kind);
    // The same twice is the same.
    const again = joinCode(new FactStore(run), program);
    for (const { id } of run.sql)
      expect(again.actionsOf(id).map((place) => place.line)).toEqual(map.actionsOf(id).map((place) => place.line));
  });

  test('the code of another job is not taken for its own', async () => {
    const run = await readRun(logOf(folder));
    const other = pyspark.parse({
      path: 'other.py',
      text: 'from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nspark.read.orc("/elsewhere/x").write.orc("/elsewhere/y")\n',
    });
    const map = joinCode(new FactStore(run), other);
    for (const { id } of run.sql) expect(map.actionsOf(id)).toEqual([]);
    expect(map.scansOf(other.reads[0] as (typeof other.reads)[number])).toEqual([]);
    const said = audit(run, { code: other }).findings.flatMap((finding) => finding.code);
    expect(said.filter((line) => line.confidence !== 'possible')).toEqual([]);
  });
});
