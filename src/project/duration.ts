// Durations as people write them in a project file: `90s`, `2h`, `1h30m`, `250 ms`, `1d`.

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds; undefined when it is no duration or not more than 0. A number needs a unit: what 90 means is not for us to guess. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)\s*(ms|min|[smhd])\s*/gy)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  if (parts.length === 0 || length !== text.trim().length) return undefined;
  const ms = parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS[unit ?? ''] ?? Number.NaN), 0);
  return Number.isFinite(ms) && ms > 0 ? Math.round(ms) : undefined;
}
