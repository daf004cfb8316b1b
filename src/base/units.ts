// Units: how sizes, times, counts and shares are written for people, and how Spark's sizes are read.
// Law: a number's unit stands in its name (`heldMs`, `cpuNs`, `inputBytes`); absent is `undefined` in memory, never 0 or -1.

export const KIB = 1024;
export const MIB = 1024 * KIB;
export const GIB = 1024 * MIB;

/** Time for people: `83 ms`, `4.2 s`, `2 m 05 s`, `1 h 12 m`, `3 d 04 h`. Negative durations keep their sign. */
export function formatMillis(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  if (ms < 0) return `-${formatMillis(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
  const hours = Math.round(ms / 3_600_000);
  return `${Math.floor(hours / 24)} d ${String(hours % 24).padStart(2, '0')} h`;
}

/** Size for people, in binary units as Spark's own UI shows them: `512 B`, `31.4 MiB`. */
export function formatBytes(size: number): string {
  if (!Number.isFinite(size)) return 'unknown';
  const names = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  let value = Math.abs(size);
  let i = 0;
  while (value >= 1023.95 && i < names.length - 1) {
    value /= 1024;
    i++;
  }
  return `${size < 0 ? '-' : ''}${i === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${names[i]}`;
}

/** A count with thousands separators, the same in every locale. */
export function formatCount(value: number): string {
  return Number.isFinite(value)
    ? Math.round(value)
        .toString()
        .replace(/\B(?=(\d{3})+$)/g, ',')
    : 'unknown';
}

/** A counted noun: `1 line`, `5,200 lines`, `2 queries`. */
export const plural = (count: number, one: string, many: string = `${one}s`): string => `${formatCount(count)} ${count === 1 ? one : many}`;

/** A share between 0 and 1 as per cent: whole numbers, one decimal under 10 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${Math.abs(percent) < 9.95 && percent !== 0 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Reads `512m`, `4g`, `1024`, `64KB` as bytes, as Spark's JavaUtils.byteStringAs does; `undefined` when it is not a size. */
export function parseBytes(text: string | undefined, plainUnit: number = 1): number | undefined {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?\s*$/i.exec(text ?? '');
  if (!match) return undefined;
  const scale = { '': plainUnit, k: KIB, m: MIB, g: GIB, t: GIB * 1024, p: GIB * MIB }[(match[2] ?? '').toLowerCase()];
  return scale === undefined ? undefined : Number(match[1]) * scale;
}
