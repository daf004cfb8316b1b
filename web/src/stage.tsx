// Stages: all of them as a table that sorts, and one of them with its tasks: bytes against time, distribution, the slowest.

import { useEffect, useState } from 'react';
import { formatBytes, formatCount, formatMillis, formatShare, plural } from '../../src/base/index.ts';
import { baseName, keyOf, type PageModel, type PageStage, type Tasks, tasksOf } from './data.ts';
import { Histogram } from './histogram.tsx';
import { Facts, Section, Wide } from './parts.tsx';
import { Scatter } from './scatter.tsx';

export function Stages({ page, at, printing }: { page: PageModel; at: string | undefined; printing: boolean }) {
  const index = at === undefined ? undefined : page.stageIndex.get(at);
  const stage = index === undefined ? undefined : page.data.stages[index];
  return stage === undefined ? (
    <Table page={page} printing={printing} missing={at !== undefined && at !== '' ? at : undefined} />
  ) : (
    <One page={page} stage={stage} />
  );
}

const label = (stage: PageStage): string => keyOf(stage).replace(/\.0$/, '');
const readOf = (stage: PageStage): number => stage.inputBytes + stage.shuffleReadBytes;

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
  {
    name: 'Written',
    value: (s) => s.outputBytes + s.shuffleWriteBytes,
    text: (s) => (s.outputBytes + s.shuffleWriteBytes > 0 ? formatBytes(s.outputBytes + s.shuffleWriteBytes) : '–'),
  },
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
                <th key={name} scope="col" className="num" aria-sort={i === by ? (down ? 'descending' : 'ascending') : 'none'}>
                  <button
                    type="button"
                    className="sort"
                    onClick={() => {
                      setDown(i === by ? !down : true);
                      setBy(i);
                    }}
                  >
                    {name}
                    <span aria-hidden="true">{i === by ? (down ? ' ↓' : ' ↑') : ''}</span>
                  </button>
                </th>
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

