// A comparison without the logs: what the audits of both left.

import { formatMillis } from '../../../src/base/index.ts';
import { Section } from '../../src/parts.tsx';
import { type RunAlone, useApi } from '../api.ts';
import { TroubleNote } from '../parts.tsx';
import { runPath } from '../router.ts';
import { coreTime, time } from '../words.ts';
import { Change, Findings, held, Numbers, type Row } from './compare-parts.tsx';

/** What lists know of both: enough for time, core time and findings. */
export function Kept({ a, b }: { a: string; b: string }) {
  const first = useApi<RunAlone>(runPath(a));
  const second = useApi<RunAlone>(runPath(b));
  const trouble = first.trouble ?? second.trouble;
  if (trouble !== undefined) return <TroubleNote trouble={trouble} />;
  const [x, y] = [first.data, second.data];
  if (x === undefined || y === undefined) return <p className="dim waiting">Loading…</p>;
  const rows: readonly Row[] = [
    ['wall time', time(x.wallMs), time(y.wallMs), <Change key="wall" a={x.wallMs} b={y.wallMs} />],
    ['core time held', coreTime(x.coreMs), coreTime(y.coreMs), <Change key="core" a={x.coreMs} b={y.coreMs} />],
    ['tasks', String(x.tasks), String(y.tasks), <Change key="tasks" a={x.tasks} b={y.tasks} better={false} />],
  ];
  const listed = (run: RunAlone, other: RunAlone) =>
    run.findings.filter((one) => !other.findings.some(({ rule }) => rule === one.rule)).map((one) => ({ ...one, note: held(one.heldMs) }));
  return (
    <>
      <p className="dim">A log that was sent here is not kept: this is what its audit left. Stages and settings need both logs.</p>
      <Section title="In numbers">
        <Numbers rows={rows} />
      </Section>
      <Findings
        gone={listed(x, y)}
        fresh={listed(y, x)}
        stayed={x.findings.flatMap((one) => {
          const other = y.findings.find(({ rule }) => rule === one.rule);
          return other === undefined ? [] : [{ ...one, note: `held ${formatMillis(one.heldMs)} → ${formatMillis(other.heldMs)}` }];
        })}
      />
    </>
  );
}
