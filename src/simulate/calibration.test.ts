// Calibration: known records, and the laws of widening.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Claim, calibrationOf, recordOf, trackOf, widening } from './calibration.ts';
import { forecastOf, savingOf } from './forecast.ts';
import { slots } from './parallelism.ts';
import { graphOf } from './testing.ts';

const claim = (likely: number, measured: number, more: Partial<Claim> = {}): Claim => ({
  kind: 'joint',
  family: 'joint',
  basis: 'prior',
  predicted: { low: likely - 0.1, likely, high: likely + 0.1 },
  measured,
  proven: measured < 0.95,
  ...more,
});

describe('widening', () => {
  test('a band that held nine of ten stays; one that held half of forty is much wider; a short record says little', () => {
    expect(widening(100, 90)).toBe(1);
    expect(widening(0, 0)).toBe(1);
    expect(widening(2, 0)).toBeLessThan(1.5);
    expect(widening(40, 20)).toBeGreaterThan(1.8);
    expect(widening(40, 0)).toBe(4);
  });

  test('laws: never under 1; fewer inside never narrower; more claims at the same bad share never narrower', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.nat(), fc.nat(), (claims, a, b) => {
        const [less, more] = [a % (claims + 1), b % (claims + 1)].sort((x, y) => x - y) as [number, number];
        expect(widening(claims, less)).toBeGreaterThanOrEqual(widening(claims, more));
        expect(widening(claims, more)).toBeGreaterThanOrEqual(1);
        expect(widening(2 * claims, less)).toBeGreaterThanOrEqual(widening(claims, Math.min(claims, less)) - 1e-9);
      }),
    );
  });
});

test('a track: errors, bias, coverage, advice that saved', () => {
  expect(trackOf([])).toBeUndefined();
  const track = trackOf([claim(0.5, 0.5), claim(0.5, 0.55), claim(0.6, 0.9), claim(1.2, 1.1), claim(0.8, 1.1)]);
  expect(track?.claims).toBe(5);
  expect(track?.medianError).toBeCloseTo(0.1, 6);
  expect(track?.bias).toBeCloseTo(-0.05, 6);
  expect(track?.coverage).toBeCloseTo(0.6, 6);
  expect(track?.saved).toBeCloseTo(0.75, 6);
  expect(track?.proven).toBeCloseTo(0.75, 6);
});

test('a family speaks for itself from ten claims on, else all do', () => {
  const few = calibrationOf([claim(0.5, 0.9, { family: 'skew' }), claim(0.5, 0.5)]);
  expect(recordOf(few, 'skew')).toBe(few.overall);
  const many = calibrationOf([...Array.from({ length: 12 }, () => claim(0.5, 0.9, { family: 'skew' as const })), claim(0.5, 0.5)]);
  expect(recordOf(many, 'skew')?.claims).toBe(12);
  expect(recordOf(undefined, 'skew')).toBeUndefined();
});

test('bands of forecasts and savings widen by the record, and the likely value stays', () => {
  const base = graphOf([{ stages: [{ ms: [100, 100, 100, 100] }] }], 2);
  const graph = { ...base, measuredMs: 200 };
  const bad = calibrationOf(Array.from({ length: 30 }, () => claim(0.5, 0.9, { family: 'cores' as const })));
  const [plain, wide] = [forecastOf({ graph }, [slots(4)], 'cores', 1), forecastOf({ graph }, [slots(4)], 'cores', 1, bad)];
  expect(wide.likelyMs).toBe(plain.likelyMs);
  expect((wide.highMs as number) - (wide.lowMs as number)).toBeGreaterThan((plain.highMs as number) - (plain.lowMs as number));
  expect(wide.record?.claims).toBe(30);
  expect(plain.record).toBeNull();
  const baseline = { graph, replayMs: 200, calibration: 1 };
  const [a, b] = [savingOf(baseline, slots(4), 'cores', 'replay'), savingOf(baseline, slots(4), 'cores', 'replay', bad)];
  expect(b.likelyMs).toBe(a.likelyMs);
  expect(b.highMs - b.lowMs).toBeGreaterThan(a.highMs - a.lowMs);
});
