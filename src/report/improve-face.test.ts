// The page of an improvement whose job failed: a cure is told apart from a gain, and what is left to a person is said.
import { describe, expect, test } from 'vitest';
import { plannedChange } from '../fix/testing/planned.ts';
import type { Proof } from '../prove/index.ts';
import { type ImproveResult, improveJson, renderImproveMarkdown, renderImproveTerminal } from './improve-face.ts';

const planned = (key: string) =>
  plannedChange(key, [
    { text: `readers bear ${key}`, holds: undefined },
    { text: 'it is known', holds: true },
  ]);

const proof = {
  proofId: 'p1',
  verdict: { kind: 'win', sentence: 'B wins', estimate: { ratio: 0.5, low: 0.4, high: 0.6, n: 8, metric: 'wall', confidence: 0.992 } },
  plan: {
    looks: [
      { pairs: 6, alpha: 0.05 },
      { pairs: 8, alpha: 0.03 },
    ],
  },
  outputs: { status: 'equal' },
} as unknown as Proof;

const result = (more: Partial<ImproveResult>): ImproveResult => ({
  id: 'i1',
  job: 'daily',
  startedMs: 0,
  endedMs: 1000,
  kept: [],
  conf: [],
  tried: [],
  ended: 'nothing more is worth doing',
  rest: [],
  diffs: [],
  patch: '',
  patchFile: undefined,
  applied: undefined,
  whole: undefined,
  failed: undefined,
  ...more,
});

const cure = planned('cure');
const faster = planned('faster');
const made = { round: 1, changes: [cure], alone: false, proof: undefined, kept: true, why: 'the run succeeds now; no gain is measured' };
const page = (of: ImproveResult) =>
  renderImproveTerminal(of, { width: 200, color: false, unicode: true, all: false } as Parameters<typeof renderImproveTerminal>[1]);

describe('a job that failed', () => {
  test('nothing cured it: cause and what to do', () => {
    const text = page(result({ failed: { what: 'Query 1 failed: no such path.', cured: false, todo: ['Write it first.'] } }));
    expect(text).toMatch(/^FAILS/);
    expect(text).toContain('daily fails, and no change made it run. Query 1 failed: no such path.');
    expect(text).toContain('To do: Write it first.');
  });

  test('cured: no gain is claimed, and what is open is shown', () => {
    const of = result({ failed: { what: 'a bad value', cured: true, todo: [] }, kept: [cure], tried: [made] });
    const text = page(of);
    expect(text).toMatch(/^RUNS NOW/);
    expect(text).toContain('no measured gain');
    expect(text).toMatch(/open +readers bear cure/);
    expect(text).not.toMatch(/won|it is known|IMPROVED/);
    expect(renderImproveMarkdown(of)).toContain('Open: readers bear cure');
    expect(improveJson(of)).toMatchObject({ failed: { cured: true }, whole: null, tried: [{ verdict: null, kept: true }] });
  });

  test('cured and then faster: the gain is that of the version that runs', () => {
    const won = { round: 2, changes: [faster], alone: false, proof, kept: true, why: 'B wins' };
    const text = page(
      result({ failed: { what: 'a bad value', cured: true, todo: [] }, kept: [cure, faster], tried: [made, won], whole: proof }),
    );
    expect(text).toMatch(/no measured gain.*Beyond that: the version that runs as patched takes/);
    expect(text).not.toContain('readers bear faster');
  });
});

test('a job that did not fail is told as ever', () => {
  expect(page(result({}))).toMatch(/^NOTHING KEPT/);
  const won = { round: 1, changes: [faster], alone: false, proof, kept: true, why: 'B wins' };
  expect(page(result({ kept: [faster], tried: [won], whole: proof }))).toMatch(
    /^IMPROVED[\s\S]*daily as patched takes 50 % less wall time than before: 97 % interval /,
  );
});
