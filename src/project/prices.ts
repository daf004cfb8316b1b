// Price sheets and costs: rates × what was used.
// Laws: no sheet, no cost; a rate whose quantity is not known gives no cost at all, because a part of a price is a wrong price.

import type { z } from 'zod';
import { parsed } from './explain.ts';
import { readJson } from './files.ts';
import { priceSchema } from './schema.ts';
import type { Cost, CostPart, PriceSheet, Usage } from './types.ts';

const HOUR = 3_600_000;
const MIB_PER_GIB = 1024;

const hours = (amount: number | undefined, per = 1): number | undefined =>
  amount === undefined || !Number.isFinite(amount) ? undefined : amount / per / HOUR;

interface Applied {
  readonly rate: CostPart['rate'];
  readonly price: number;
  /** Undefined: the log does not say. */
  readonly hours: number | undefined;
}

/** Each rate of the sheet with the hours of its unit in a usage. */
function ratesOf(sheet: PriceSheet, usage: Usage): Applied[] {
  const out: Applied[] = [];
  const add = (rate: Applied['rate'], price: number | undefined, used: number | undefined) => {
    if (price !== undefined) out.push({ rate, price, hours: used });
  };
  add('perCoreHour', sheet.perCoreHour, hours(usage.coreMs));
  add('perGiBHour', sheet.perGiBHour, hours(usage.memoryMibMs, MIB_PER_GIB));
  add('perExecutorHour', sheet.perExecutorHour, hours(usage.executorMs));
  add('perHour', sheet.perHour, hours(usage.wallMs));
  const named = [usage.instance, sheet.instance].find((name) => name !== undefined && Object.hasOwn(sheet.instances ?? {}, name));
  const machine = named === undefined ? undefined : sheet.instances?.[named];
  if (sheet.instances !== undefined)
    add('perInstanceHour', machine?.perHour ?? 0, machine === undefined ? undefined : hours(usage.executorMs));
  if (sheet.perUnitHour !== undefined) {
    const units = machine?.units ?? sheet.unitsPerExecutor;
    const used = hours(usage.executorMs);
    add('perUnitHour', sheet.perUnitHour, units === undefined || used === undefined ? undefined : units * used);
  }
  return out;
}

/** What a run cost: the sum of rate × quantity. Undefined without a sheet, or when the log does not say a quantity that has a rate. */
export function costOf(sheet: PriceSheet | undefined, usage: Usage): Cost | undefined {
  if (sheet === undefined) return undefined;
  const parts: CostPart[] = [];
  for (const { rate, price, hours: used } of ratesOf(sheet, usage)) {
    if (used === undefined) return undefined;
    parts.push({ rate, hours: used, price, amount: used * price });
  }
  const amount = parts.reduce((sum, part) => sum + part.amount, 0);
  return { amount, currency: sheet.currency, version: sheet.version, parts };
}

export const sheetOf = (given: z.output<typeof priceSchema>): PriceSheet => {
  const { currency, version, perCoreHour, perGiBHour, perExecutorHour, perHour, instances, instance, perUnitHour, unit, unitsPerExecutor } =
    given;
  return {
    currency,
    version,
    perCoreHour,
    perGiBHour,
    perExecutorHour,
    perHour,
    instances:
      instances === undefined
        ? undefined
        : Object.fromEntries(Object.entries(instances).map(([name, { perHour: price, units }]) => [name, { perHour: price, units }])),
    instance,
    perUnitHour,
    unit,
    unitsPerExecutor,
  };
};

/** Reads a price sheet from a JSON file. Throws a FiresteelError that names the file. */
export async function readPrices(file: string): Promise<PriceSheet> {
  return sheetOf(parsed(priceSchema, await readJson(file), file));
}
