// The accepted forecasts of the bundled logs (corpus/forecasts.json): a change of any forecast is seen and accepted on purpose.
// To accept: FIRESTEEL_UPDATE=1 vitest run src/audit/forecast-baseline.test.ts, and look at the difference.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readRun } from '../eventlog/index.ts';
import { FactStore } from '../facts/index.ts';
import { baselineOf, execGraph } from '../simulate/index.ts';
import { audit } from './audit.ts';

const root = join(import.meta.dirname, '../..');
const file = join(root, 'corpus/forecasts.json');

/** Every log of the corpus and the examples, by a name that is a path. */
function logs(): [string, string][] {
  const out: [string, string][] = [];
  for (const folder of ['corpus', 'examples/daily_sales'])
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const at = join(root, folder, entry.name);
      const log = readdirSync(at).find(
        (name) => /^(eventlog_v2_|app-|local-|application_)/.test(name) || /\.(zstd|inprogress|lz4|gz)$/.test(name),
      );
      if (log !== undefined) out.push([`${folder}/${entry.name}`, join(at, log)]);
    }
  return out.sort(([a], [b]) => (a < b ? -1 : 1));
}

async function forecastsOf(path: string) {
  const run = await readRun(path);
  const store = new FactStore(run);
  const base = baselineOf(store.get(execGraph));
  const { joint, findings, cannotPredict } = audit(run, { store });
  return {
    replay:
      'cannotPredict' in base ? base.cannotPredict : { measuredMs: Math.round(base.graph.measuredMs), replayMs: Math.round(base.replayMs) },
    joint: joint === null ? (cannotPredict ?? null) : { lowMs: joint.lowMs, likelyMs: joint.likelyMs, highMs: joint.highMs },
    saves: Object.fromEntries(
      findings.flatMap(({ rule, status, forecast }) => (status === 'found' && forecast !== null ? [[rule, forecast.likelyMs]] : [])),
    ),
  };
}

test('forecasts of the bundled logs are the accepted ones', async () => {
  const now: Record<string, unknown> = {};
  for (const [name, path] of logs()) now[name] = await forecastsOf(path);
  expect(Object.keys(now).length).toBeGreaterThan(10);
  if (process.env.FIRESTEEL_UPDATE === '1' || !existsSync(file)) writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
  expect(now).toEqual(JSON.parse(readFileSync(file, 'utf8')));
}, 60_000);
