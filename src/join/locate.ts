// Where in the program a finding of the run sits: from stages, queries, operators and keys of the configuration to places, the best first.
// Laws: the nearer the evidence the better a place: a logged line, the operator itself, an operator of the stage, the query's action;
// the whole program is searched only for what is there once; nothing is certain that the log does not name.

import { FACTS, type FactStore, type PlanNode } from '../facts/index.ts';
import type { Frame, Loop, Program } from '../pyspark/index.ts';
import { textOf } from '../pyspark/index.ts';
import type { Actions } from './actions.ts';
import type { Item } from './items.ts';
import { locatedOf } from './located.ts';
import { consumerOf, type NodeMap } from './nodes.ts';
import { type Traced, tracedIn } from './traced.ts';
import type { CodeThing, Confidence, InRun, Located } from './types.ts';

interface Hit {
  readonly place: Located;
  /** 0: named by the log; 1: the operator; 2: its neighbours or the stage; 3: the query; 4: the program. */
  readonly tier: number;
  readonly order: number;
  readonly score: number;
}

/** Operators that are there for the one above them. */
const MADE_FOR: ReadonlySet<string> = new Set(['exchange', 'broadcast-exchange', 'reused-exchange', 'aqe-read', 'sort']);
/** Score from which names agree. */
const AGREES = 2;
/** Operators of one place that are looked at; a stage has a few dozen. */
const MAX_NODES = 400;

