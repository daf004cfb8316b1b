// Branded numbers: the only place where they are made and converted.
// Law: a plain number is never a time, a size or money; absent is `undefined` in memory, never 0 or -1.

declare const unit: unique symbol;
type Branded<U extends string> = number & { readonly [unit]: U };

/** Milliseconds: an epoch time or a duration, as Spark writes them. */
export type Millis = Branded<'ms'>;
/** Nanoseconds: CPU and shuffle-write durations, as Spark writes them. */
export type Nanos = Branded<'ns'>;
/** Bytes. */
export type Bytes = Branded<'bytes'>;
/** Milliseconds of one core: busy or allocated core-time. */
export type CoreMillis = Branded<'core-ms'>;

export const millis = (value: number): Millis => value as Millis;
export const nanos = (value: number): Nanos => value as Nanos;
export const bytes = (value: number): Bytes => value as Bytes;
export const coreMillis = (value: number): CoreMillis => value as CoreMillis;

/** Nanoseconds to milliseconds, unrounded. */
export const nanosToMillis = (value: number): Millis => (value / 1e6) as Millis;

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
export function parseBytes(text: string | undefined, plainUnit: number = 1): Bytes | undefined {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?\s*$/i.exec(text ?? '');
  if (!match) return undefined;
  const scale = { '': plainUnit, k: KIB, m: MIB, g: GIB, t: GIB * 1024, p: GIB * MIB }[(match[2] ?? '').toLowerCase()];
  return scale === undefined ? undefined : bytes(Number(match[1]) * scale);
}
