// Price sheets and costs: rates × what was used.
// Laws: no sheet, no cost; a rate whose quantity is not known gives no cost at all, because a part of a price is a wrong price.

import type { z } from 'zod';
import { parsed } from './explain.ts';
import { readJson } from './files.ts';
import { priceSchema } from './schema.ts';
import type { Cost, CostPart, PriceSheet, Usage } from './types.ts';

const HOUR = 3_600_000;
const MIB_PER_GIB = 1024;

/** Each rate and the hours of its unit in a usage. */
const QUANTITIES: readonly (readonly [CostPart['rate'], (usage: Usage) => number | undefined])[] = [
  ['perCoreHour', ({ coreMs }) => hours(coreMs)],
  ['perGiBHour', ({ memoryMibMs }) => hours(memoryMibMs, MIB_PER_GIB)],
  ['perExecutorHour', ({ executorMs }) => hours(executorMs)],
  ['perHour', ({ wallMs }) => hours(wallMs)],
];

const hours = (amount: number | undefined, per = 1): number | undefined =>
  amount === undefined || !Number.isFinite(amount) ? undefined : amount / per / HOUR;

/** What a run cost: the sum of rate × quantity. Undefined without a sheet, or when the log does not say a quantity that has a rate. */
export function costOf(sheet: PriceSheet | undefined, usage: Usage): Cost | undefined {
  if (sheet === undefined) return undefined;
  const parts: CostPart[] = [];
  for (const [rate, quantity] of QUANTITIES) {
    const price = sheet[rate];
    if (price === undefined) continue;
    const used = quantity(usage);
    if (used === undefined) return undefined;
    parts.push({ rate, hours: used, price, amount: used * price });
  }
  const amount = parts.reduce((sum, part) => sum + part.amount, 0);
  return { amount, currency: sheet.currency, version: sheet.version, parts };
}

export const sheetOf = ({
  currency,
  version,
  perCoreHour,
  perGiBHour,
  perExecutorHour,
  perHour,
}: z.output<typeof priceSchema>): PriceSheet => ({
  currency,
  version,
  perCoreHour,
  perGiBHour,
  perExecutorHour,
  perHour,
});

/** Reads a price sheet from a JSON file. Throws a FiresteelError that names the file. */
export async function readPrices(file: string): Promise<PriceSheet> {
  return sheetOf(parsed(priceSchema, await readJson(file), file));
}
