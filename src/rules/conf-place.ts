// What the rules of configuration share: a finding of conf as a place of a rule.
// Law: a setting holds no time by itself, so `heldMs` is 0: the audit lists it as a note and never puts it before a cause.

import type { ConfFinding, Configuration } from '../facts/index.ts';
import type { Place, RuleResult } from './define.ts';

const placeOf = ({ key, value, why, todo }: ConfFinding): Place => ({
  cause: `${key}${value === undefined ? '' : `=${value}`}: ${why}`,
  evidence: [value === undefined ? { kind: 'conf', key } : { kind: 'conf', key, value }],
  numbers: [{ name: 'setting', value: key, unit: 'text' }],
  heldMs: 0,
  remedies: [todo],
});

/** The findings of one rule; `notes`: those of which nothing need be done count too. */
export function confResult(configuration: Configuration, rule: ConfFinding['rule'], clear: string, notes = false): RuleResult {
  if (!configuration.seen) return { status: 'noData', missing: ['the settings of the application (EnvironmentUpdate)'] };
  const found = configuration.findings.filter((finding) => finding.rule === rule && (notes || finding.severity !== 'note'));
  return found.length === 0 ? { status: 'clear', note: clear } : { status: 'found', places: found.map(placeOf) };
}
