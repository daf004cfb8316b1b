// The cost section of the report: allocated core time by cause, in money when the price of the run is known, and what curing a finding saves of it.
// Laws: parts add up to what was allocated; money is shared out by core time, so it adds up too; without a price there is no amount, not 0.

import { type CostCause, FACTS, type FactStore } from '../facts/index.ts';
import type { FindingForecast } from './report.ts';

/** What the whole run cost by a price sheet. */
export interface RunPrice {
  readonly amount: number;
  readonly currency: string;
  /** Date or name of the rate. */
  readonly version: string;
}

export interface ReportCost {
  readonly allocatedCoreMs: number;
  /** Heaviest first; Σ coreMs = allocatedCoreMs, Σ amount = amount. */
  readonly parts: readonly { readonly cause: CostCause; readonly coreMs: number; readonly amount?: number }[];
  readonly amount?: number;
  readonly currency?: string;
  readonly version?: string;
}

/** What curing a finding saves: core time that need not be held, and money at the rate of this run. */
export interface SavesCost {
  readonly coreMs: number;
  readonly amount?: number;
  readonly currency?: string;
}

/** The split of the run's cost; undefined when its slots are not known. */
export function runCost(store: FactStore, price: RunPrice | undefined): ReportCost | undefined {
  const split = store.get(FACTS.costs);
  if (split === undefined) return undefined;
  const { allocatedCoreMs } = split;
  return {
    allocatedCoreMs,
    parts: split.parts.map(({ cause, coreMs }) => ({
      cause,
      coreMs: Math.round(coreMs),
      ...(price === undefined ? {} : { amount: (price.amount * coreMs) / allocatedCoreMs }),
    })),
    ...(price === undefined ? {} : { amount: price.amount, currency: price.currency, version: price.version }),
  };
}

/** By the forecast of the cure where there is one, else by what was held in vain; null when it saves nothing that is paid for. */
export function savesCost(
  forecast: FindingForecast | undefined,
  wastedCoreMs: number | undefined,
  cost: ReportCost | undefined,
): SavesCost | null {
  const coreMs = forecast?.savedCoreMs ?? wastedCoreMs ?? 0;
  if (cost === undefined || !(coreMs > 0)) return null;
  return {
    coreMs: Math.round(coreMs),
    ...(cost.amount === undefined || cost.currency === undefined
      ? {}
      : { amount: (cost.amount * coreMs) / cost.allocatedCoreMs, currency: cost.currency }),
  };
}
