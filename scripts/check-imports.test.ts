// The import law must catch what it forbids: bad files are fed to it, and each must be seen, with its line and law.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { checkFile, checkTree } from './check-imports.ts';
import { ORDER, ROOMS } from './imports.table.ts';

const RULES = new Set(['skewed-join', 'tiny-tasks']);
const check = (file: string, text: string) => checkFile(file, text, RULES).map((each) => `${each.line}: ${each.text}`);

const BAD: [name: string, file: string, text: string, sees: string][] = [
  ['an import to the right', 'src/facts/a.ts', "import { x } from '../audit/index.ts';", '1: facts imports audit (law: facts may import'],
  [
    'a type import to the right',
    'src/eventlog/a.ts',
    "\nimport type { X } from '../facts/index.ts';",
    '2: eventlog imports types of facts',
  ],
  ['a re-export to the right', 'src/base/a.ts', "export * from '../eventlog/index.ts';", '1: base imports eventlog'],
  ['a dynamic import to the right', 'src/audit/a.ts', "const r = await import('../report/index.ts');", '1: audit imports report'],
  ['an import inside a type', 'src/audit/a.ts', "type R = import('../report/index.ts').R;", '1: audit imports types of report'],
  ['a sibling', 'src/conf/a.ts', "import { x } from '../tables/index.ts';", '1: conf imports tables'],
  ['past the door', 'src/facts/a.ts', "import { x } from '../eventlog/model.ts';", '1: facts reaches into src/eventlog/model.ts'],
  [
    'past the door from a subfolder',
    'src/facts/deep/a.ts',
    "import { x } from '../../base/units.ts';",
    '1: facts reaches into src/base/units.ts',
  ],
  ['values where only types are allowed', 'src/report/a.ts', "import { rules } from '../rules/index.ts';", '1: report imports rules'],
  [
    'out of src',
    'src/base/a.ts',
    "import { x } from '../../scripts/syntax.ts';",
    '1: base imports scripts/syntax.ts, which is outside src',
  ],
  [
    'another rule',
    'src/rules/tiny-tasks/rule.ts',
    "import { rule } from '../skewed-join/rule.ts';",
    '1: rules/tiny-tasks imports rules/skewed-join',
  ],
  [
    'what only tests use',
    'src/eventlog/a.ts',
    "import { x } from './testing/samples.ts';",
    '1: eventlog imports src/eventlog/testing/samples.ts',
  ],
  ['Node in a page', 'web/src/a.tsx', "import { join } from 'path';", '1: web/src imports path'],
  [
    'a room in a page',
    'web/app/pages/a.tsx',
    "\nimport { rules } from '../../../src/rules/index.ts';",
    '2: web/app imports values of src/rules',
  ],
  ['the app in the report', 'web/src/a.tsx', "import { x } from '../app/words.ts';", '1: web/src imports web/app/words.ts'],
  ['an unknown room', 'src/utils/a.ts', 'export {};', '1: src/utils is no room'],
  ['the network', 'src/eventlog/a.ts', "import { get } from 'https';", '1: eventlog imports https'],
  ['fetch', 'src/tables/a.ts', "await fetch('x');", '1: tables uses fetch'],
  ['the clock', 'src/rules/tiny-tasks/rule.ts', '\n\nconst t = Date.now();', '3: rules uses Date.now'],
  ['new Date()', 'src/facts/a.ts', 'const t = new Date();', '1: facts uses Date() without an argument'],
  ['performance', 'src/simulate/a.ts', 'const t = globalThis.performance.now();', '1: simulate uses performance'],
  ['randomness', 'src/simulate/a.ts', 'const t = Math.random();', '1: simulate uses Math.random'],
  ['imported randomness', 'src/fix/a.ts', "import { randomUUID } from 'node:crypto';", '1: fix uses crypto.randomUUID'],
  ['a hidden member', 'src/fix/a.ts', "const t = (Math as Math)['random']();", '1: fix uses Math.random'],
  ['a file in a pure room', 'src/audit/a.ts', "import { readFileSync } from 'node:fs';", '1: audit imports node:fs (law: facts, simulate'],
  ['the environment in a pure room', 'src/facts/a.ts', 'const t = process.env.HOME;', '1: facts uses process'],
  ['a child process', 'src/prove/a.ts', "import { spawn } from 'node:child_process';", '1: prove imports node:child_process'],
  ['console', 'src/report/a.ts', "console.log('x');", '1: report uses console (law: only cli prints or exits)'],
  ['console handed on', 'src/report/a.ts', 'const log = { console };', '1: report uses console'],
  ['stdout', 'src/operations/a.ts', "process.stdout.write('x');", '1: operations uses process.stdout'],
  ['exit', 'src/ledger/a.ts', 'process.exit(1);', '1: ledger uses process.exit'],
  ['a rule id in audit', 'src/audit/a.ts', "if (id === 'skewed-join') x();", "1: names the rule 'skewed-join'"],
  ['a rule id in a type', 'src/report/a.ts', "type Special = 'tiny-tasks';", "1: names the rule 'tiny-tasks'"],
  ['a rule id in what rules share', 'src/rules/define.ts', 'const t = `skewed-join`;', "1: names the rule 'skewed-join'"],
];

