// Numbers, evidence and labels in words: the one place that decides how a value is said, whatever the face.
// Law: every string from a log that is put in here comes out clean; an absent value is left out, never printed as 0.

import { type Finding, isSecret } from '../audit/index.ts';
import { formatBytes, formatCount, formatMillis, formatShare } from '../base/index.ts';
import { clean } from './text.ts';

type Evidence = Finding['evidence'][number];
type Measure = Finding['numbers'][number];

/** Epoch milliseconds as UTC to the minute, `2026-03-11 09:14 UTC`; undefined for a time no calendar has. */
export function formatTime(ms: number | undefined): string | undefined {
  if (ms === undefined || !Number.isFinite(ms) || ms <= 0 || ms > 8.64e15) return undefined;
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, -14)} ${iso.slice(-13, -8)} UTC`;
}

/** Core time for people: hours as decimals from one hour on, because core-hours are what is paid for. */
export function formatCoreMillis(ms: number): string {
  if (!Number.isFinite(ms)) return 'unknown';
  const hours = ms / 3_600_000;
  if (Math.abs(hours) >= 99.95) return `${formatCount(hours)} core-h`;
  return Math.abs(hours) >= 0.95 ? `${hours.toFixed(1)} core-h` : `${formatMillis(ms)} core time`;
}

/** A part of some core time, both in the unit that fits the whole: `0.42 of 1.1 core-h`, `25 m 12 s of 54 m 00 s core time`. */
export function coreMillisOf(part: number, whole: number): string {
  const hours = whole / 3_600_000;
  if (hours < 0.95) return `${formatMillis(part)} of ${formatMillis(whole)} core time`;
  const digits = hours < 9.95 ? 2 : hours < 99.5 ? 1 : 0;
  const inHours = (ms: number) => (digits === 0 ? formatCount(ms / 3_600_000) : (ms / 3_600_000).toFixed(digits));
  return `${inHours(part)} of ${inHours(whole)} core-h`;
}

/** `longestTaskMs` → `longest task`: names of numbers as words, without the unit that the value says itself. */
export function measureName(name: string): string {
  const text = clean(name, 80);
  // Only a name that is one camel-case word is taken apart: `share of addBatch` stays.
  if (!/^[a-z]+(?:[A-Z][a-z0-9]*)+$/.test(text)) return text;
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/ (ms|bytes|share|ratio|count)$/, '');
}

export function measureValue({ value, unit }: Measure): string {
  if (typeof value === 'string') return clean(value, 120);
  switch (unit) {
    case 'ms':
      return formatMillis(value);
    case 'bytes':
      return formatBytes(value);
    case 'share':
      return formatShare(value);
    case 'ratio':
      return Number.isFinite(value) ? `${value >= 99.5 ? formatCount(value) : Number(value.toPrecision(2))}×` : 'unknown';
    case 'core-ms':
      return formatCoreMillis(value);
    case 'rows/s':
      return `${formatCount(value)} rows/s`;
    case 'bytes/s':
      return `${formatBytes(value)}/s`;
    default:
      return Number.isInteger(value) || Math.abs(value) >= 100 || !Number.isFinite(value)
        ? formatCount(value)
        : String(Number(value.toPrecision(3)));
  }
}

/** `longest task 2 m 26 s` */
export const measureText = (measure: Measure): string => `${measureName(measure.name)} ${measureValue(measure)}`;

const attemptText = (attempt: number): string => (attempt > 0 ? ` attempt ${attempt}` : '');

function nodeText(ref: { readonly nodeId?: number; readonly node?: string }): string {
  const id = ref.nodeId === undefined ? '' : `node ${ref.nodeId}`;
  return `${id} ${clean(ref.node, 60)}`.trim();
}

/**
 * References as short phrases, merged where they share a kind: `job.py:12`, `stages 13, 21`, `SQL 2 node 5 SortMergeJoin`.
 * At most `max` phrases; what is beyond is counted in the last one.
 */
export function evidenceTexts(evidence: readonly Evidence[], max: number = 6): string[] {
  const stages = new Map<string, string>();
  const jobs = new Set<number>();
  const executors = new Set<string>();
  const sql = new Map<number, Set<string>>();
  const source = new Set<string>();
  const others = new Set<string>();
  for (const ref of evidence) {
    switch (ref.kind) {
      case 'stage': {
        const tasks = ref.tasks ?? [];
        const few = tasks.length > 0 && tasks.length <= 3 ? ` task${tasks.length > 1 ? 's' : ''} ${tasks.join(', ')}` : '';
        const key = `${ref.stageId}${attemptText(ref.attempt)}`;
        stages.set(key, `${key}${few}`);
        break;
      }
      case 'job':
        jobs.add(ref.jobId);
        break;
      case 'executor':
        executors.add(clean(ref.id, 40));
        break;
      case 'sql': {
        const nodes = sql.get(ref.executionId) ?? new Set();
        const text = nodeText(ref);
        if (text !== '') nodes.add(text);
        sql.set(ref.executionId, nodes);
        break;
      }
      case 'source':
        source.add(`${clean(ref.file.split('/').at(-1) ?? ref.file, 200)}:${ref.line}`);
        break;
      case 'conf':
        others.add(
          ref.value === undefined || isSecret(ref.key, ref.value) ? clean(ref.key, 120) : `${clean(ref.key, 120)}=${clean(ref.value, 120)}`,
        );
        break;
      case 'table':
        others.add(`table ${clean(ref.path, 200)}`);
        break;
    }
  }
  const list = (one: string, many: string, items: readonly string[]): string[] =>
    items.length === 0
      ? []
      : [`${items.length > 1 ? many : one} ${items.slice(0, 6).join(', ')}${items.length > 6 ? ` and ${items.length - 6} more` : ''}`];
  const out = [
    // What a reader can open goes first.
    ...source,
    ...list(
      'stage',
      'stages',
      [...stages.values()].sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)),
    ),
    ...[...sql].filter(([, nodes]) => nodes.size > 0).map(([id, nodes]) => `SQL ${id} ${[...nodes].slice(0, 3).join(', ')}`),
    ...list(
      'SQL',
      'SQL',
      [...sql].filter(([, nodes]) => nodes.size === 0).map(([id]) => String(id)),
    ),
    ...list('job', 'jobs', [...jobs].map(String)),
    ...list('executor', 'executors', [...executors]),
    ...others,
  ];
  return out.length <= max ? out : [...out.slice(0, max - 1), `${out.length - max + 1} more`];
}

/** What a part of the run's time is called; a label that is new here is shown as it is. */
const PART_NAMES: Readonly<Record<string, string>> = {
  stage: 'stages at work',
  stages: 'stages at work',
  'start-up': 'start-up, before the first query',
  planning: 'planning queries, no task ran',
  'between jobs': 'between the jobs of a query',
  'commit tail': 'committing after the last task',
  scheduling: 'waiting for a first task',
  'driver code': 'driver code between queries',
  end: 'after the last query',
};

export const partName = (label: string): string => PART_NAMES[label] ?? clean(label, 40);

/** A number's share of the whole, or undefined when there is no whole. */
export const shareOf = (part: number, whole: number | undefined): number | undefined =>
  whole === undefined || !(whole > 0) || !Number.isFinite(part) ? undefined : part / whole;
