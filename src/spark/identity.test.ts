// Fingerprints, git, checkouts, ids and records of runs.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modulesOf } from './imports.ts';
import { checkout, codeFingerprint, confFingerprint, gitState, newRunId, prepareRun, type SparkInstall } from './index.ts';
import { masked } from './prepare.ts';
import { workshop } from './testing/spark.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-identity-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

test.each<[string, string[]]>([
  ['import a', ['a']],
  ['import a.b as c, d  # e, f', ['a.b', 'd']],
  ['from a.b import c, d as e', ['a.b', 'a.b.c', 'a.b.d']],
  ['from . import x\nfrom ..y import z', ['.x', '..y', '..y.z']],
  ['from a import (\n  b,  # one\n  c,\n)', ['a', 'a.b', 'a.c']],
  ['import a, \\\n  b', ['a', 'b']],
  ['if x: import a\ntry:\n    import b; import c\nexcept ImportError: from d import e', ['a', 'b', 'c', 'd', 'd.e']],
  ['from a import *', ['a']],
  ['important = 1\nfrom_date = 2', []],
])('modules of %j', (text, expected) => {
  expect(modulesOf(text)).toEqual(expected);
});

describe('the fingerprint of code', () => {
  const of = (script: string, env = {}, pyFiles: string[] = []) => codeFingerprint({ script, env, pyFiles });

  test('covers what the script reaches, and nothing else; the place does not matter', async () => {
    const script = write('one/job.py', 'import helper\nfrom pkg.deep import thing\nimport json\n');
    write('one/helper.py', 'x = 1\n');
    write('one/pkg/__init__.py', '');
    write('one/pkg/deep.py', 'from . import side\n');
    write('one/pkg/side.py', 'y = 1\n');
    write('one/other.py', 'z = 1\n');
    const first = await of(script);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    cpSync(join(folder, 'one'), join(folder, 'two'), { recursive: true });
    expect(await of(join(folder, 'two/job.py'))).toBe(first);
    write('one/other.py', 'z = 2\n');
    expect(await of(script)).toBe(first);
    for (const part of ['helper.py', 'pkg/__init__.py', 'pkg/deep.py', 'pkg/side.py', 'job.py']) {
      const text = readFileSync(join(folder, 'one', part), 'utf8');
      write(`one/${part}`, `${text}# changed\n`);
      expect(await of(script), part).not.toBe(first);
      write(`one/${part}`, text);
    }
    expect(await of(script)).toBe(first);
  });

  test('covers PYTHONPATH and pyFiles', async () => {
    const script = write('three/jobs/job.py', 'import shared\n');
    const shared = write('three/lib/shared.py', 'x = 1\n');
    const env = { PYTHONPATH: join(folder, 'three/lib') };
    const before = [await of(script), await of(script, env), await of(script, {}, [shared])];
    expect(new Set(before).size).toBe(3);
    writeFileSync(shared, 'x = 2\n');
    const after = [await of(script), await of(script, env), await of(script, {}, [shared])];
    expect(after.map((hash, i) => hash === before[i])).toEqual([true, false, false]);
  });

  test('two files that import each other end it', async () => {
    const script = write('four/a.py', 'import b\n');
    write('four/b.py', 'import a\nfrom . import c\n');
    expect(await of(script)).toMatch(/^[0-9a-f]{64}$/);
  });
});

test('the fingerprint of a configuration: order, place of the run and secrets do not matter', async () => {
  const shop = workshop();
  try {
    const of = (conf: Record<string, string>, run = '/runs/1') => confFingerprint(shop.job('/s.py', { conf }), run, '/no/spark', {});
    const first = await of({ 'spark.a': '1', 'spark.b': '/runs/1/x', 'spark.x.password': 'one' });
    expect(await of({ 'spark.b': '/runs/2/x', 'spark.a': '1', 'spark.x.password': 'two' }, '/runs/2')).toBe(first);
    expect(await of({ 'spark.a': '2', 'spark.b': '/runs/1/x', 'spark.x.password': 'one' })).not.toBe(first);
    expect(await of({ 'spark.a': '1', 'spark.b': '/runs/1/x' })).not.toBe(first);
  } finally {
    shop.remove();
  }
});