test.each(BAD)('catches %s', (_name, file, text, sees) => {
  const found = check(file, text);
  expect(found.some((line) => line.startsWith(sees))).toBe(true);
});

const GOOD: [name: string, file: string, text: string][] = [
  ['an import to the left, through the door', 'src/facts/a.ts', "import { x } from '../eventlog/index.ts';"],
  ['an import inside the room', 'src/eventlog/scan/a.ts', "import { x } from '../model.ts';"],
  [
    'types where only types are allowed',
    'src/report/a.ts',
    "import type { Rule } from '../rules/index.ts';\nexport { type A } from '../rules/index.ts';",
  ],
  ['what rules share', 'src/rules/tiny-tasks/rule.ts', "import { defineRule } from '../define.ts';"],
  ['its own forecast', 'src/rules/tiny-tasks/rule.ts', "import { forecast } from './forecast.ts';"],
  ['a rule naming another in explains', 'src/rules/tiny-tasks/rule.ts', "const explains = ['skewed-join'];"],
  [
    'the generated list',
    'src/rules/index.generated.ts',
    "import { rule } from './skewed-join/rule.ts';\nexport const ids = ['skewed-join'];",
  ],
  [
    'files and threads in eventlog',
    'src/eventlog/a.ts',
    "import { open } from 'node:fs/promises';\nimport { Worker } from 'node:worker_threads';",
  ],
  ['a date made from evidence', 'src/facts/a.ts', 'const t = new Date(ms).toISOString();'],
  [
    'a local of the same name',
    'src/facts/a.ts',
    'const fetch = 1; use(fetch); ({ console: 1, process: 2 }); x.performance; f((process) => process.id);',
  ],
  ['words in comments and strings', 'src/facts/a.ts', "// console.log, Date.now()\nconst t = 'console.log(Date.now())';"],
  ['printing in cli', 'src/cli/a.ts', "console.log('x'); process.exitCode = 1;"],
  ['anything in testing/', 'src/rules/testing/a.ts', "import { x } from '../../eventlog/model.ts'; console.log('skewed-join');"],
  ['anything in a test', 'src/facts/a.test.ts', "import { x } from '../eventlog/model.ts'; console.log('skewed-join', Date.now());"],
];

test.each(GOOD)('allows %s', (_name, file, text) => {
  expect(check(file, text)).toEqual([]);
});

test('a tree is read from disk, with the ids of its rules and the doors of its rooms', () => {
  const root = mkdtempSync(join(tmpdir(), 'firesteel-law-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write('src/rules/slow-node/rule.ts', 'export const rule = 1;');
  write('src/rules/index.ts', 'export {};');
  write('src/audit/a.ts', "const t = 'slow-node';");
  const { files, violations } = checkTree(root);
  rmSync(root, { recursive: true });
  expect(files).toBe(3);
  expect(violations.map((each) => `${each.file}:${each.line}: ${each.text.slice(0, 27)}`)).toEqual([
    "src/audit/a.ts:1: names the rule 'slow-node' ",
    'src/audit:1: has no index.ts (law: a roo',
  ]);
});

test('the table keeps the order: no room may import itself, a sibling or anything to its right', () => {
  const place = new Map(ORDER.flatMap((group, at) => group.map((room) => [room, at] as const)));
  expect([...place.keys()].sort()).toEqual(Object.keys(ROOMS).sort());
  for (const [room, law] of Object.entries(ROOMS)) {
    for (const other of [...law.may, ...(law.types ?? [])])
      expect([room, other, place.get(other)! < place.get(room)!]).toEqual([room, other, true]);
  }
});
