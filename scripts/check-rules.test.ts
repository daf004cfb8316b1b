// The check of rules, the generated list and the skeleton, on small trees on disk: each defect must be seen.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkRules } from './check-rules.ts';
import { generate, render } from './gen-rules.ts';
import { createRule } from './new-rule.ts';

const made: string[] = [];
afterAll(() => {
  for (const root of made) rmSync(root, { recursive: true });
});

function tree(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'firesteel-rules-'));
  made.push(root);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

const RULE = `export const rule = {
  meta: {
    id: 'slow-node',
    thresholds: { rate: { value: 2, unit: 'times', origin: 'measured', description: 'how much slower' } },
    explains: [],
  },
  diagnose: () => ({ status: 'clear' }),
};
`;
const README = `# Slow node

## What it means
a

## How it is detected
\`\`\`
## not a heading
\`\`\`

## Forecast and its assumptions
c

## Fix
d

## When not to
e

## Options
\`rate\`: how much slower.
`;
const GOOD = {
  'src/rules/slow-node/rule.ts': RULE,
  'src/rules/slow-node/README.md': README,
  'src/rules/slow-node/rule.test.ts': '',
};

test('a whole rule has no problem', async () => {
  expect((await checkRules(tree(GOOD))).problems).toEqual([]);
});

const BAD: [name: string, file: string, from: string, to: string, sees: string][] = [
  ['another id', 'rule.ts', "id: 'slow-node'", "id: 'slow-host'", "meta.id is 'slow-host'"],
  ['a threshold without origin', 'rule.ts', "origin: 'measured'", "origin: ' '", 'threshold rate has no origin'],
  ['a threshold without unit', 'rule.ts', "unit: 'times', ", '', 'threshold rate has no unit'],
  ['a threshold that is no number', 'rule.ts', 'value: 2', 'value: NaN', 'threshold rate has no finite value'],
  ['a threshold that Options does not name', 'rule.ts', 'rate: {', 'ratio: {', 'does not name the threshold `ratio`'],
  ['an unknown rule in explains', 'rule.ts', 'explains: []', "explains: ['no-such']", "explains 'no-such'"],
  ['itself in explains', 'rule.ts', 'explains: []', "explains: ['slow-node']", "explains 'slow-node'"],
  ['no rule', 'rule.ts', 'export const rule', 'const rule', 'exports no `rule`'],
  ['a missing heading', 'README.md', '## Fix\nd\n', '', 'headings are ['],
  ['headings in another order', 'README.md', '## Fix\nd\n\n## When not to\ne\n', '## When not to\ne\n\n## Fix\nd\n', 'headings are ['],
  ['an empty section', 'README.md', '## Fix\nd\n', '## Fix\n', '"## Fix" says nothing'],
];

test.each(BAD)('sees %s', async (_name, file, from, to, sees) => {
  const path = `src/rules/slow-node/${file}` as keyof typeof GOOD;
  expect(GOOD[path]).toContain(from);
  const { problems } = await checkRules(tree({ ...GOOD, [path]: GOOD[path].replace(from, to) }));
  expect(problems.join('\n')).toContain(sees);
});

test('sees missing files and a bad id', async () => {
  const { problems } = await checkRules(tree({ 'src/rules/Slow/rule.ts': RULE, 'src/rules/half-rule/README.md': README }));
  const text = problems.join('\n');
  for (const sees of ['rule.test.ts: is missing', 'README.md: is missing', 'the id must be', 'half-rule: has a README.md but no rule.ts']) {
    expect(text).toContain(sees);
  }
});

test('the list is sorted, stale after a new folder, and right after generating', () => {
  const root = tree({ ...GOOD, 'src/rules/idle-slots/rule.ts': RULE });
  expect(generate(root, true)).toMatchObject({ stale: true, ids: ['idle-slots', 'slow-node'] });
  generate(root, false);
  expect(generate(root, true)).toMatchObject({ stale: false, diff: [] });
  const text = readFileSync(join(root, 'src/rules/index.generated.ts'), 'utf8');
  expect(text).toContain(
    "import { rule as idleSlots } from './idle-slots/rule.ts';\nimport { rule as slowNode } from './slow-node/rule.ts';",
  );
  expect(text).toContain("export type RuleId =\n  | 'idle-slots'\n  | 'slow-node';");
  mkdirSync(join(root, 'src/rules/tiny-tasks'));
  writeFileSync(join(root, 'src/rules/tiny-tasks/rule.ts'), RULE);
  expect(generate(root, true).diff).toContain("+ import { rule as tinyTasks } from './tiny-tasks/rule.ts';");
  expect(render([])).toContain('export const rules = [] as const;');
});

test('a new rule lacks only what a person must fill in; bad and taken ids are refused', async () => {
  const root = tree({ 'src/rules/define.ts': 'export const defineRule = (rule) => rule;\n' });
  expect(createRule(root, 'slow-node')).toHaveLength(3);
  const { ids, problems } = await checkRules(root);
  expect(ids).toEqual(['slow-node']);
  expect(problems).toHaveLength(6);
  expect(problems[0]).toContain('threshold minShare has no origin');
  for (const problem of problems.slice(1)) expect(problem).toContain('says nothing');
  expect(generate(root, true).stale).toBe(false);
  expect(() => createRule(root, 'slow-node')).toThrow('exists already');
  for (const bad of ['', 'Slow-Node', 'slow', '../slow-node', 'slow_node', 'slow--node'])
    expect(() => createRule(root, bad)).toThrow('is no rule id');
});
