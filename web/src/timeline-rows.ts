// From the page's data to rows of the timeline.

import { formatCount, formatMillis, formatShare } from '../../src/base/index.ts';
import { keyOf, type PageModel } from './data.ts';
import type { Look } from './look.ts';
import { type Bar, packed, type Row } from './timeline-draw.ts';

const DRIVER_TONES: Readonly<Record<string, keyof Look>> = {
  'start-up': 'c6',
  planning: 'c4',
  'between jobs': 'c1',
  'commit tail': 'c3',
  scheduling: 'c5',
  'driver code': 'c2',
  end: 'c6',
};

/** Executors with a row of their own; more are too thin to tell apart. */
const MAX_EXECUTOR_ROWS = 40;
const MAX_ROWS = 60;

export function rowsOf(page: PageModel): Row[] {
  const { timeline, stages, wallMs, plans } = page.data;
  const span = (from: number, to: number) => `${formatMillis(to - from)} from ${formatMillis(from)}`;
  const rows: Row[] = [];
  const { width, running, slots } = timeline.bins;
  const top = Math.max(1, Math.round(slots.reduce((most, value) => Math.max(most, value), 0)));
  rows.push({ group: 'Slots in use', first: true, height: 64, bars: [], area: { width, running, slots, top } });
  const path = timeline.path.map((piece, i): Bar => {
    const stage = piece.stage < 0 ? undefined : stages[piece.stage];
    return {
      from: piece.from,
      to: piece.to,
      key: stage === undefined ? `path-${i}` : `path-${keyOf(stage)}`,
      href: stage === undefined ? undefined : `#stage/${keyOf(stage)}`,
      title: stage === undefined ? 'Driver, on the critical path' : `Stage ${stage.id}, on the critical path`,
      about: `${span(piece.from, piece.to)}. What the run’s end waited for.`,
      tone: stage === undefined ? 'c6' : 'ember',
    };
  });
  rows.push({ group: 'Critical path', first: true, height: 12, bars: path });
  rows.push({
    group: 'Driver alone',
    first: true,
    height: 12,
    bars: timeline.driver.map((segment, i) => ({
      ...segment,
      key: `driver-${i}`,
      href: segment.query === undefined || !plans.some((plan) => plan.id === segment.query) ? undefined : `#plan/${segment.query}`,
      title: `No task ran: ${segment.label}`,
      about: `${span(segment.from, segment.to)}${segment.query === undefined ? '' : `, query ${segment.query}`}`,
      tone: DRIVER_TONES[segment.label] ?? 'c6',
    })),
  });
  const jobs = timeline.jobs.map(
    (job): Bar => ({
      from: job.from,
      to: job.to,
      key: `job-${job.id}`,
      href: job.query === undefined ? undefined : `#plan/${job.query}`,
      title: `Job ${job.id}${job.status === 'succeeded' ? '' : `, ${job.status}`}`,
      about: [span(job.from, job.to), job.query === undefined ? '' : `query ${job.query}`, job.about]
        .filter((part) => part !== '')
        .join(' · '),
      tone: job.status === 'failed' ? 'bad' : 'c7',
      label: `job ${job.id}`,
    }),
  );
  rows.push(...packed('Jobs', jobs, 14, MAX_ROWS / 3));
  const onPath = new Set(timeline.path.map((piece) => piece.stage));
  const bars = stages.map(
    (stage, i): Bar => ({
      from: stage.from,
      to: stage.to,
      key: keyOf(stage),
      href: `#stage/${keyOf(stage)}`,
      title: `Stage ${keyOf(stage).replace(/\.0$/, '')}${stage.status === 'complete' ? '' : `, ${stage.status}`}`,
      about: [
        span(stage.from, stage.to),
        `${formatCount(stage.tasks)} ${stage.tasks === 1 ? 'task' : 'tasks'}`,
        stage.heldMs > 0
          ? `held the end for ${formatMillis(stage.heldMs)} (${formatShare(stage.heldMs / Math.max(1, wallMs))})`
          : 'not on the critical path',
        stage.what,
      ]
        .filter((part) => part !== '')
        .join(' · '),
      tone: stage.status === 'failed' ? 'bad' : 'work',
      critical: onPath.has(i),
      label: `${stage.id}${stage.what === '' ? '' : ` · ${stage.what.split(' ← ')[0]}`}`,
    }),
  );
  rows.push(...packed('Stages', bars, 16, MAX_ROWS));
  const executors = timeline.executors.map(
    (executor): Bar => ({
      from: executor.from,
      to: executor.to,
      key: `executor-${executor.id}`,
      title: `Executor ${executor.id}${executor.host === '' ? '' : ` on ${executor.host}`}`,
      about: [
        executor.cores === undefined ? '' : `${executor.cores} cores`,
        `${formatCount(executor.tasks)} tasks, ${formatMillis(executor.taskTimeMs)} of task time`,
        executor.failed > 0 ? `${executor.failed} failed` : '',
        executor.lost === undefined ? '' : `lost: ${executor.lost}`,
      ]
        .filter((part) => part !== '')
        .join(' · '),
      tone: executor.lost === undefined ? 'idle' : 'bad',
      label: executor.id,
    }),
  );
  if (executors.length <= MAX_EXECUTOR_ROWS)
    rows.push(
      ...executors.map(
        (bar, i): Row => ({
          group: 'Executors',
          first: i === 0,
          height: executors.length > 12 ? 4 : 12,
          gap: executors.length > 12 ? 1 : 3,
          bars: [bar],
        }),
      ),
    );
  else rows.push(...packed('Executors', executors, 4, MAX_EXECUTOR_ROWS));
  return rows;
}