export function locator(store: FactStore, program: Program, items: readonly Item[], actions: Actions, nodeMap: NodeMap) {
  const plans = store.get(FACTS.plans);
  const stageFacts = store.get(FACTS.stages);
  const sites = store.get(FACTS.sources);
  const jobs = new Map(store.run.jobs.map((job) => [job.id, job]));

  return (things: readonly CodeThing[], at: InRun): readonly Located[] => {
    const hits: Hit[] = [];
    const put = (tier: number, place: Located, score: number) =>
      hits.push({ place, tier, order: Math.max(0, things.indexOf(place.thing)), score });
    const stages = new Map(
      stageFacts.all
        .filter((one) => at.stages?.some(({ stageId, attempt }) => one.stage.id === stageId && one.stage.attempt === attempt) === true)
        .map((one) => [one.stage.id, one]),
    );
    const executions = new Set<number>(at.sqlExecutions ?? []);
    for (const { executionId } of at.nodes ?? []) executions.add(executionId);
    for (const id of at.jobs ?? []) {
      const execution = jobs.get(id)?.sqlExecutionId;
      if (execution !== undefined) executions.add(execution);
    }
    for (const stage of stages.values()) if (stage.stage.sqlExecutionId !== undefined) executions.add(stage.stage.sqlExecutionId);

    const scopes = new Set<Frame>();
    let known = executions.size > 0;
    for (const id of executions) {
      const scope = actions.scopeOf(id);
      if (scope === undefined) known = false;
      else for (const frame of scope) scopes.add(frame);
    }
    const scopeOf = (id: number) => actions.scopeOf(id);
    const loops = new Set([...scopes].flatMap((frame) => frame.loops));

    // Lines that the log names.
    const traces: Traced[] = [];
    const trace = (site: Parameters<typeof tracedIn>[1]) => {
      const found = tracedIn(program, site);
      if (
        found !== undefined &&
        !traces.some((one) => one.path === found.path && one.line === found.line && one.calls[0] === found.calls[0])
      )
        traces.push(found);
    };
    // The line of a query is that of its action: a stage of it says no more.
    for (const stage of stages.values())
      if (stage.stage.sqlExecutionId === undefined) trace(sites.ofStage(stage.stage.id, stage.stage.attempt));
    if (things[0] === 'action') for (const id of executions) trace(sites.ofExecution(id));
    for (const id of at.jobs ?? []) trace(sites.ofJob(id));
    for (const stage of stages.values())
      for (const rdd of stage.stage.rdds) {
        const match = /^(\w+) at (\S.*\.py):(\d+)$/.exec(rdd.callSite ?? '');
        if (match !== null) trace({ file: match[2] as string, line: Number(match[3]), call: match[1] });
      }
    for (const traced of traces) {
      const calls = traced.calls.slice(0, 3);
      for (const item of items)
        if (things.includes(item.thing) && item.refs.call !== undefined && calls.includes(item.refs.call))
          put(0, locatedOf(item, { confidence: 'certain', basis: `call site in the log, line ${traced.line}`, rivals: 0 }), 5);
      const action = calls.flatMap((call) => program.actions.find((one) => one.call === call) ?? [])[0];
      if (action === undefined) continue;
      const scope = actions.scopeOfAction(action);
      if (executions.size === 0) {
        known = true;
        for (const frame of scope) scopes.add(frame);
        if (things.includes('action'))
          put(
            0,
            locatedOf(
              { thing: 'action', at: action.call.node, refs: { action, call: action.call } },
              { confidence: 'certain', basis: `call site in the log, line ${traced.line}`, rivals: 0 },
            ),
            5,
          );
        for (const loop of action.loops) if (things.includes('loop')) put(0, loopPlace(loop, 'certain', `around line ${traced.line}`), 5);
      }
    }

    // Operators.
    const exact = (at.nodes ?? []).flatMap(({ executionId, nodeId }) => {
      const node = plans.get(executionId)?.nodes[nodeId];
      return node === undefined ? [] : [{ executionId, node }];
    });
    const seen = new Set<PlanNode>();
    const look = (executionId: number, node: PlanNode, tier: number) => {
      if (seen.has(node) || seen.size > MAX_NODES) return;
      seen.add(node);
      for (const { item, score, rivals, basis } of nodeMap.match(node, things, scopeOf(executionId))) {
        const confidence: Confidence = rivals === 0 && (score >= AGREES || scopeOf(executionId) !== undefined) ? 'likely' : 'possible';
        // Steps in loops are told below, all alike.
        if (item.thing === 'frame' && loops.size > 0) continue;
        put(score >= 0.3 ? tier : tier + 1, locatedOf(item, { confidence, basis, rivals }), score);
      }
    };
    for (const { executionId, node } of exact) look(executionId, node, 1);
    for (const { executionId, node } of exact) {
      const consumer = MADE_FOR.has(node.kind) ? consumerOf(node) : undefined;
      if (consumer !== undefined) look(executionId, consumer, 1.5);
    }
    for (const stage of stages.values())
      for (const { tree, node } of plans.ofStage(stage)) look(tree.execution.id, node, exact.length > 0 ? 2.5 : 2);
    for (const stage of stages.values())
      for (const { tree, node } of plans.ofStage(stage)) {
        const consumer = node.kind === 'exchange' || node.kind === 'broadcast-exchange' ? consumerOf(node) : undefined;
        if (consumer !== undefined) look(tree.execution.id, consumer, 2.75);
      }
    for (const id of executions) for (const node of plans.get(id)?.nodes ?? []) look(id, node, 3);

    // The query as a whole.
    for (const id of executions) {
      const [place] = actions.of(id);
      if (place === undefined) continue;
      if (things.includes('action')) put(2.9, place, 3);
      if (things.includes('write') && place.write !== undefined) put(things[0] === 'write' ? 2 : 3.4, { ...place, thing: 'write' }, 3);
      if (!things.includes('loop')) continue;
      for (const loop of place.action?.loops ?? []) put(2.9, loopPlace(loop, place.confidence, place.basis), 3);
    }
    if (things.includes('loop') && known) for (const loop of loops) put(3, loopPlace(loop, 'likely', 'a loop behind this query'), 2);
    if (things.includes('frame') && known)
      for (const item of items)
        if (item.thing === 'frame' && item.frames.some((frame) => scopes.has(frame) && frame.loops.length > 0))
          put(
            things[0] === 'frame' ? 1 : 3,
            locatedOf(item, { confidence: 'likely', basis: 'a step in a loop behind this query', rivals: 0 }),
            2,
          );

    // Keys of the configuration, wherever the program sets them; and what is behind the query, or in the program, once.
    for (const key of at.conf ?? [])
      for (const item of items)
        if (item.thing === 'setting' && item.method === key && things.includes('setting'))
          put(1, locatedOf(item, { confidence: 'likely', basis: `sets ${key}`, rivals: 0 }), 4);
    for (const thing of things) {
      if (thing === 'setting' || thing === 'loop' || thing === 'action' || thing === 'frame') continue;
      if (hits.some((hit) => hit.place.thing === thing && hit.tier <= 3)) continue;
      const all = items.filter((item) => item.thing === thing && (!known || item.frames.some((frame) => scopes.has(frame))));
      const sure = known && all.length === 1;
      for (const item of all.slice(0, 6))
        put(
          known ? 3.5 : 4,
          locatedOf(item, {
            confidence: sure ? 'likely' : 'possible',
            basis: known ? (sure ? `the only ${thing} behind this query` : `a ${thing} behind this query`) : `a ${thing} of the program`,
            rivals: all.length - 1,
          }),
          0,
        );
    }

    hits.sort((a, b) => a.tier - b.tier || a.order - b.order || b.score - a.score || a.place.line - b.place.line);
    // What is found near makes what is far a guess; only the thing itself is kept from afar.
    const nearest = hits[0]?.tier ?? 0;
    const out = new Map<string, Located>();
    for (const { place, tier } of hits) {
      if (tier > nearest + 1 && place.thing !== things[0]) continue;
      const key = `${place.file}:${place.line}:${place.endLine}:${place.thing}`;
      if (!out.has(key)) out.set(key, place);
    }
    return [...out.values()];
  };
}

function loopPlace(loop: Loop, confidence: Confidence, basis: string): Located {
  return locatedOf(
    { thing: 'loop', at: loop.node, refs: {}, loop },
    { confidence, basis: `${basis}: ${textOf(loop.node).split('\n')[0]?.slice(0, 40) ?? ''}`, rivals: 0 },
  );
}
