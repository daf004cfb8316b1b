// The loop of `improve`: a run is audited, its patch is proven against the version it came from, what wins is kept, what does not is dropped.
// Laws: knows no Spark and no files: what runs, proves and plans comes in; every change that was tried ends as kept or dropped, with the reason;
// nothing is kept without a verdict `win`, but what made a run succeed that had failed, and that is never called a gain.

import type { FixPlan, Planned } from '../fix/index.ts';
import type { Proof } from '../prove/index.ts';
import type { Tried } from '../report/index.ts';

/** Why a run failed. */
export interface Failure {
  /** The cause in a sentence, with its line. */
  readonly what: string;
  /** Tells one failure from another. */
  readonly key: string;
  /** What a person can do. */
  readonly todo: readonly string[];
  /** Jobs that succeeded before it. */
  readonly reached: number;
}

/** A version of the job: what it is made of is the caller's. */
export interface RoundsWorld<V, E> {
  /** Evidence of a version's own run, or why there is none. */
  observe(version: V): Promise<E>;
  /** Why that run failed; undefined when it went through. */
  failure?(evidence: E): Failure | undefined;
  /** True when the budget allows one more run. */
  mayRun?(): boolean;
  /** All that could be done, without the changes of these keys, or with those of `only`. */
  plan(evidence: E, without: ReadonlySet<string>, only?: ReadonlySet<string>): FixPlan;
  /** A version with a plan's patch. `name` says which changes. */
  build(version: V, plan: FixPlan, round: number, alone: string | undefined): Promise<V>;
  /** `better` against `version`, with more pairs the second time; undefined when the budget does not allow it. */
  prove(version: V, better: V, what: string, isSecond: boolean): Promise<Proof | undefined>;
  note(text: string): void;
}

export interface RoundsEnd<V> {
  readonly version: V;
  /** What gains are measured against: the first version, or, when that failed, the one that runs. */
  readonly base: V;
  /** Why the first version failed; undefined when it went through. */
  readonly failed: (Failure & { readonly cured: boolean }) | undefined;
  readonly kept: readonly Planned[];
  readonly tried: readonly Tried[];
  /** Why it ended. */
  readonly ended: string;
  /** The last plan: what is offered, refused, or marked. */
  readonly last: FixPlan;
}

/** More rounds than this find nothing new. */
export const MAX_ROUNDS = 5;

/** What may be said of a change that made a failed run succeed. */
const RUNS_NOW = 'the run succeeds now; no gain is measured, and its output could not be compared with that of a run that failed';

/** Where a proof would end behind the budget. */
const TOO_LITTLE = 'the budget allows no more proof; a larger --budget does';

const taken = (plan: FixPlan): Planned[] => plan.planned.filter((one) => one.state === 'taken');

