// A version beside the original: changed files real, the rest as it was.
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commonFolder, layOut } from './overlay.ts';

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'firesteel-overlay-')));
  await mkdir(join(root, 'jobs/lib/__pycache__'), { recursive: true });
  await mkdir(join(root, 'jobs/conf'));
  for (const name of ['jobs/main.py', 'jobs/lib/util.py', 'jobs/lib/other.py', 'jobs/lib/__pycache__/util.pyc', 'jobs/conf/table.json'])
    await writeFile(join(root, name), name);
});
afterAll(() => rm(root, { recursive: true, force: true }));

it.each([
  [['/a/b/c.py'], '/a/b'],
  [['/a/b/c.py', '/a/b/d/e.py'], '/a/b'],
  [['/a/b/c.py', '/a/bb/e.py'], '/a'],
  [['/a/b/c.py', '/x.py'], '/'],
])('the folder of %j is %s', (paths, folder) => expect(commonFolder(paths)).toBe(folder));

it('lays out changed files among links to the others, and leaves the original alone', async () => {
  const place = join(root, 'version');
  const at = await layOut(join(root, 'jobs'), place, new Map([[join(root, 'jobs/lib/util.py'), 'changed']]));
  expect(at(join(root, 'jobs/main.py'))).toBe(join(place, 'main.py'));
  expect(at('/elsewhere/x.py')).toBe('/elsewhere/x.py');
  expect(await readFile(join(place, 'lib/util.py'), 'utf8')).toBe('changed');
  expect(await readFile(join(place, 'lib/other.py'), 'utf8')).toBe('jobs/lib/other.py');
  expect(await readFile(join(place, 'conf/table.json'), 'utf8')).toBe('jobs/conf/table.json');
  expect(await realpath(join(place, 'conf/table.json'))).toBe(join(root, 'jobs/conf/table.json'));
  await expect(readFile(join(place, 'lib/__pycache__/util.pyc'))).rejects.toThrow();
  expect(await readFile(join(root, 'jobs/lib/util.py'), 'utf8')).toBe('jobs/lib/util.py');
});
