// Any small JSON answer as plain lines for an agent: `key: value`, one line per entry of a list.
// Laws: units come from names (`heldMs`, `inputBytes`, `busyShare`); every string is made safe; the same data gives the same lines.

import { formatBytes, formatCount, formatMillis, formatShare } from '../base/index.ts';
import { cleanCode } from './text.ts';

/** A number by the unit that its name ends in. */
function numberText(name: string, value: number): string {
  if (!Number.isFinite(value)) return 'unknown';
  if (/Ms$/.test(name)) return formatMillis(value);
  if (/bytes$/i.test(name)) return formatBytes(value);
  if (/share$/i.test(name)) return formatShare(value);
  return Number.isInteger(value) && Math.abs(value) >= 10_000 ? formatCount(value) : String(value);
}

const words = (name: string): string =>
  name
    .replace(/(Ms|Bytes)$/, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase();

/** A value on one line; `name` decides the unit of numbers. */
function inline(name: string, value: unknown): string {
  if (typeof value === 'number') return numberText(name, value);
  if (typeof value === 'string') return cleanCode(value);
  if (Array.isArray(value)) return value.map((item) => inline(name, item)).join(', ');
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .filter(([, item]) => item !== undefined && item !== '' && !(Array.isArray(item) && item.length === 0))
      .map(([key, item]) => `${words(key)} ${inline(/(Ms|Bytes)$/.test(key) ? key : /(Ms|Bytes)$/.test(name) ? name : key, item)}`)
      .join(', ');
  return String(value);
}

/** A list whose entries are lines of text or objects is written below its name; other values on the line of theirs. */
export function dataText(data: Readonly<Record<string, unknown>>): string {
  const lines: string[] = [];
  for (const [key, value] of Object.entries(data)) {
    if (value === undefined || value === null) continue;
    const list = Array.isArray(value) ? (value as unknown[]) : undefined;
    if (list === undefined || list.every((item) => typeof item === 'number' || (typeof item === 'string' && item.length < 40))) {
      const text = inline(key, value);
      if (text !== '') lines.push(`${words(key)}: ${text}`);
      continue;
    }
    lines.push(`${words(key)}:`);
    for (const item of list) lines.push(`- ${inline(key, item)}`);
  }
  return `${lines.join('\n')}\n`;
}
