// Holds the audit against the corpus: labelled logs of real runs (corpus/README.md). A new case is a new folder, never a line here.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Expected } from '../../../scripts/add-case.ts';
import { audit } from '../../audit/index.ts';
import { readRun } from '../../eventlog/index.ts';

const CORPUS = join(import.meta.dirname, '../../../corpus');
const names = readdirSync(CORPUS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test('there are cases, healthy ones among them', () => {
  expect(names.length).toBeGreaterThan(0);
  expect(names.some((name) => expectedOf(name).healthy === true)).toBe(true);
});

function expectedOf(name: string): Expected {
  const file = join(CORPUS, name, 'expected.json');
  if (!existsSync(file)) throw new Error(`corpus/${name} has no expected.json: write it, or remove the folder`);
  return JSON.parse(readFileSync(file, 'utf8')) as Expected;
}

test.each(names)('%s', async (name) => {
  const { found, healthy, allowed = [], about = '' } = expectedOf(name);
  expect(healthy === true, 'a case is healthy, or names what must be found').toBe(found.length === 0);
  const logs = readdirSync(join(CORPUS, name)).filter((file) => file !== 'expected.json' && file !== 'job.py');
  expect(logs, 'exactly one log beside expected.json and job.py').toHaveLength(1);
  const { findings } = audit(await readRun(join(CORPUS, name, logs[0] as string)));
  const errors = findings.filter((finding) => finding.status === 'error').map((finding) => `${finding.rule}: ${finding.note}`);
  expect(errors).toEqual([]);
  const said = findings.filter((finding) => finding.status === 'found');
  const report = said.map((finding) => `${finding.rule} held ${finding.heldMs} ms: ${finding.cause}`).join('\n');
  const ids = said.map((finding) => finding.rule);
  // One comparison, so that a failure shows all three at once.
  expect(
    {
      first: ids[0],
      missing: found.filter((rule) => !ids.includes(rule)),
      'false alarms': ids.filter((rule) => !found.includes(rule) && !allowed.includes(rule)),
    },
    `${about}\n${report}`,
  ).toEqual({ first: found[0], missing: [], 'false alarms': [] });
});
