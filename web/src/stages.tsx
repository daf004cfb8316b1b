// Stages: all of them as a table that sorts; one of them is a page of its own.

import { useState } from 'react';
import { formatBytes, formatCount, formatMillis, plural } from '../../src/base/index.ts';
import { keyOf, type PageModel, type PageStage } from './data.ts';
import { Section, SortHead, Wide } from './parts.tsx';
import { label, OneStage, readOf, writtenOf } from './stage.tsx';

export function Stages({ page, at, printing }: { page: PageModel; at: string | undefined; printing: boolean }) {
  const index = at === undefined ? undefined : page.stageIndex.get(at);
  const stage = index === undefined ? undefined : page.data.stages[index];
  return stage === undefined ? (
    <Table page={page} printing={printing} missing={at !== undefined && at !== '' ? at : undefined} />
  ) : (
    <OneStage page={page} stage={stage} />
  );
}

const COLUMNS: readonly {
  readonly name: string;
  readonly value: (stage: PageStage) => number;
  readonly text: (stage: PageStage) => string;
}[] = [
  { name: 'Held the end', value: (s) => s.heldMs, text: (s) => (s.heldMs > 0 ? formatMillis(s.heldMs) : '–') },
  { name: 'Ran', value: (s) => s.to - s.from, text: (s) => formatMillis(s.to - s.from) },
  { name: 'Task time', value: (s) => s.taskTimeMs, text: (s) => formatMillis(s.taskTimeMs) },
  { name: 'Tasks', value: (s) => s.tasks, text: (s) => formatCount(s.tasks) },
  { name: 'Median', value: (s) => s.duration?.[2] ?? -1, text: (s) => (s.duration === undefined ? '–' : formatMillis(s.duration[2])) },
  { name: 'Longest', value: (s) => s.duration?.[4] ?? -1, text: (s) => (s.duration === undefined ? '–' : formatMillis(s.duration[4])) },
  { name: 'Read', value: readOf, text: (s) => (readOf(s) > 0 ? formatBytes(readOf(s)) : '–') },
  { name: 'Written', value: writtenOf, text: (s) => (writtenOf(s) > 0 ? formatBytes(writtenOf(s)) : '–') },
  { name: 'Spilled', value: (s) => s.spillBytes, text: (s) => (s.spillBytes > 0 ? formatBytes(s.spillBytes) : '–') },
  { name: 'Failed', value: (s) => s.failed, text: (s) => (s.failed > 0 ? formatCount(s.failed) : '–') },
];

/** Rows drawn before the reader asks for all. */
const FIRST_ROWS = 60;

function Table({ page, printing, missing }: { page: PageModel; printing: boolean; missing: string | undefined }) {
  const [by, setBy] = useState(0);
  const [down, setDown] = useState(true);
  const [all, setAll] = useState(false);
  const column = COLUMNS[by] as (typeof COLUMNS)[number];
  const sorted = [...page.data.stages].sort((a, b) => (down ? 1 : -1) * (column.value(b) - column.value(a)) || a.id - b.id);
  const shown = all ? sorted : sorted.slice(0, printing ? 25 : FIRST_ROWS);
  return (
    <Section title={plural(page.data.stages.length, 'stage')}>
      {missing !== undefined && <p className="warn">There is no stage {missing} with tasks in this log.</p>}
      <Wide label="Stages">
        <table>
          <thead>
            <tr>
              <th scope="col">Stage</th>
              {COLUMNS.map(({ name }, i) => (
                <SortHead
                  key={name}
                  name={name}
                  sorted={i === by ? (down ? 'descending' : 'ascending') : 'none'}
                  onClick={() => {
                    setDown(i === by ? !down : true);
                    setBy(i);
                  }}
                />
              ))}
              <th scope="col">What it ran</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((stage) => (
              <tr key={keyOf(stage)}>
                <th scope="row">
                  <a href={`#stage/${keyOf(stage)}`}>{label(stage)}</a>
                </th>
                {COLUMNS.map((one) => (
                  <td key={one.name} className={`num${one.text(stage) === '–' ? ' none' : ''}`}>
                    {one.text(stage)}
                  </td>
                ))}
                <td className="what dim">{stage.what || stage.name}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {shown.length < sorted.length && !printing && (
        <p>
          <button type="button" onClick={() => setAll(true)}>
            Show all {sorted.length}
          </button>
        </p>
      )}
    </Section>
  );
}
