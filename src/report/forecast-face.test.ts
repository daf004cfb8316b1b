// Faces of a forecast: every face says the likely time and its range, a refusal shows no number, no text of a log does harm.

import { expect, test } from 'vitest';
import type { Forecast } from '../simulate/index.ts';
import {
  type ForecastView,
  forecastHeadline,
  forecastJson,
  renderForecastMarkdown,
  renderForecastTerminal,
  renderForecastTerse,
} from './forecast-face.ts';

const forecast: Forecast = {
  schema: 'firesteel/forecast@1',
  measuredMs: 20_000,
  replayMs: 19_900,
  cannotPredict: null,
  lowMs: 9_000,
  likelyMs: 12_000,
  highMs: 15_000,
  assumptions: ['as it is'],
  basis: 'replay',
  whatIfs: ['cores=16'],
  bounds: { infiniteSlotsMs: 8_000, areaMs: 5_000 },
  slots: { measured: 8, forecast: 16 },
  utilisation: 0.4,
  slotMs: 192_000,
  record: null,
};
const view: ForecastView = {
  name: 'a \u001b[31mjob',
  id: 'app-1',
  forecast,
  curve: { points: [{ cores: 8, likelyMs: 20_000, lowMs: 19_000, highMs: 21_000, utilisation: 0.6, slotMs: 160_000 }], elbow: 8 },
};
const options = { width: 80, color: false, unicode: true, all: false };

test('every face says the answer, its range and what it stands on', () => {
  for (const text of [renderForecastTerminal(view, options), renderForecastMarkdown(view), renderForecastTerse(view)]) {
    for (const part of ['12.0 s', '20.0 s', '9.0 s', '15.0 s', 'as it is']) expect(text.replace(/\s+/g, ' ')).toContain(part);
    expect(text).not.toContain('\u001b');
  }
  expect(forecastJson(view)).toMatchObject({ schema: 'firesteel/forecast@1', likelyMs: 12_000, curve: { elbow: 8 } });
});

test('a refusal gives its reason and no number', () => {
  const refused: ForecastView = {
    ...view,
    curve: undefined,
    forecast: {
      ...forecast,
      cannotPredict: 'the log has no end',
      lowMs: null,
      likelyMs: null,
      highMs: null,
      bounds: null,
      slots: null,
      utilisation: null,
      slotMs: null,
    },
  };
  expect(forecastHeadline(refused)).toBe('No forecast: the log has no end.');
  expect(renderForecastTerminal(refused, options)).not.toMatch(/\d+ s/);
});
