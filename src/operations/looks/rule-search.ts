// Look `search_rules`: rules by words: ids, titles and pages. Needs no report.
// Law: the same words give the same order; a rule without any of the words is not in the answer.

import { z } from 'zod';
import { rulePage } from '../rule-lookup.ts';
import { defineLook } from './define.ts';
import { clean, known, listed, offset, page } from './shared.ts';

/** Words that are in every question and in every page. */
const EMPTY = new Set(
  'a an and are as at by can do for from has have how i in is it my of on or so that the this to too very was what when why with'.split(
    ' ',
  ),
);

export interface RulePage {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly fixability: string;
  /** Its README; undefined when the installation has none. */
  readonly readme: string | undefined;
}

let pages: Promise<readonly RulePage[]> | undefined;

/** All rules with their pages, in the order of the index; read once. */
export function rulePages(): Promise<readonly RulePage[]> {
  pages ??= (async () => {
    const { rules } = await import('../../rules/index.ts');
    const metas = (rules as readonly { readonly meta: Omit<RulePage, 'readme'> }[]).map(({ meta }) => meta);
    return Promise.all(
      metas.map(async ({ id, title, category, fixability }) => ({
        id,
        title,
        category,
        fixability,
        readme: await rulePage(id),
      })),
    );
  })();
  return pages;
}

/** A part of a rule's page by its heading; '' when it has none. */
export function sectionOf(readme: string | undefined, heading: string): string {
  const lines = (readme ?? '').split('\n');
  const at = lines.findIndex((line) => line.trim() === `## ${heading}`);
  if (at < 0) return '';
  const end = lines.findIndex((line, i) => i > at && line.startsWith('## '));
  return lines
    .slice(at + 1, end < 0 ? undefined : end)
    .join('\n')
    .trim();
}

/** The first sentence of a text. */
export const firstSentence = (text: string): string => /^[\s\S]*?[.!?](?=\s|$)/.exec(text.replace(/\s+/g, ' '))?.[0] ?? text;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

export const searchRules = defineLook({
  name: 'search_rules',
  summary: 'rules by words: what can be found, what it means, where its page is',
  description:
    'Finds rules of the catalogue by words ("spill", "small files", "join slow"): id, title, what it means, and its page. Without words: all rules. ' +
    'Read the page (resource firesteel://rules/<id>, or the tool rules) before you explain or cure a finding.',
  input: z.object({ words: z.string().max(400).default('').describe('a few words'), offset }),
  output: z.object({
    entries: z.array(
      z.object({
        rule: z.string(),
        title: z.string(),
        category: z.string(),
        fixability: z.string(),
        meaning: z.string().optional(),
        page: z.string(),
      }),
    ),
    ...listed,
  }),
  list: 'entries',
  ofReport: false,
  async look(input) {
    const all = await rulePages();
    const words = [...new Set(wordsOf(input.words))].filter((word) => !EMPTY.has(word));
    const ranked = all
      .map((rule) => ({ rule, score: scoreOf(rule, words) }))
      .filter(({ score }) => words.length === 0 || score > 0)
      .sort((a, b) => b.score - a.score);
    // What has far fewer of the words is not what was meant.
    const near = ranked.filter(({ score }) => score * 4 >= (ranked[0]?.score ?? 0));
    return {
      entries: page(near, input.offset).map(({ rule }) =>
        known({
          rule: rule.id,
          title: rule.title,
          category: rule.category,
          fixability: rule.fixability,
          meaning: clean(firstSentence(sectionOf(rule.readme, 'What it means')), 240),
          page: `firesteel://rules/${rule.id}`,
        }),
      ),
      total: near.length,
    };
  },
});

/** A word in the id or title weighs most; then one in what it means; then anywhere on the page. Beginnings of words count. */
function scoreOf({ id, title, category, readme }: RulePage, words: readonly string[]): number {
  const has = (text: string) => {
    const own = wordsOf(text);
    return (word: string) => own.some((other) => other.startsWith(word) || (word.length > 4 && word.startsWith(other) && other.length > 3));
  };
  const name = has(`${id} ${title} ${category}`);
  const meaning = has(sectionOf(readme, 'What it means'));
  const whole = has(readme ?? '');
  return words.reduce((sum, word) => sum + (name(word) ? 8 : meaning(word) ? 3 : whole(word) ? 1 : 0), 0);
}
