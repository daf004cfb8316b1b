// Look `plan`: the last plan of one query with what its operators did; without an id the queries of the run.
// Laws: a number stands at an operator only when one of its metrics measured it; operators that only wrap others are left out.

import { z } from 'zod';
import { FiresteelError, isSecret } from '../../base/index.ts';
import { FACTS, type FactStore, measuresOf, type PlanNode, type PlanTree, parentOperator } from '../../facts/index.ts';
import { defineLook } from './define.ts';
import { clean, known, listed, offset, page } from './shared.ts';

export const plan = defineLook({
  name: 'plan',
  summary: 'the final plan of one query, with rows, bytes, spill, time and held time at each operator; or the list of queries',
  description:
    'The plan that ran for one SQL query, operator by operator from the result down (`parent` is the operator above): rows, bytes, spill, the time its own metrics measured, and how long the stages in which it ran held the end of the run. ' +
    'With `heavy` only operators that held the end, or moved data. Without `query`: all queries, those that held the run longest first.',
  input: z.object({
    query: z.number().int().min(0).optional().describe('id of the SQL query (execution)'),
    heavy: z.boolean().default(false).describe('leave out operators without held time, bytes and spill'),
    offset,
  }),
  output: z.object({
    query: z.number().int().optional(),
    about: z.string().optional(),
    status: z.string().optional(),
    error: z.string().optional(),
    source: z.string().optional().describe("the user's line, when the log has it"),
    wallMs: z.number().optional(),
    heldMs: z.number().optional(),
    final: z.boolean().optional().describe('false: the log ends while the plan could still change'),
    aqe: z.array(z.string()).optional().describe('what adaptive execution changed: shuffle reads it merged or split'),
    settings: z.array(z.string()).optional().describe('session settings changed for this query'),
    entries: z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))).describe('operators; or queries'),
    ...listed,
  }),
  list: 'entries',
  ofReport: true,
  async look(input, asked) {
    const { store } = await asked().open();
    const { all } = store.get(FACTS.plans);
    if (input.query === undefined) return listOf(store, all, input.offset);
    const tree = store.get(FACTS.plans).get(input.query);
    if (tree === undefined)
      throw new FiresteelError(
        'not-found',
        `The log has no plan of a query ${input.query}.`,
        all.length === 0 ? 'This run has no SQL queries; call stage for its stages.' : 'Call plan without an id for the list of queries.',
      );
    return one(store, tree, input.heavy, input.offset);
  },
});

function sourceOf(store: FactStore, id: number): string | undefined {
  const line = store.get(FACTS.sources).ofExecution(id);
  return line === undefined ? undefined : `${clean(line.file, 300)}:${line.line}`;
}

const heldBy = (store: FactStore, tree: PlanTree): number => {
  const path = store.get(FACTS.criticalPath);
  return store
    .get(FACTS.stages)
    .ofExecution(tree.execution.id)
    .reduce((sum, stage) => sum + path.held(stage), 0);
};

const wallOf = ({ execution: { startMs, endMs } }: PlanTree): number | undefined =>
  startMs === undefined || endMs === undefined ? undefined : Math.max(0, endMs - startMs);

function listOf(store: FactStore, all: readonly PlanTree[], from: number) {
  const ranked = all
    .map((tree) => ({ tree, heldMs: heldBy(store, tree) }))
    .sort((a, b) => b.heldMs - a.heldMs || (wallOf(b.tree) ?? 0) - (wallOf(a.tree) ?? 0) || a.tree.execution.id - b.tree.execution.id);
  return {
    entries: page(ranked, from).map(({ tree, heldMs }) =>
      known({
        query: tree.execution.id,
        about: clean(tree.execution.description, 120),
        status: tree.execution.status,
        heldMs: Math.round(heldMs),
        wallMs: wallOf(tree),
        operators: operatorsOf(tree).length,
        source: sourceOf(store, tree.execution.id),
      }),
    ) as Record<string, string | number | boolean>[],
    total: ranked.length,
  };
}

const operatorsOf = (tree: PlanTree): readonly PlanNode[] => tree.nodes.filter((node) => node.kind !== 'wrapper');

/** A nought says as little as no metric. */
const above0 = (value: number | undefined) => (value !== undefined && value > 0 ? value : undefined);

function one(store: FactStore, tree: PlanTree, heavy: boolean, from: number) {
  const { execution } = tree;
  const path = store.get(FACTS.criticalPath);
  const nodes = operatorsOf(tree).map((node) => {
    const measured = measuresOf(node);
    const own = !node.reused && !node.cached;
    const held = own ? node.stages.reduce((sum, stage) => sum + path.held(stage), 0) : 0;
    return known({
      node: node.id,
      parent: parentOperator(node)?.id,
      name: clean(node.name, 80),
      detail: clean(node.detail, 200).replace(clean(node.name, 80), '').trim(),
      rows: measured.rows,
      bytes: above0(measured.bytes),
      spillBytes: above0(measured.spillBytes),
      timeMs: measured.timeMs,
      heldMs: held >= 1 ? Math.round(held) : undefined,
      stages: own
        ? node.stages
            .slice(0, 6)
            .map((stage) => stage.key)
            .join(' ')
        : undefined,
      reused: node.reused || undefined,
      cached: node.cached || undefined,
    });
  });
  const shown = heavy
    ? nodes.filter((node) => node.heldMs !== undefined || node.bytes !== undefined || node.spillBytes !== undefined)
    : nodes;
  const reads = tree.nodes.filter((node) => node.kind === 'aqe-read');
  return known({
    query: execution.id,
    about: clean(execution.description, 200),
    status: execution.status,
    error: clean(execution.error, 400),
    source: sourceOf(store, execution.id),
    wallMs: wallOf(tree),
    heldMs: Math.round(heldBy(store, tree)),
    final: tree.final,
    aqe: ['coalesced', 'skewed', 'local'].flatMap((word) => {
      const count = reads.filter((node) => node.detail.includes(word)).length;
      return count === 0 ? [] : [`${count} shuffle ${count === 1 ? 'read' : 'reads'} ${word}`];
    }),
    settings: [...execution.modifiedConfigs].slice(0, 12).map(([key, value]) => settingText(key, value)),
    entries: page(shown, from) as Record<string, string | number | boolean>[],
    total: shown.length,
  });
}

const settingText = (key: string, value: string): string =>
  isSecret(key, value) ? `${clean(key, 120)}=(not shown)` : `${clean(key, 120)}=${clean(value, 120)}`;
