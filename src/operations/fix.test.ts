// `fix` and `revert` as a user has them: a real log, the code of its job, files on disk.
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPySpark, walk } from '../pyspark/index.ts';
import type { FixResult } from '../report/index.ts';
import { type Context, operations } from './index.ts';

const CORPUS = join(import.meta.dirname, '../../corpus');
const LOOK = { width: 100, color: false, unicode: true };
let folder: string;
let context: Context;
/** Cases of the corpus that have the code of their job. */
const cases: { name: string; log: string }[] = [];
for (const name of await readdir(CORPUS)) {
  const files = await readdir(join(CORPUS, name)).catch((): string[] => []);
  const log = files.find((one) => /^(eventlog_v2_|local-|app-)/.test(one));
  if (files.includes('job.py') && log !== undefined) cases.push({ name, log: join(CORPUS, name, log) });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'firesteel-fix-'));
  context = { cwd: folder, signal: new AbortController().signal, progress: () => undefined, note: () => undefined };
  for (const { name } of cases) await cp(join(CORPUS, name, 'job.py'), join(folder, `${name}.py`));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const start = async (name: string, input: object) => {
  const operation = await operations.find((one) => one.name === name)?.load();
  return operation?.start(input, context) as Promise<{
    result: unknown;
    render(format: string, look: object): Promise<string | Iterable<string>>;
  }>;
};
const text = (name: string) => readFile(join(folder, `${name}.py`), 'utf8');

it('the corpus has cases with code', () => expect(cases.length).toBeGreaterThan(2));

describe.each(cases)('$name', ({ name, log }) => {
  it('a dry run writes nothing; what is applied is Python, is not proposed again, and is taken back to the byte', async () => {
    const before = await text(name);
    const dry = (await start('fix', { code: [`${name}.py`], log })).result as FixResult;
    expect(await text(name)).toBe(before);
    expect(dry.applied).toBeUndefined();
    for (const one of dry.planned) expect(one.proposal.reason).not.toBe('');

    const done = (await start('fix', { code: [`${name}.py`], log, apply: true })).result as FixResult;
    const after = await text(name);
    expect(done.patch).toBe(dry.patch);
    expect(after === before).toBe(done.diffs.length === 0);
    if (done.diffs.length === 0) return;
    const program = (await loadPySpark()).parse({ path: 'after.py', text: after });
    expect(program.roots.flatMap((root) => [...walk(root)]).filter((node) => node.type === 'ERROR')).toEqual([]);

    const again = (await start('fix', { code: [`${name}.py`], log })).result as FixResult;
    const first = new Set(done.planned.filter((one) => one.state === 'taken').map((one) => one.proposal.title));
    expect(again.planned.filter((one) => one.state === 'taken' && one.proposal.edits.length > 0 && first.has(one.proposal.title))).toEqual(
      [],
    );

    await start('revert', {});
    expect(await text(name)).toBe(before);
  });

  it('every face shows each change with its reason', async () => {
    const done = await start('fix', { code: [`${name}.py`], log, all: true });
    const { planned } = done.result as FixResult;
    const terminal = [...(await done.render('terminal', LOOK))].join('');
    const json = JSON.parse([...(await done.render('json', LOOK))].join('')) as { schema: string; planned: { id: string }[] };
    expect(json.schema).toBe('firesteel/fix@1');
    expect(json.planned.map((one) => one.id)).toEqual(planned.map((one) => one.id));
    for (const one of planned) expect(terminal.replace(/\s+/g, ' ')).toContain(one.proposal.title.split(' ').slice(0, 3).join(' '));
  });
});

it('--interactive without a terminal says what to do', async () => {
  const [one] = cases;
  await expect(start('fix', { code: [`${one?.name}.py`], log: one?.log, interactive: true })).rejects.toThrow(/needs a terminal/);
});

it('asks at each change and takes what is said', async () => {
  const { name, log } = cases.find((one) => one.name === 'python-row-udf') ?? (cases[0] as (typeof cases)[number]);
  const asked: string[] = [];
  const answers = ['n', 'y'];
  context = { ...context, ask: async (question) => (asked.push(question) > 0 ? (answers.shift() ?? 'q') : 'q') };
  const done = (await start('fix', { code: [`${name}.py`], log, interactive: true })).result as FixResult;
  expect(asked.length).toBeGreaterThan(0);
  expect(done.planned.filter((one) => one.state === 'taken').length).toBeLessThanOrEqual(1);
  if (done.applied !== undefined) await start('revert', {});
});

it.each([
  [{ code: ['README.md'] }, /^No Python code in README\.md\.$/],
  [{ code: ['python-row-udf.py'], rule: ['python-row-ud'] }, /^There is no rule "python-row-ud"\.$/],
])('%j is refused', async (input, message) => {
  await writeFile(join(folder, 'README.md'), '# no code\n');
  await expect(start('fix', input)).rejects.toThrow(message);
});

it('what the project forbids is in no report either', async () => {
  const { name, log } = cases.find((one) => one.name === 'small-input-files') ?? (cases[0] as (typeof cases)[number]);
  const shown = async () => {
    const done = await start('audit', { logs: [log], code: [`${name}.py`] });
    return [...(await done.render('report', LOOK))].join('');
  };
  expect(await shown()).toContain('--conf spark.');
  await writeFile(join(folder, 'firesteel.json'), JSON.stringify({ constraints: { exclude: ['spark.*'] } }));
  expect(await shown()).not.toContain('--conf spark.');
  await rm(join(folder, 'firesteel.json'));
});
