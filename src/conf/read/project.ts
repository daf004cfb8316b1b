// Models of a firesteel.json: the `conf` of each, with the place of every key.
// Law: places are found by the same parser that reads the values (JSON is YAML); the file's own rules are checked elsewhere.

import { isMap, isScalar, LineCounter, parseDocument } from 'yaml';
import type { Setting } from '../types.ts';

/** What the models of a project file set. */
export function readProjectConf(
  text: string,
  file: string,
): { readonly settings: readonly Setting[]; readonly sparkVersion: string | undefined } {
  const lines = new LineCounter();
  const document = parseDocument(text.replace(/^\ufeff/, ''), { lineCounter: lines, logLevel: 'silent', uniqueKeys: false });
  const settings: Setting[] = [];
  const models = document.get('models');
  for (const model of isMap(models) ? models.items : []) {
    const conf = isMap(model.value) ? model.value.get('conf') : undefined;
    for (const { key, value } of isMap(conf) ? conf.items : []) {
      if (!isScalar(key)) continue;
      const { line, col } = lines.linePos(key.range?.[0] ?? 0);
      const text = isScalar(value) && value.value !== null ? String(value.value) : undefined;
      settings.push({ key: String(key.value), value: text, origin: 'model', file, line, column: col + 1 });
    }
  }
  const version = document.getIn(['spark', 'version']);
  return { settings, sparkVersion: typeof version === 'string' ? version : undefined };
}
