// What may be named as a job, and what is told to those who name something else.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Project } from '../project/index.ts';
import { type JobInput, jobOf } from './job.ts';

const folder = await mkdtemp(join(tmpdir(), 'firesteel-job-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
for (const name of ['daily.py', 'daily.ipynb', 'Daily.scala']) await writeFile(join(folder, name), '');

const project = { folder, file: undefined, models: {} } as unknown as Project;
const input = { conf: [], env: [], packages: [], jars: [], pyFiles: [] } as unknown as JobInput;

test('a script', async () => {
  expect(await jobOf('daily.py', input, project, folder)).toMatchObject({ model: 'daily', script: join(folder, 'daily.py') });
});

test.each([
  ['.', /is a folder/, /Give the script in it/],
  ['daily.ipynb', /is a notebook/, /nbconvert --to script daily\.ipynb/],
  ['Daily.scala', /is no Python/, /audit its event log/],
  ['missing.ipynb', /no model "missing\.ipynb"/, /Give the path of a script/],
  ['missing.py', /does not exist/, /Correct its path/],
])('%s is none', async (named, message, nextStep) => {
  await expect(jobOf(named, input, project, folder)).rejects.toMatchObject({
    message: expect.stringMatching(message),
    nextStep: expect.stringMatching(nextStep),
  });
});
