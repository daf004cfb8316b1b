// What an audit needs beside its log: the price of the run by a sheet, and the record of past forecasts. Both come from the project, or are named.
// Law: a sheet that the log cannot serve (an unknown machine, no cores) is told once and gives no price.

import { resolve } from 'node:path';
import type { AuditOptions } from '../audit/index.ts';
import type { SparkRun } from '../eventlog/index.ts';
import type { PriceSheet } from '../project/index.ts';
import { calibrationFor } from './calibrated.ts';
import type { Context } from './define.ts';

export interface PricingInput {
  /** Path of a price sheet. */
  readonly prices?: string | undefined;
  readonly goal: 'time' | 'cost';
  readonly ledger?: string | undefined;
}

/** Gives the options of the audit of one run; asked once for all of them. */
export async function pricing(input: PricingInput, context: Context): Promise<(run: SparkRun) => Promise<AuditOptions>> {
  const [sheet, calibration] = [await sheetFor(input.prices, context.cwd), await calibrationFor(context, input.ledger)];
  let told = false;
  return async (run) => {
    const { FACTS, FactStore } = await import('../facts/index.ts');
    const store = new FactStore(run);
    const base: AuditOptions = { store, goal: input.goal, calibration };
    if (sheet === undefined) return base;
    const { costOf } = await import('../project/index.ts');
    const usage = store.get(FACTS.usage);
    const cost = costOf(sheet, { ...usage, wallMs: store.get(FACTS.clock).wallMs, coreMs: usage.allocatedCoreMs });
    if (cost === undefined && !told) {
      told = true;
      context.note(
        `no price of ${run.application.name ?? 'the run'}: the sheet of ${sheet.version} has a rate for something that its log does not say${sheet.instances === undefined ? '' : ' (the type of the machines: name one as "instance" in the sheet)'}`,
      );
    }
    return { ...base, price: cost };
  };
}

/** The price sheet of a file that was named, else that of the project; undefined without one. */
export async function sheetFor(file: string | undefined, cwd: string): Promise<PriceSheet | undefined> {
  const { findProject, readPrices } = await import('../project/index.ts');
  return file === undefined ? (await findProject(cwd)).prices : readPrices(resolve(cwd, file));
}
