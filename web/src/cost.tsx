// Cost by cause: what the held core time went into, in money when the price of the run is known.
// Law: parts add up to what was allocated; without a price there is core time and no amount.

import { formatMillis, formatShare } from '../../src/base/index.ts';
import type { PageModel } from './data.ts';
import { Section } from './parts.tsx';

type Cost = NonNullable<PageModel['data']['cost']>;

/** Hours as decimals from one on: core-hours are what is paid for. */
const coreTime = (ms: number): string => (ms >= 3_420_000 ? `${(ms / 3_600_000).toFixed(1)} core-h` : formatMillis(ms));

export const money = (amount: number, currency: string | undefined): string =>
  `${amount.toFixed(amount < 0.1 ? 4 : 2)} ${currency ?? ''}`.trim();

export function CostByCause({ cost }: { cost: Cost }) {
  const most = Math.max(1, ...cost.parts.map((part) => part.coreMs));
  return (
    <Section
      title="What the cores were held for"
      aside={`${coreTime(cost.allocatedCoreMs)} of core time${cost.amount === undefined ? '' : ` · ${money(cost.amount, cost.currency)}`}`}
    >
      <ul className="held costs">
        {cost.parts.map((part) => (
          <li key={part.cause}>
            <span>{part.name}</span>
            <span className="meter calm" aria-hidden="true">
              <span style={{ width: `${(part.coreMs / most) * 100}%` }} />
            </span>
            <span className="num">{coreTime(part.coreMs)}</span>
            <span className="num dim">{formatShare(part.coreMs / Math.max(1, cost.allocatedCoreMs))}</span>
            <span className="num dim money">{part.amount === undefined ? '' : money(part.amount, cost.currency)}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
