// One stage with its tasks: what it read and wrote, data against time, distribution, the tasks that stand out.

import { type ReactNode, useEffect, useState } from 'react';
import { formatBytes, formatCount, formatMillis, formatShare, plural } from '../../src/base/index.ts';
import { baseName, keyOf, type PageModel, type PageStage, type Tasks, tasksOf } from './data.ts';
import { Histogram } from './histogram.tsx';
import { Facts, Section } from './parts.tsx';
import { Scatter } from './scatter.tsx';
import { TaskTable } from './task-table.tsx';
import { standsOut } from './uneven.ts';

export const label = (stage: PageStage): string => keyOf(stage).replace(/\.0$/, '');
export const readOf = (stage: PageStage): number => stage.inputBytes + stage.shuffleReadBytes;
export const writtenOf = (stage: PageStage): number => stage.outputBytes + stage.shuffleWriteBytes;

function Amount({ bytes, records }: { bytes: number; records: number }) {
  if (bytes <= 0 && records <= 0) return 'nothing';
  return (
    <>
      {bytes > 0 && formatBytes(bytes)}
      {records > 0 && <span className={bytes > 0 ? 'also' : ''}> {plural(records, 'record')}</span>}
    </>
  );
}

/** The most that one task wrote, where several wrote: its share, marked where it stands out. */
function mostWritten(stage: PageStage): readonly (readonly [string, ReactNode])[] {
  const { written } = stage;
  if (written === undefined || stage.tasks < 2) return [];
  const rows = [
    ['Most bytes by one task', written.bytesOfTasks, writtenOf(stage), formatBytes],
    ['Most records by one task', written.recordsOfTasks, written.records, formatCount],
  ] as const;
  return rows.flatMap(([name, of, all, text]) =>
    of === undefined || of[0] <= 0
      ? []
      : [
          [
            name,
            <>
              {text(of[0])}
              <span className={standsOut(of[0], of[1], all) ? 'hot' : 'dim'}> {formatShare(Math.min(1, of[0] / all))}</span>
            </>,
          ] as const,
        ],
  );
}

export function OneStage({ page, stage }: { page: PageModel; stage: PageStage }) {
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
            ['Read', <Amount key="read" bytes={readOf(stage)} records={stage.records} />],
            ['Written', <Amount key="written" bytes={writtenOf(stage)} records={stage.written?.records ?? 0} />],
            ...mostWritten(stage),
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
            <Scatter key={keyOf(stage)} tasks={tasks} executors={page.data.timeline.executors.map((one) => one.id)} />
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
      {tasks !== undefined && <TaskTable key={keyOf(stage)} tasks={tasks} />}
    </>
  );
}
