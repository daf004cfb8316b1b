// What a run measured at the place of a finding, as fixers need it: plan nodes, stages, slots, and the code behind each place.
// Laws: pure; a place without a plan node or code is told apart from one with; nothing is guessed for a run that is not there.

import { FACTS, type FactStore, type PlanNode, type PlanTree, type StageFact } from '../facts/index.ts';
import type { CodeThing, Located } from '../join/index.ts';
import type { Loop, Program } from '../pyspark/index.ts';
import type { EvidenceRef, Place } from '../rules/index.ts';
import type { FixContext, Precondition } from './define.ts';

/** One place of a finding with the code behind it. */
export interface Spot {
  /** Undefined when only the code is known. */
  readonly place: Place | undefined;
  readonly located: Located;
  readonly nodes: readonly { readonly tree: PlanTree; readonly node: PlanNode }[];
  readonly stages: readonly StageFact[];
}

/** Plan nodes that evidence names. */
export function nodesIn(store: FactStore | undefined, evidence: readonly EvidenceRef[]): { tree: PlanTree; node: PlanNode }[] {
  if (store === undefined) return [];
  const plans = store.get(FACTS.plans);
  return evidence.flatMap((ref) => {
    if (ref.kind !== 'sql' || ref.nodeId === undefined) return [];
    const tree = plans.get(ref.executionId);
    const node = tree?.nodes.find((one) => one.id === ref.nodeId);
    return tree === undefined || node === undefined ? [] : [{ tree, node }];
  });
}

export function stagesIn(store: FactStore | undefined, evidence: readonly EvidenceRef[]): StageFact[] {
  if (store === undefined) return [];
  const stages = store.get(FACTS.stages);
  return evidence.flatMap((ref) => (ref.kind === 'stage' ? (stages.get(ref.stageId, ref.attempt) ?? []) : []));
}

/** The places of the finding, each with the code of one of these kinds that is behind it; a place whose code is not known is left out. */
export function spotsOf(context: FixContext, things: readonly CodeThing[]): Spot[] {
  const { finding, store, code } = context;
  const fits = (one: Located) => things.includes(one.thing);
  if (finding === undefined) return context.places.filter(fits).map((located) => ({ place: undefined, located, nodes: [], stages: [] }));
  const out: Spot[] = [];
  for (const place of finding.places) {
    const nodes = nodesIn(store, place.evidence);
    const stages = stagesIn(store, place.evidence);
    const near =
      code
        ?.locate(things, {
          nodes: nodes.map(({ tree, node }) => ({ executionId: tree.execution.id, nodeId: node.id })),
          stages: stages.map(({ stage }) => ({ stageId: stage.id, attempt: stage.attempt })),
          sqlExecutions: place.evidence.flatMap((ref) => (ref.kind === 'sql' ? [ref.executionId] : [])),
        })
        .filter(fits) ?? [];
    const here = near.length > 0 ? near : context.places.filter(fits);
    const located = [...here].sort((a, b) => things.indexOf(a.thing) - things.indexOf(b.thing))[0];
    if (located !== undefined && !out.some((one) => one.located.node === located.node)) out.push({ place, located, nodes, stages });
  }
  return out;
}

/** The loop of a place: itself, that of its action, or the one around it. */
export const loopOf = (program: Program, { located }: Spot): Loop | undefined =>
  located.loop ?? located.action?.loops.at(-1) ?? program.enclosingLoop(located.node);

/** How sure it is that the finding is about this line. */
export function lineKnown({ located }: Spot): Precondition {
  const { confidence, basis, rivals } = located;
  return {
    text:
      confidence === 'certain'
        ? `The run names this line (${basis}).`
        : `This is the line behind the finding: ${basis}${rivals > 0 ? `; ${rivals} other ${rivals === 1 ? 'place fits' : 'places fit'} as well` : ''}.`,
    holds: confidence === 'possible' && rivals > 0 ? undefined : true,
  };
}

/** Task slots that the run had at most; undefined without a run. */
export function slotsOf(store: FactStore | undefined): number | undefined {
  if (store === undefined) return undefined;
  const slots = Math.round(store.get(FACTS.activity).peakSlots);
  return slots > 0 ? slots : undefined;
}
