// SQL text as settings: SET statements and table properties.
// Law: a scan, not a parser: comments are passed over, everything else is looked at as it stands.

import type { Origin, Setting } from '../types.ts';
import { placesIn } from './positions.ts';

interface SqlSetting {
  readonly key: string;
  readonly value: string | undefined;
  readonly origin: Origin;
  /** Offset of the key. */
  readonly at: number;
}

const blanked = (text: string): string => text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '));

const SET = /(?:^|;)\s*set\s+(?!(?:time\s+zone|catalog|var|variable|role)\b)(`?)([\w.-]+)\1\s*=\s*([^;\n]*)/gi;
const PROPERTIES = /\btblproperties\s*\(([^)]*)\)/gi;
const PAIR = /(['"`]?)([\w-]+(?:\.[\w-]+)+)\1\s*=?\s*(?:'([^']*)'|"([^"]*)"|([\w.+-]+))/g;

/** The settings in a SQL text, in order. */
export function sqlSettings(sql: string): SqlSetting[] {
  const text = blanked(sql);
  const found: SqlSetting[] = [];
  for (const match of text.matchAll(SET)) {
    const [all, , key = '', value = ''] = match;
    if (key.includes('.'))
      found.push({ key, value: value.trim().replace(/^(['"])(.*)\1$/, '$2'), origin: 'runtime', at: match.index + all.indexOf(key) });
  }
  for (const match of text.matchAll(PROPERTIES)) {
    const [all, inner = ''] = match;
    const start = match.index + all.indexOf(inner, all.indexOf('('));
    for (const pair of inner.matchAll(PAIR)) {
      const [whole, , key = '', ...values] = pair;
      found.push({ key, value: values.find((one) => one !== undefined), origin: 'table', at: start + pair.index + whole.indexOf(key) });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** What a SQL file sets. */
export function readSql(text: string, file: string): Setting[] {
  const place = placesIn(text);
  return sqlSettings(text).map(({ key, value, origin, at }) => ({ key, value, origin, file, ...place(at) }));
}
