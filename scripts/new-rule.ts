// `npm run new-rule <id>`: writes the folder of a new rule (rule.ts, README.md, rule.test.ts) and renews the list of rules.
// Laws: it never overwrites; what it writes passes the types and says `noData`; check-rules fails until its "to do"s are filled in.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HEADINGS, ID } from './check-rules.ts';
import { generate, ROOT } from './gen-rules.ts';

const rule = (id: string, title: string) => `// ${title}: say here in one or two lines which waste this finds, and what it is a cause of.
// Law: pure; it reads only what meta.needs declares.
import { defineRule } from '../define.ts';

export const rule = defineRule({
  meta: {
    id: '${id}',
    title: '${title}',
    category: 'shuffle',
    needs: [],
    fixability: 'advice',
    saves: 'time',
    thresholds: {
      minShare: {
        value: 0.1,
        unit: 'share',
        origin: 'to do: the source or the measurement this number comes from',
        description: 'below this share of the run the cause is not there',
      },
    },
    explains: [],
  },
  diagnose() {
    return { status: 'noData', missing: ['everything: this rule is not written yet'] };
  },
});
`;

const test = (id: string, title: string) => `// ${title}: a table of cases; at least one found, one clear and one without data.
import { expect, test } from 'vitest';
import { rule } from './rule.ts';

test('its id is its folder', () => {
  expect(rule.meta.id).toBe('${id}');
});

test.todo('found, clear and noData');
`;

const OPTIONS = '| name | meaning |\n|---|---|\n| `minShare` | below this share of the run the cause is not there |';
const readme = (title: string) =>
  `# ${title}\n${HEADINGS.map((heading) => `\n## ${heading}\n${heading === 'Options' ? OPTIONS : 'To do.'}\n`).join('')}`;

/** Writes the folder of `id` under `root`; throws with the reason when it may not. */
export function createRule(root: string, id: string): string[] {
  if (!ID.test(id)) throw new Error(`"${id}" is no rule id: use two or more lower-case words joined by hyphens, such as slow-node`);
  const folder = join(root, 'src/rules', id);
  if (existsSync(folder)) throw new Error(`src/rules/${id} exists already: choose another id, or edit that rule`);
  const title = id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');
  const files = { 'rule.ts': rule(id, title), 'README.md': readme(title), 'rule.test.ts': test(id, title) };
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  generate(root, false);
  return Object.keys(files).map((name) => `src/rules/${id}/${name}`);
}

if (import.meta.main) {
  const [id, ...others] = process.argv.slice(2);
  if (id === undefined || others.length > 0) {
    console.error('usage: npm run new-rule <id>');
    process.exitCode = 2;
  } else {
    try {
      for (const file of createRule(ROOT, id)) console.log(`wrote ${file}`);
      console.log('next step: fill them in, then npm test and npm run check');
    } catch (error) {
      console.error((error as Error).message);
      process.exitCode = 2;
    }
  }
}
