// Sources → findings: settings of files and logs, each judged in its context.
// Laws: properties files named beside code lie under it; nothing else is joined, for two programs are two programs.
// Findings come in the order of the sources, then of their places.

import { platformOf } from './advice.ts';
import { versionOf } from './catalogue.ts';
import { judge } from './judge.ts';
import type { ConfFinding, Setting, Source } from './types.ts';

export interface LintOptions {
  /** Version of Spark, when a source does not name one itself: `3.5`, `4.0.2`. */
  readonly sparkVersion?: string | undefined;
}

/** The files and logs whose settings hold for a program at once; of two values the later layer's. */
const LAYERS: readonly Source['kind'][] = ['properties', 'project', 'yaml', 'shell', 'sql', 'python', 'log'];

/** All findings of some sources. */
export function lint(sources: readonly Source[], options: LintOptions = {}): ConfFinding[] {
  const under = sources.filter(({ kind }) => kind === 'properties');
  return sources.flatMap((source) => {
    const context = source.kind === 'log' || source.kind === 'properties' ? [source] : [...under, source];
    const layers = context.sort((a, b) => LAYERS.indexOf(a.kind) - LAYERS.indexOf(b.kind)).flatMap(({ settings }) => settings);
    const last = new Map<string, Setting>();
    for (const setting of layers) if (setting.origin !== 'option' && setting.origin !== 'table') last.set(setting.key, setting);
    const byKey = Map.groupBy(layers, ({ key }) => key);
    const named = source.sparkVersion ?? options.sparkVersion;
    // A log without a version is older than any Spark that can be judged.
    if (source.kind === 'log' && named === undefined) return [];
    const version = versionOf(named);
    const platform = platformOf(last.keys(), named);
    return source.settings.flatMap((setting) =>
      judge(setting, {
        version,
        uses: source.uses,
        platform,
        peek: (key) => (last.has(key) ? (last.get(key)?.value ?? '') : undefined),
        others: (one) => (byKey.get(one.key) ?? []).filter((other) => other !== one).map(({ value }) => value),
      }),
    );
  });
}
