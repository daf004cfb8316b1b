// A fact is a derived model of a run: computed when first asked for, once per audit.
// Law: facts are pure functions of the SparkRun and of other facts; they never change what they read.

import type { SparkRun } from '../eventlog/index.ts';

export interface Fact<T> {
  readonly id: string;
  readonly compute: (run: SparkRun, get: <U>(fact: Fact<U>) => U) => T;
}

export function defineFact<T>(id: string, compute: Fact<T>['compute']): Fact<T> {
  return { id, compute };
}

/** The facts of one run, memoised by the fact's identity. */
export class FactStore {
  readonly run: SparkRun;
  private readonly known = new Map<Fact<unknown>, unknown>();
  private readonly pending = new Set<Fact<unknown>>();

  constructor(run: SparkRun) {
    this.run = run;
  }

  get = <T>(fact: Fact<T>): T => {
    if (this.known.has(fact)) return this.known.get(fact) as T;
    if (this.pending.has(fact)) throw new Error(`fact ${fact.id} needs itself`);
    this.pending.add(fact);
    try {
      const value = fact.compute(this.run, this.get);
      this.known.set(fact, value);
      return value;
    } finally {
      this.pending.delete(fact);
    }
  };
}
