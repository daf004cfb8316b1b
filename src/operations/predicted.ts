// What a proof is held against: a forecast that the user gave, or that of the causes which A's own log shows and B's no longer.
// Laws: it stands before the first pair is judged, from warm-up runs only; where nothing was forecast there is no prediction, not a guess.

import { audit, type Finding, type FindingForecast } from '../audit/index.ts';
import { FiresteelError } from '../base/index.ts';
import type { Prediction } from '../prove/index.ts';
import { forecasts, rules, usualForecast } from '../rules/index.ts';
import type { Execution } from './execute.ts';

/** `0.6`, `0.4..0.8` or `0.4..0.6..0.8` as B ÷ A; a FiresteelError says what fits. */
export function parsePrediction(text: string): Prediction {
  const numbers = text.split('..').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const [first = Number.NaN, second, third] = numbers;
  const low = first;
  const high = third ?? second ?? first;
  const likely = third !== undefined ? (second ?? Number.NaN) : second === undefined ? first : Math.sqrt(first * second);
  if (numbers.length > 3 || !(low > 0) || !(low <= likely) || !(likely <= high) || !(high < 100))
    throw new FiresteelError(
      'wrong-usage',
      `--predicted ${JSON.stringify(text.slice(0, 40))} is no forecast of B ÷ A.`,
      'For example --predicted 0.6, or --predicted 0.4..0.6..0.8 with its range (1 is as long as A).',
    );
  return { low, likely, high, kind: 'given' };
}

const forecastRules = (findings: readonly Finding[]) =>
  findings.filter((finding) => finding.status === 'found' && finding.forecast !== null).map((finding) => finding.rule);

/** The forecast for B from A's run: that of every cause which A shows and B does not. Undefined when there is none, or when B's own log tells nothing. */
export function predictionOf(a: Execution | undefined, b: Execution | undefined): Prediction | undefined {
  if (a?.report === undefined || a.run === undefined || b?.report === undefined) return undefined;
  const left = new Set(b.report.findings.filter((finding) => finding.status === 'found').map((finding) => finding.rule));
  const all = forecastRules(a.report.findings);
  const cured = all.filter((rule) => !left.has(rule));
  const wallMs = a.report.time.wallMs;
  const [only] = cured;
  if (only === undefined || wallMs === undefined || wallMs <= 0) return undefined;
  if (cured.length === 1) {
    const finding = a.report.findings.find((one) => one.rule === only);
    const rule = rules.find((one) => one.meta.id === only);
    const family = rule === undefined ? undefined : (forecasts[only] ?? usualForecast(rule.meta))?.family;
    return finding?.forecast === null || finding?.forecast === undefined ? undefined : ratioOf(finding.forecast, wallMs, only, family);
  }
  const { joint } =
    cured.length === all.length ? a.report : audit(a.run, { rules: rules.filter((rule) => cured.includes(rule.meta.id)) as never });
  return joint === null ? undefined : ratioOf(joint, wallMs, 'joint', 'joint');
}

function ratioOf(forecast: FindingForecast, wallMs: number, kind: string, family: string | undefined): Prediction {
  const after = (savedMs: number) => Math.max(0.001, 1 - savedMs / wallMs);
  return {
    low: after(forecast.highMs),
    likely: after(forecast.likelyMs),
    high: after(forecast.lowMs),
    kind,
    ...(family === undefined ? {} : { family }),
    basis: forecast.basis,
  };
}
