// Operation `rules`: what Firesteel can find; with an id, that rule's README.
// Law: an id is looked up in the registry before it names a file.

import { z } from 'zod';
import type { RuleInfo } from '../report/index.ts';
import { defineOperation } from './operation.ts';
import { noSuchRule, rulePage } from './rule-lookup.ts';

export interface RulesResult {
  readonly rules: readonly RuleInfo[];
  /** Set when one rule was asked for and has one. */
  readonly readme: string | undefined;
  readonly one: boolean;
}

export const operation = defineOperation({
  description: 'Lists what Firesteel can find. With an id: what the rule means, how it is detected, what cures it and when not to.',
  formats: ['terminal', 'json', 'markdown'],
  examples: [
    { command: 'rules', about: 'all rules' },
    { command: 'rules skewed-join', about: 'one rule' },
  ],
  input: z.object({
    id: z
      .string()
      .optional()
      .meta({ description: 'a rule', cli: { positional: 'ID' } }),
  }),
  async handler({ id }): Promise<RulesResult> {
    const [registry, { fixers }] = await Promise.all([import('../rules/index.ts'), import('../fix/index.ts')]);
    const rules = (registry.rules as readonly { readonly meta: Omit<RuleInfo, 'fixes'> }[]).map(
      ({ meta }): RuleInfo => ({
        ...meta,
        fixes: fixers.flatMap((one) => (one.rules.includes(meta.id) ? [{ id: one.id, title: one.title, safety: one.safety }] : [])),
      }),
    );
    if (id === undefined) return { rules, readme: undefined, one: false };
    const rule = rules.find((candidate) => candidate.id === id);
    if (rule === undefined)
      throw noSuchRule(
        id,
        rules.map((candidate) => candidate.id),
      );
    const readme = await rulePage(rule.id);
    return { rules: [rule], readme, one: true };
  },
  async render(result, format, _input, options) {
    const faces = await import('../report/index.ts');
    const [rule] = result.rules;
    if (format === 'json') {
      const plain = ({ id, title, category, fixability, saves, explains, inCode, fixes, thresholds }: RuleInfo) => ({
        id,
        title,
        category,
        fixability,
        saves,
        explains,
        inCode: inCode ?? [],
        fixes,
        thresholds,
      });
      return faces.jsonChunks(
        result.one && rule !== undefined ? { ...plain(rule), readme: result.readme ?? null } : { rules: result.rules.map(plain) },
      );
    }
    if (format === 'markdown') {
      return (
        result.readme ??
        `${['# Rules', '', '| Rule | What it finds | Category |', '| --- | --- | --- |', ...result.rules.map(({ id, title, category }) => `| \`${id}\` | ${title} | ${category} |`)].join('\n')}\n`
      );
    }
    return result.one && rule !== undefined
      ? faces.renderRule(rule, result.readme, { ...options, all: true })
      : faces.renderRules(result.rules, { ...options, all: true });
  },
});