describe('git', () => {
  let repository: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { encoding: 'utf8' }).trim();
  let first: string;
  beforeAll(() => {
    repository = join(folder, 'repository');
    write('repository/jobs/job.py', 'print(1)\n');
    write('repository/readme.txt', 'words\n');
    execFileSync('git', ['init', '-q', '-b', 'main', repository]);
    git('add', '.');
    git('commit', '-qm', 'one');
    first = git('rev-parse', 'HEAD');
    write('repository/jobs/job.py', 'print(2)\n');
    write('repository/jobs/new.py', 'print(3)\n');
    git('add', '.');
    git('commit', '-qm', 'two');
  });

  test('the state of a clean, a dirty, a detached and no repository', async () => {
    const script = join(repository, 'jobs/job.py');
    const commit = git('rev-parse', 'HEAD');
    expect(await gitState(script)).toEqual({ commit, branch: 'main', dirty: false });
    const index = readFileSync(join(repository, '.git/index'));
    const untracked = write('repository/jobs/untracked.py', '');
    expect(await gitState(script)).toEqual({ commit, branch: 'main', dirty: false });
    expect(await gitState(untracked)).toEqual({ commit, branch: 'main', dirty: true });
    rmSync(untracked);
    write('repository/readme.txt', 'other words\n');
    expect(await gitState(script)).toEqual({ commit, branch: 'main', dirty: true });
    write('repository/readme.txt', 'words\n');
    expect(readFileSync(join(repository, '.git/index')).equals(index)).toBe(true);
    git('checkout', '-q', '--detach');
    expect((await gitState(script))?.branch).toBeUndefined();
    git('checkout', '-q', 'main');
    expect(await gitState(write('nowhere/x.py', ''))).toBeUndefined();
  });

  test('a revision is written into the folder, and into nothing else', async () => {
    const script = join(repository, 'jobs/job.py');
    const state = () => [git('status', '--porcelain'), git('rev-parse', 'HEAD'), readFileSync(join(repository, '.git/index'), 'latin1')];
    const before = state();
    const target = join(folder, 'then');
    const { commit, path } = await checkout('HEAD~1', script, target);
    expect(commit).toBe(first);
    expect(path).toBe(join(target, 'jobs/job.py'));
    expect(readFileSync(path, 'utf8')).toBe('print(1)\n');
    expect(readdirSync(target).sort()).toEqual(['jobs', 'readme.txt']);
    expect(existsSync(join(target, 'jobs/new.py'))).toBe(false);
    expect(state()).toEqual(before);
    expect(await checkout('main', repository, join(folder, 'all'))).toMatchObject({ path: join(folder, 'all') });
    // A path that is only in the revision.
    expect((await checkout('main', join(repository, 'jobs/new.py'), join(folder, 'new'))).path).toBe(join(folder, 'new/jobs/new.py'));
  });

  test.each<[string, () => [string, string, string], string, RegExp]>([
    ['no such revision', () => ['nothing', join(repository, 'jobs/job.py'), join(folder, 'n1')], 'not-found', /no revision "nothing"/],
    ['an option for a revision', () => ['--all', join(repository, 'jobs/job.py'), join(folder, 'n2')], 'not-found', /no revision "--all"/],
    [
      'a path that was not there yet',
      () => [first, join(repository, 'jobs/new.py'), join(folder, 'n3')],
      'not-found',
      /jobs\/new\.py is not in/,
    ],
    ['no repository', () => ['HEAD', join(folder, 'nowhere/x.py'), join(folder, 'n4')], 'not-found', /in no git repository/],
    ['a folder with something in it', () => ['HEAD', join(repository, 'jobs/job.py'), repository], 'unwritable', /not empty/],
  ])('%s is told', async (_name, args, code, message) => {
    write('nowhere/x.py', '');
    await expect(checkout(...args())).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('a run before it starts', () => {
  const install: SparkInstall = {
    home: '/no/spark',
    version: '4.1.1',
    python: '/no/python',
    pythonVersion: '3.11.0',
    javaHome: '/no/java',
    javaVersion: '17.0.1',
    source: 'option',
  };

  test('ids have time and chance', () => {
    expect(newRunId('r', Date.UTC(2026, 10, 21, 15, 30, 5))).toMatch(/^r-20261121-153005-[0-9a-f]{6}$/);
    expect(newRunId('p')).toMatch(/^p-\d{8}-\d{6}-[0-9a-f]{6}$/);
    expect(new Set(Array.from({ length: 50 }, () => newRunId())).size).toBe(50);
  });

  test('secrets are masked in the record, and not in what runs', async () => {
    const shop = workshop();
    try {
      const job = shop.job(shop.write('job.py', ''), {
        args: ['--password', 'hush', '--token=hush', '--input', 'x', 'jdbc:postgresql://me:hush@db/x', '--secret', '--other'],
        conf: { 'spark.a.password': 'hush', 'spark.b': 'shown' },
        env: { API_KEY: 'hush', HOME: '/home' },
      });
      const start = await prepareRun({ job, install, stateFolder: shop.stateFolder });
      expect(start.job).toBe(job);
      const text = readFileSync(join(start.folder, 'launch.json'), 'utf8');
      expect(text).not.toContain('hush');
      expect(text).toContain('shown');
      expect(masked(job).args).toEqual([
        '--password',
        '***',
        '--token=***',
        '--input',
        'x',
        'jdbc:postgresql://***@db/x',
        '--secret',
        '--other',
      ]);
      await expect(prepareRun({ job, install, stateFolder: shop.stateFolder, runId: start.runId })).rejects.toMatchObject({
        code: 'wrong-usage',
      });
    } finally {
      shop.remove();
    }
  });

  test.each<[string, (shop: ReturnType<typeof workshop>) => object, string, RegExp]>([
    ['no script', (shop) => ({ script: join(shop.folder, 'none.py') }), 'not-found', /none\.py does not exist/],
    ['a folder for a script', (shop) => ({ script: shop.folder }), 'wrong-usage', /is a folder/],
    ['no working folder', () => ({ cwd: '/no/such/folder' }), 'not-found', /working folder/],
    ['a property that is none', () => ({ conf: { 'fs.s3a.endpoint': 'x' } }), 'wrong-usage', /"fs\.s3a\.endpoint" is no Spark property/],
    ['a local cluster mode', () => ({ deployMode: 'cluster', master: 'local[2]' }), 'wrong-usage', /needs a cluster/],
    ['a standalone cluster mode', () => ({ deployMode: 'cluster', master: 'spark://h:7077' }), 'wrong-usage', /client only/],
  ])('%s is told', async (_name, more, code, message) => {
    const shop = workshop();
    try {
      const job = shop.job(shop.write('job.py', ''), more(shop));
      await expect(prepareRun({ job, install, stateFolder: shop.stateFolder })).rejects.toMatchObject({
        code,
        message: expect.stringMatching(message),
      });
      expect(existsSync(shop.stateFolder)).toBe(false);
    } finally {
      shop.remove();
    }
  });
});
