// The page's data out of the document: JSON at once, columns of numbers when they are first asked for.
// Law: nothing here touches the network; columns are inflated once.

import { unpackColumns } from '../../src/base/index.ts';
import { type PageData, type PageRef, type PageStage, TASK_COLUMNS } from '../../src/report/html/types.ts';

export type { PageData, PageFinding, PageNode, PagePlan, PageRef, PageStage } from '../../src/report/html/types.ts';

export interface PageModel {
  readonly data: PageData;
  /** Inflated bytes of all columns. */
  bytes(): Promise<Uint8Array>;
  columns(): Promise<readonly Float64Array[]>;
  /** Index in `data.stages` by `id.attempt`. */
  readonly stageIndex: ReadonlyMap<string, number>;
}

export function readPage(from: Document): PageModel {
  const text = from.getElementById('firesteel-data')?.textContent;
  if (text === null || text === undefined) throw new Error('there is no data in this file');
  const data = JSON.parse(text) as PageData;
  const packed = from.getElementById('firesteel-columns')?.textContent ?? '';
  let bytes: Promise<Uint8Array> | undefined;
  let columns: Promise<readonly Float64Array[]> | undefined;
  const inflated = () => (bytes ??= inflate(packed));
  return {
    data,
    bytes: inflated,
    columns: () => (columns ??= inflated().then(unpackColumns)),
    stageIndex: new Map(data.stages.map((stage, i) => [keyOf(stage), i])),
  };
}

async function inflate(base64: string): Promise<Uint8Array> {
  const text = atob(base64);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export const keyOf = (stage: { readonly id: number; readonly attempt: number }): string => `${stage.id}.${stage.attempt}`;

export type TaskColumn = (typeof TASK_COLUMNS)[number];
export type Tasks = Readonly<Record<TaskColumn, Float64Array>>;

/** The tasks of a stage that travel with the page. */
export async function tasksOf(page: PageModel, stage: PageStage): Promise<Tasks | undefined> {
  const sample = stage.sample;
  if (sample === undefined) return undefined;
  const columns = await page.columns();
  // A column of zeros travels empty.
  const column = (i: number): Float64Array => {
    const found = columns[sample.columns + i];
    return found?.length === sample.count ? found : new Float64Array(sample.count);
  };
  return Object.fromEntries(TASK_COLUMNS.map((name, i) => [name, column(i)])) as unknown as Tasks;
}

/** Where a reference leads in the page; undefined where there is nothing to show. */
export function placeOf(page: PageModel, ref: PageRef): { readonly text: string; readonly href: string | undefined } {
  const { data } = page;
  switch (ref.kind) {
    case 'stage': {
      const key = `${ref.stageId}.${ref.attempt ?? 0}`;
      const tasks = ref.tasks !== undefined && ref.tasks.length > 0 && ref.tasks.length <= 3 ? `, task ${ref.tasks.join(', ')}` : '';
      return {
        text: `stage ${ref.stageId}${(ref.attempt ?? 0) > 0 ? `.${ref.attempt}` : ''}${tasks}`,
        href: page.stageIndex.has(key) ? `#stage/${key}` : undefined,
      };
    }
    case 'sql': {
      const known = data.plans.some((plan) => plan.id === ref.executionId);
      const node = ref.nodeId === undefined ? '' : `, ${ref.node ?? `node ${ref.nodeId}`}`;
      return {
        text: `query ${ref.executionId}${node}`,
        href: known ? `#plan/${ref.executionId}${ref.nodeId === undefined ? '' : `/${ref.nodeId}`}` : undefined,
      };
    }
    case 'job': {
      const known = data.timeline.jobs.some((job) => job.id === ref.jobId);
      return { text: `job ${ref.jobId}`, href: known ? `#timeline/job-${ref.jobId}` : undefined };
    }
    case 'executor':
      return { text: `executor ${ref.id}`, href: '#timeline' };
    case 'source':
      return { text: `${baseName(ref.file ?? '')}:${ref.line}`, href: `#code/${encodeURIComponent(ref.file ?? '')}:${ref.line}` };
    case 'conf':
      return {
        text: ref.value === undefined ? (ref.key ?? '') : `${ref.key}=${ref.value}`,
        href: `#environment/${encodeURIComponent(ref.key ?? '')}`,
      };
    default:
      return { text: [ref.kind, ref.path ?? ref.id ?? ''].join(' ').trim(), href: undefined };
  }
}

export const baseName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