function One({ page, stage }: { page: PageModel; stage: PageStage }) {
  const [tasks, setTasks] = useState<Tasks | undefined>();
  useEffect(() => {
    let alive = true;
    setTasks(undefined);
    void tasksOf(page, stage).then((read) => {
      if (alive) setTasks(read);
    });
    return () => {
      alive = false;
    };
  }, [page, stage]);
  const { wallMs, plans, view, findings } = page.data;
  const about = findings.flatMap((finding, i) =>
    finding.refs.some((ref) => ref.kind === 'stage' && ref.stageId === stage.id && (ref.attempt ?? 0) === stage.attempt)
      ? [{ n: i + 1, title: view.found[i]?.title ?? finding.rule, rule: finding.rule }]
      : [],
  );
  const ratio = stage.duration === undefined || stage.duration[2] <= 0 ? undefined : stage.duration[4] / stage.duration[2];
  const sampled = stage.sample !== undefined && stage.sample.count < stage.sample.of;
  return (
    <>
      <Section
        title={`Stage ${label(stage)}`}
        aside={
          <span className="tools">
            <a className="button" href={`#timeline/${keyOf(stage)}`}>
              In the timeline
            </a>
            {stage.query !== undefined && plans.some((plan) => plan.id === stage.query) && (
              <a className="button" href={`#plan/${stage.query}`}>
                Plan of query {stage.query}
              </a>
            )}
            <a className="button" href="#stages">
              All stages
            </a>
          </span>
        }
      >
        <p className="dim">{[stage.what, stage.name === stage.what ? '' : stage.name].filter((part) => part !== '').join(' · ')}</p>
        {about.map((one) => (
          <p key={one.rule}>
            Finding {one.n}: <a href="#overview">{one.title}</a>
          </p>
        ))}
        <Facts
          items={[
            [
              'Held the end',
              <>
                {formatMillis(stage.heldMs)}
                {wallMs > 0 && <span className="dim"> {formatShare(stage.heldMs / wallMs)}</span>}
              </>,
            ],
            ['Ran', formatMillis(stage.to - stage.from)],
            [
              'Tasks',
              `${formatCount(stage.tasks)}${stage.failed > 0 ? `, ${formatCount(stage.failed)} failed` : ''}${stage.killed > 0 ? `, ${formatCount(stage.killed)} killed` : ''}`,
            ],
            ['Slots it had', stage.slots.toString()],
            ['Median task', stage.duration === undefined ? 'unknown' : formatMillis(stage.duration[2])],
            [
              'Longest task',
              stage.duration === undefined ? (
                'unknown'
              ) : (
                <>
                  {formatMillis(stage.duration[4])}
                  {ratio !== undefined && <span className={ratio >= 3 ? 'hot' : 'dim'}> {ratio.toFixed(1)}×</span>}
                </>
              ),
            ],
            ['Read', readOf(stage) > 0 ? formatBytes(readOf(stage)) : 'nothing'],
            [
              'Written',
              stage.outputBytes + stage.shuffleWriteBytes > 0 ? formatBytes(stage.outputBytes + stage.shuffleWriteBytes) : 'nothing',
            ],
            ['Spilled to disk', stage.spillBytes > 0 ? formatBytes(stage.spillBytes) : 'nothing'],
            ['Collection', stage.taskTimeMs > 0 ? `${formatMillis(stage.gcMs)}, ${formatShare(stage.gcMs / stage.taskTimeMs)}` : 'none'],
            ...(stage.source === undefined
              ? []
              : [
                  [
                    'Line of code',
                    <a
                      key="line"
                      href={`#code/${encodeURIComponent(stage.source.slice(0, stage.source.lastIndexOf(':')))}:${stage.source.slice(stage.source.lastIndexOf(':') + 1)}`}
                    >
                      {baseName(stage.source)}
                    </a>,
                  ] as const,
                ]),
          ]}
        />
      </Section>
      <div className="two">
        <Section
          title="Tasks: data against time"
          aside={sampled ? `${formatCount(stage.sample?.count ?? 0)} of ${formatCount(stage.sample?.of ?? 0)} drawn` : undefined}
        >
          {stage.sample === undefined ? (
            <p className="dim">The tasks of this stage are not in this file: others held the run longer.</p>
          ) : tasks === undefined ? (
            <p className="dim">…</p>
          ) : (
            <Scatter tasks={tasks} executors={page.data.timeline.executors.map((one) => one.id)} />
          )}
        </Section>
        <Section title="How long tasks took">
          {stage.histogram === undefined || stage.duration === undefined ? (
            <p className="dim">No task succeeded.</p>
          ) : (
            <Histogram histogram={stage.histogram} marks={stage.duration} />
          )}
        </Section>
      </div>
      {tasks !== undefined && <Slowest tasks={tasks} />}
    </>
  );
}

const SLOWEST = 12;
const STATES = ['', 'failed', 'killed', 'speculative'];

function Slowest({ tasks }: { tasks: Tasks }) {
  const rows = Array.from(tasks.duration.keys())
    .sort((a, b) => (tasks.duration[b] as number) - (tasks.duration[a] as number))
    .slice(0, SLOWEST);
  return (
    <Section title="The slowest tasks">
      <Wide label="The slowest tasks">
        <table>
          <thead>
            <tr>
              {['Task', 'Took', 'Read', 'Records', 'Spilled', 'Collection', 'Launched at'].map((name, i) => (
                <th key={name} scope="col" className={i > 0 ? 'num' : ''}>
                  {name}
                </th>
              ))}
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const of = (column: Float64Array) => column[row] as number;
              return (
                <tr key={`${of(tasks.index)}.${of(tasks.attempt)}.${row}`}>
                  <th scope="row">
                    {of(tasks.index)}
                    {of(tasks.attempt) > 0 ? `.${of(tasks.attempt)}` : ''}
                  </th>
                  <td className="num">{formatMillis(of(tasks.duration))}</td>
                  <td className="num">{formatBytes(of(tasks.bytes))}</td>
                  <td className="num">{formatCount(of(tasks.records))}</td>
                  <td className="num">{of(tasks.spill) > 0 ? formatBytes(of(tasks.spill)) : '–'}</td>
                  <td className="num">{formatMillis(of(tasks.gc))}</td>
                  <td className="num">{formatMillis(of(tasks.launch))}</td>
                  <td>{STATES[of(tasks.state)]}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Wide>
    </Section>
  );
}
