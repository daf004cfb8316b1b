// Predictions of proofs: what a user gives, and what two audits say of each other.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { audit } from '../audit/index.ts';
import { readRun } from '../eventlog/index.ts';
import type { Execution } from './execute.ts';
import { parsePrediction, predictionOf } from './predicted.ts';

describe('given', () => {
  it.each([
    ['0.6', 0.6, 0.6, 0.6],
    ['0.25..1', 0.25, 0.5, 1],
    ['0.4..0.5..0.9', 0.4, 0.5, 0.9],
  ])('%s', (text, low, likely, high) => expect(parsePrediction(text)).toEqual({ low, likely, high, kind: 'given' }));
  it.each(['', 'x', '0', '-1', '0.8..0.4', '0.4..0.9..0.5', '0.1..', '1..2..3..4', 'Infinity'])('%j is refused', (text) =>
    expect(() => parsePrediction(text)).toThrow(/--predicted/),
  );
});

describe('from the causes that A shows and B does not', async () => {
  const example = async (side: 'slow' | 'fast'): Promise<Execution> => {
    const folder = join(import.meta.dirname, '../../examples/daily_sales', side);
    const run = await readRun(join(folder, readdirSync(folder).find((name) => name.startsWith('eventlog')) as string));
    return { run, report: audit(run) } as Execution;
  };
  const [slow, fast] = await Promise.all([example('slow'), example('fast')]);

  it('all cured: the joint forecast of A', () => {
    const prediction = predictionOf(slow, fast);
    const joint = slow.report?.joint;
    const wall = slow.report?.time.wallMs as number;
    expect(prediction?.kind).toBe('joint');
    expect(prediction?.likely).toBeCloseTo(1 - (joint?.likelyMs as number) / wall, 6);
    expect(prediction?.low).toBeLessThanOrEqual(prediction?.likely as number);
    expect(prediction?.likely).toBeLessThanOrEqual(prediction?.high as number);
    // What the fast run really took, as a share of the slow one, lies inside.
    const measured = (fast.report?.time.wallMs as number) / wall;
    expect(measured).toBeGreaterThanOrEqual(prediction?.low as number);
    expect(measured).toBeLessThanOrEqual(prediction?.high as number);
  });

  it('one cured: its own forecast; some: theirs together', () => {
    const found = slow.report?.findings.filter((finding) => finding.status === 'found') ?? [];
    const left = (keep: (rule: string) => boolean) =>
      ({ run: slow.run, report: { ...slow.report, findings: found.filter((finding) => keep(finding.rule)) } }) as unknown as Execution;
    const [first, second] = found.filter((finding) => finding.forecast !== null);
    const one = predictionOf(
      slow,
      left((rule) => rule !== first?.rule),
    );
    expect(one?.kind).toBe(first?.rule);
    expect(one?.family).toBeDefined();
    const two = predictionOf(
      slow,
      left((rule) => rule !== first?.rule && rule !== second?.rule),
    );
    expect(two?.kind).toBe('joint');
    expect(two?.likely).toBeLessThanOrEqual(one?.likely as number);
  });

  it('nothing cured, or no log: no prediction', () => {
    expect(predictionOf(slow, slow)).toBeUndefined();
    expect(predictionOf(undefined, fast)).toBeUndefined();
    expect(predictionOf(slow, undefined)).toBeUndefined();
  });
});