export async function rounds<V, E>(first: V, world: RoundsWorld<V, E>): Promise<RoundsEnd<V>> {
  const tried: Tried[] = [];
  const kept: Planned[] = [];
  const dropped = new Set<string>();
  const failed = world.failure?.(await world.observe(first));
  const cured = failed === undefined ? undefined : await cure(failed);
  const base = cured?.version ?? first;
  if (cured !== undefined && cured.version === undefined)
    return { version: first, base, failed: { ...(failed as Failure), cured: false }, kept, tried, ended: cured.ended, last: cured.last };
  let version = base;
  /** What looked better would have needed a proof with more pairs than the budget allows. */
  let isCut = false;
  for (let round = tried.length + 1; ; round++) {
    const evidence = await world.observe(version);
    const plan = world.plan(evidence, dropped);
    const changes = taken(plan);
    const end = (ended: string): RoundsEnd<V> => ({
      version,
      base,
      failed: failed === undefined ? undefined : { ...failed, cured: true },
      kept,
      tried,
      ended,
      last: plan,
    });
    if (changes.length === 0)
      return end(
        kept.length === 0 && tried.length === 0
          ? 'nothing that it can change is worth doing'
          : isCut
            ? 'the budget allows no proof with more pairs for what looked better, and there is nothing else'
            : 'nothing more that it can change is worth doing',
      );
    if (round > MAX_ROUNDS) return end(`${MAX_ROUNDS} rounds were made`);
    world.note(
      `round ${round}: ${changes.length === 1 ? 'one change' : `${changes.length} changes`}: ${changes.map((one) => one.proposal.title).join('; ')}`,
    );
    const together = await attempt(version, plan, changes, round, undefined);
    if (together === undefined) return end(TOO_LITTLE);
    if (together.better !== undefined) {
      version = together.better;
      kept.push(...changes);
      continue;
    }
    // What brings nothing together is not taken apart: only where one of them harms, or changes the output, the others may still be worth it.
    if (changes.length === 1 || !together.harms) {
      for (const change of changes) dropped.add(change.key);
      continue;
    }
    // Which of them does it: each alone, then those that win together.
    const winners: { readonly change: Planned; readonly built: V }[] = [];
    let isSpent = false;
    for (const change of changes) {
      const single = world.plan(evidence, dropped, new Set([change.key]));
      const alone = await attempt(version, single, [change], round, change.id);
      if (alone === undefined) {
        isSpent = true;
        break;
      }
      if (alone.better === undefined) dropped.add(change.key);
      else winners.push({ change, built: alone.better });
    }
    const [best, ...more] = winners;
    if (best === undefined) {
      if (isSpent) return end(TOO_LITTLE);
      continue;
    }
    const both = more.length === 0 || isSpent ? undefined : world.plan(evidence, dropped);
    const again = both === undefined ? { better: undefined, harms: false } : await attempt(version, both, taken(both), round, undefined);
    if (again?.better !== undefined) {
      version = again.better;
      kept.push(...winners.map((one) => one.change));
    } else {
      // Each wins alone and together they do not, or it cannot be told: the one that the audit put first stays.
      for (const one of more) dropped.add(one.change.key);
      version = best.built;
      kept.push(best.change);
    }
    if (again === undefined || isSpent) return end(TOO_LITTLE);
  }

  /**
   * What may cure a failed run is made and run, without a proof: there is nothing to measure it against. A version that fails elsewhere has come
   * further and is built upon; only when one ends well is anything kept.
   */
  async function cure(was: Failure): Promise<{ readonly version: V | undefined; readonly ended: string; readonly last: FixPlan }> {
    let at = first;
    let failure = was;
    const further: { readonly round: number; readonly changes: readonly Planned[] }[] = [];
    for (let round = 1; ; round++) {
      const plan = world.plan(await world.observe(at), dropped);
      const changes = taken(plan);
      const giveUp = (ended: string) => {
        for (const one of further)
          tried.push({ ...one, alone: false, proof: undefined, kept: false, why: `it came further, and then failed: ${failure.what}` });
        tried.sort((a, b) => a.round - b.round);
        return { version: undefined, ended, last: plan };
      };
      if (changes.length === 0) return giveUp('the job fails, and nothing that it can change may cure that');
      if (round > MAX_ROUNDS) return giveUp(`the job fails, and ${MAX_ROUNDS} rounds were made`);
      if (world.mayRun?.() === false) return giveUp('the job fails, and the budget is spent');
      world.note(`the run failed: ${failure.what}`);
      world.note(`round ${round}, to make it run: ${changes.map((one) => one.proposal.title).join('; ')}`);
      const built = await world.build(at, plan, round, undefined);
      const now = world.failure?.(await world.observe(built));
      if (now === undefined) {
        for (const one of [...further, { round, changes }]) {
          kept.push(...one.changes);
          tried.push({ ...one, alone: false, proof: undefined, kept: true, why: RUNS_NOW });
        }
        tried.sort((one, other) => one.round - other.round);
        world.note(RUNS_NOW);
        return { version: built, ended: '', last: plan };
      }
      // Another failure that comes sooner is one that the change has made.
      const isSooner = now.reached < failure.reached;
      if (now.key === failure.key || isSooner) {
        for (const change of changes) dropped.add(change.key);
        const why = `${isSooner ? 'the run fails sooner' : 'the run fails as before'}: ${now.what}`;
        tried.push({ round, changes, alone: false, proof: undefined, kept: false, why });
      } else {
        further.push({ round, changes });
        at = built;
        failure = now;
      }
    }
  }

  /** Builds and proves; what looks better and is not proven gets a second proof with more pairs. Undefined when the budget does not allow a first one. */
  async function attempt(from: V, plan: FixPlan, changes: readonly Planned[], round: number, alone: string | undefined) {
    const better = await world.build(from, plan, round, alone);
    const what = changes.map((one) => one.proposal.title).join('; ');
    let proof: Proof | undefined;
    let lacks = '';
    for (const isSecond of [false, true]) {
      const next = await world.prove(from, better, what, isSecond);
      if (next === undefined) {
        if (isSecond) {
          isCut = true;
          lacks = ' The budget allows no proof with more pairs.';
        }
        break;
      }
      proof = next;
      const { kind, sentence, estimate } = proof.verdict;
      world.note(`${kind}: ${sentence}`);
      if (kind !== 'notProven' || (estimate?.ratio ?? 1) >= 1) break;
    }
    const kind = proof?.verdict.kind;
    tried.push({
      round,
      changes,
      alone: alone !== undefined,
      proof,
      kept: kind === 'win',
      why: proof === undefined ? 'not tried: the budget allows no proof of it' : `${proof.verdict.sentence}${lacks}`,
    });
    if (proof === undefined) return undefined;
    return { better: kind === 'win' ? better : undefined, harms: kind === 'loss' || kind === 'unsafe' || kind === 'invalid' };
  }
}
