// The import law as data: which room may import which, and what no room of a kind may touch.
// Laws: a new direction is a reviewed line here; nothing imports to its right in ORDER (check-imports.test.ts holds the two together);
// a room is entered from outside through its index.ts only. scripts/check-imports.ts reads this table and knows no room by name.

/** The order of the rooms, left to right; rooms of one group are siblings and do not import each other. */
export const ORDER: readonly (readonly string[])[] = [
  ['base'],
  ['eventlog', 'project', 'pyspark', 'conf', 'tables'],
  ['facts'],
  ['simulate', 'join'],
  ['rules'],
  ['audit'],
  ['fix'],
  ['spark'],
  ['prove', 'pipelines'],
  ['ledger'],
  ['guard', 'report'],
  ['operations'],
  ['http', 'mcp'],
  // The command line starts the other faces.
  ['cli'],
];

export interface RoomLaw {
  /** The rooms it may import. */
  readonly may: readonly string[];
  /** The rooms of which it may import types only. */
  readonly types?: readonly string[];
  /** True when each folder in it is closed to the others (one rule imports no other rule). */
  readonly closedFolders?: boolean;
}

const EVIDENCE = ['base', 'eventlog', 'pyspark', 'conf', 'tables'];
const ANALYSIS = [...EVIDENCE, 'facts', 'simulate', 'join', 'rules', 'audit', 'fix'];

/** Every room of the design; a folder of src that is not a key here is itself a violation. */
export const ROOMS: Readonly<Record<string, RoomLaw>> = {
  base: { may: [] },
  eventlog: { may: ['base'] },
  project: { may: ['base'] },
  pyspark: { may: ['base'] },
  conf: { may: ['base'] },
  tables: { may: ['base'] },
  facts: { may: EVIDENCE },
  simulate: { may: [...EVIDENCE, 'facts'] },
  join: { may: [...EVIDENCE, 'facts'] },
  rules: { may: [...EVIDENCE, 'facts', 'simulate'], types: ['join'], closedFolders: true },
  audit: { may: [...EVIDENCE, 'facts', 'simulate', 'join', 'rules'] },
  fix: { may: [...EVIDENCE, 'facts', 'simulate', 'join', 'rules', 'audit'] },
  spark: { may: ['base', 'eventlog', 'project', 'conf'] },
  prove: { may: ['base', 'eventlog', 'project', 'conf', 'facts', 'audit', 'fix', 'spark'] },
  pipelines: { may: ['base', 'conf', 'tables', 'fix', 'spark'] },
  ledger: { may: ['base', 'project', 'facts', 'audit', 'fix', 'spark', 'prove', 'pipelines'] },
  guard: { may: ['base', 'facts', 'audit', 'ledger'] },
  report: { may: ['base', 'facts', 'audit'], types: ['project', 'simulate', 'rules', 'fix', 'spark', 'prove', 'ledger'] },
  operations: { may: [...ANALYSIS, 'project', 'spark', 'prove', 'pipelines', 'ledger', 'guard', 'report'] },
  cli: { may: ['base', 'report', 'operations', 'http', 'mcp'], types: ['audit'] },
  http: { may: ['base', 'report', 'operations'], types: ['audit'] },
  mcp: { may: ['base', 'report', 'operations'], types: ['audit'] },
};

/**
 * What runs in a browser: of src only the doors of rooms without Node, and the few files of report that both faces of a page share; types of anything.
 * The report page knows nothing of the app around it.
 */
export const WEB: {
  readonly folders: Readonly<Record<string, readonly string[]>>;
  readonly values: readonly string[];
} = {
  folders: { 'web/src': [], 'web/app': ['web/src'] },
  values: ['src/base/index.ts', 'src/simulate/index.ts', 'src/report/words.ts', 'src/report/history-words.ts', 'src/report/html/types.ts'],
};

export interface Ban {
  /** The sentence printed with every violation. */
  readonly law: string;
  readonly rooms: readonly string[];
  /** Modules nobody in these rooms imports. */
  readonly modules?: readonly string[];
  /** Names or member paths nobody in these rooms uses, at any depth below them: `console` covers `console.log`. */
  readonly names?: readonly string[];
  /** Calls or constructions that are wrong without an argument: `Date` covers `new Date()` and not `new Date(ms)`. */
  readonly bareCalls?: readonly string[];
}

const everyRoomBut = (...but: string[]) => Object.keys(ROOMS).filter((room) => !but.includes(room));
const PURE = ANALYSIS.filter((room) => room !== 'base');

/** What rooms may not do, whatever they import. */
export const BANS: readonly Ban[] = [
  {
    law: 'eventlog onward to fix do no network',
    rooms: ['base', ...PURE],
    modules: ['node:net', 'node:http', 'node:https', 'node:http2', 'node:tls', 'node:dgram', 'node:dns', 'node:dns/promises'],
    names: ['fetch', 'WebSocket', 'EventSource'],
  },
  {
    law: 'eventlog onward to fix read no clock and no randomness: the same evidence gives the same bytes',
    rooms: ['base', ...PURE],
    modules: ['node:perf_hooks', 'node:timers', 'node:timers/promises'],
    names: [
      'Date.now',
      'Math.random',
      'performance',
      'process.hrtime',
      'crypto.randomUUID',
      'crypto.getRandomValues',
      'crypto.randomBytes',
    ],
    bareCalls: ['Date'],
  },
  {
    law: 'facts, simulate, rules and audit are pure functions of the evidence: they open no file and start no thread',
    rooms: ['facts', 'simulate', 'join', 'rules', 'audit', 'fix'],
    modules: ['node:fs', 'node:fs/promises', 'node:zlib', 'node:worker_threads', 'node:os'],
    names: ['process'],
  },
  {
    law: 'only spark starts processes',
    rooms: everyRoomBut('spark'),
    modules: ['node:child_process', 'node:cluster'],
  },
  {
    law: 'only cli prints or exits',
    rooms: everyRoomBut('cli'),
    modules: ['node:console', 'node:process', 'node:readline', 'node:readline/promises'],
    names: ['console', 'process.stdout', 'process.stderr', 'process.exit', 'process.exitCode', 'process.abort'],
  },
];
