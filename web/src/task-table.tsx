// The tasks of a stage that stand out: the slowest at first, or those with the most of any measure that the reader picks.
// Law: a measure that no task has is no column.

import { useState } from 'react';
import { formatBytes, formatCount, formatMillis } from '../../src/base/index.ts';
import type { TaskColumn, Tasks } from './data.ts';
import { Section, SortHead, Wide } from './parts.tsx';

const MOST = 12;
const STATES = ['', 'failed', 'killed', 'speculative'];

const MEASURES: readonly {
  readonly name: string;
  readonly column: TaskColumn;
  readonly text: (value: number) => string;
  readonly title: string;
  /** Left out when no task has it. */
  readonly optional?: true;
}[] = [
  { name: 'Took', column: 'duration', text: formatMillis, title: 'The slowest tasks' },
  { name: 'Read', column: 'bytes', text: formatBytes, title: 'The tasks that read the most bytes', optional: true },
  { name: 'Records read', column: 'records', text: formatCount, title: 'The tasks that read the most records', optional: true },
  { name: 'Written', column: 'bytesWritten', text: formatBytes, title: 'The tasks that wrote the most bytes', optional: true },
  { name: 'Records written', column: 'recordsWritten', text: formatCount, title: 'The tasks that wrote the most records', optional: true },
  { name: 'Spilled', column: 'spill', text: formatBytes, title: 'The tasks that spilled the most', optional: true },
  { name: 'Collection', column: 'gc', text: formatMillis, title: 'The tasks with the most garbage collection' },
  { name: 'Launched at', column: 'launch', text: formatMillis, title: 'The tasks that were launched last' },
];

export function TaskTable({ tasks }: { tasks: Tasks }) {
  const [by, setBy] = useState<TaskColumn>('duration');
  const shown = MEASURES.filter(({ column, optional }) => optional === undefined || tasks[column].some((value) => value > 0));
  const order = tasks[by];
  const rows = Array.from(order.keys())
    .sort((a, b) => (order[b] as number) - (order[a] as number) || (tasks.duration[b] as number) - (tasks.duration[a] as number))
    .slice(0, MOST);
  return (
    <Section title={MEASURES.find(({ column }) => column === by)?.title ?? ''}>
      <Wide label="Tasks">
        <table>
          <thead>
            <tr>
              <th scope="col">Task</th>
              {shown.map(({ name, column }) => (
                <SortHead key={column} name={name} sorted={column === by ? 'descending' : 'none'} onClick={() => setBy(column)} />
              ))}
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const of = (column: TaskColumn) => tasks[column][row] as number;
              return (
                <tr key={row}>
                  <th scope="row">
                    {of('index')}
                    {of('attempt') > 0 ? `.${of('attempt')}` : ''}
                  </th>
                  {shown.map(({ column, text, optional }) => (
                    <td key={column} className={`num${optional && of(column) === 0 ? ' none' : ''}`}>
                      {optional && of(column) === 0 ? '–' : text(of(column))}
                    </td>
                  ))}
                  <td>{STATES[of('state')]}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}
