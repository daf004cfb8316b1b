// The lock of the cache folder: one at a time, the dead are replaced, an abort is heard.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheFolder, withLock } from './cache.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-cache-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each<[Record<string, string>, string]>([
  [{ FIRESTEEL_HOME: '/f', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/f'],
  [{ FIRESTEEL_HOME: '', XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/firesteel'],
  [{ HOME: '/h' }, '/h/.cache/firesteel'],
])('%j', (env, expected) => expect(cacheFolder(env)).toBe(expected));

test('six processes and twelve waiters work one after the other', async () => {
  const path = join(folder, 'shared');
  const log = join(folder, 'log');
  writeFileSync(log, '');
  const work = async (name: string) => {
    writeFileSync(log, `in ${name}\n`, { flag: 'a' });
    await sleep(15);
    writeFileSync(log, `out ${name}\n`, { flag: 'a' });
  };
  const script = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, 'cache.ts'))};
    import { writeFileSync } from 'node:fs';
    import { setTimeout as sleep } from 'node:timers/promises';
    const say = (text) => writeFileSync(${JSON.stringify(log)}, text + '\\n', { flag: 'a' });
    await withLock(${JSON.stringify(path)}, async () => { say('in ' + process.pid); await sleep(15); say('out ' + process.pid); });
  `;
  // One of the dead to begin with.
  writeFileSync(`${path}.lock`, JSON.stringify({ token: 'x', pid: 2 ** 22 + 1, pidStart: 'long ago', host: hostname() }));
  const others = Array.from({ length: 6 }, () => {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', script], {
      stdio: 'inherit',
    });
    return new Promise((resolve) => child.on('close', resolve));
  });
  const mine = Array.from({ length: 12 }, (_, i) => withLock(path, () => work(`mine-${i}`)));
  expect(await Promise.all(others)).toEqual(Array(6).fill(0));
  await Promise.all(mine);
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(36);
  for (let i = 0; i < lines.length; i += 2) expect(lines[i + 1]).toBe(lines[i]?.replace('in', 'out'));
}, 60_000);

test('a half-written lock counts as alive while it is young', async () => {
  const path = join(folder, 'half');
  writeFileSync(`${path}.lock`, '');
  const abort = new AbortController();
  const waiting = withLock(path, async () => 'done', { signal: abort.signal });
  setTimeout(() => abort.abort(new Error('enough')), 400);
  await expect(waiting).rejects.toThrow();
  utimesSync(`${path}.lock`, 0, 0);
  expect(await withLock(path, async () => 'done')).toBe('done');
});

test('whoever waits is told for whom', async () => {
  const path = join(folder, 'told');
  let pid = 0;
  await withLock(path, async () => {
    const waiting = withLock(path, async () => undefined, {
      onWait: (holder) => {
        pid = holder;
      },
    });
    await sleep(100);
    void waiting;
  });
  expect(pid).toBe(process.pid);
  await withLock(path, async () => undefined);
});
