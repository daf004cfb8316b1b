// Logs that the reader gave to the page: sent, audited, each with its progress; a store outside React, for the page may change meanwhile.
// Law: what is sent is what was given; a folder of parts goes as one file; an answer that is an error is shown with its next step.

import { useSyncExternalStore } from 'react';
import { get, isTrouble, type JobView, type PageOf, type Run, troubleOf } from './api.ts';
import { type Part, zipOf } from './zip.ts';

export interface Sending {
  readonly id: number;
  readonly name: string;
  readonly state: 'packing' | 'sending' | 'auditing' | 'done' | 'failed';
  /** 0 to 1 where it is known. */
  readonly share: number | undefined;
  readonly runs: readonly Run[];
  readonly problem: string | undefined;
}

let all: readonly Sending[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const subscribe = (changed: () => void) => {
  listeners.add(changed);
  return () => listeners.delete(changed);
};
const set = (next: readonly Sending[]) => {
  all = next;
  for (const listener of listeners) listener();
};
const change = (id: number, part: Partial<Sending>) => set(all.map((one) => (one.id === id ? { ...one, ...part } : one)));

export const useSendings = (): readonly Sending[] => useSyncExternalStore(subscribe, () => all);
export const dismiss = (id: number): void => set(all.filter((one) => one.id !== id));

/** A log to send: a file, or parts of a folder. */
export interface Given {
  readonly name: string;
  readonly parts: readonly Part[];
}

/** Sends logs one after the other; `opened` hears the run when there was one log with one run. */
export async function send(given: readonly Given[], opened: (run: Run) => void): Promise<void> {
  const jobs = given.map((log) => ({ log, id: nextId++ }));
  set([
    ...all.filter((one) => one.state !== 'done'),
    ...jobs.map(({ log, id }): Sending => ({ id, name: log.name, state: 'packing', share: undefined, runs: [], problem: undefined })),
  ]);
  for (const { log, id } of jobs) {
    try {
      const runs = await one(log, id);
      change(id, { state: 'done', share: 1, runs });
      const [only] = runs;
      if (only !== undefined && runs.length === 1 && given.length === 1) opened(only);
    } catch (error) {
      const problem = isTrouble(error)
        ? [error.detail, error.nextStep].filter(Boolean).join(' ')
        : error instanceof Error
          ? error.message
          : String(error);
      change(id, { state: 'failed', problem });
    }
  }
}

async function one({ name, parts }: Given, id: number): Promise<readonly Run[]> {
  const [first] = parts;
  const alone = parts.length === 1 && first !== undefined && !first.path.includes('/');
  const body = alone ? first.file : await zipOf(parts);
  change(id, { state: 'sending', share: 0 });
  const job = await post(alone ? name : `${name}.zip`, body, (share) => change(id, { share }));
  change(id, { state: 'auditing', share: undefined });
  return (await audited(job.id, (share) => change(id, { share }))).items;
}

/** XMLHttpRequest, for fetch does not tell how much of a body is sent. */
function post(name: string, body: Blob, progress: (share: number) => void): Promise<JobView> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/runs?async=true&name=${encodeURIComponent(name.slice(-255))}`);
    request.setRequestHeader('content-type', 'application/octet-stream');
    request.upload.addEventListener('progress', ({ loaded, total }) => progress(total > 0 ? loaded / total : 0));
    request.addEventListener('load', () => {
      const said = async () => JSON.parse(request.responseText) as unknown;
      if (request.status === 202) resolve(said() as Promise<JobView>);
      else void troubleOf({ status: request.status, json: said }).then(reject);
    });
    request.addEventListener('error', () =>
      reject(new Error('The server did not take it: is it still running, and is the log not larger than it allows?')),
    );
    request.send(body);
  });
}

/** Follows a job to its end. */
function audited(job: string, progress: (share: number | undefined) => void): Promise<PageOf<Run>> {
  return new Promise((resolve, reject) => {
    const source = new EventSource(`/api/v1/jobs/${job}/events`);
    source.addEventListener('progress', (event) => progress((JSON.parse(event.data) as { share?: number }).share));
    source.addEventListener('state', (event) => {
      const { state, problem } = JSON.parse(event.data) as JobView;
      if (state === 'queued' || state === 'running') return;
      source.close();
      if (state === 'done') resolve(get<PageOf<Run>>(`/jobs/${job}/result`));
      else reject(problem === null ? new Error('The audit was stopped.') : problem);
    });
    // A stream that breaks is opened again by the browser; a job that is gone is an error for good.
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) reject(new Error('The server does not tell how the audit goes.'));
    });
  });
}

const isPart = (name: string): boolean => /^(events_\d+_|appstatus_)/.test(name);

/** Files as logs: parts of one folder are one log, every other file is one of its own. */
export function logsOf(files: readonly Part[]): readonly Given[] {
  const folders = new Map<string, Part[]>();
  const logs: Given[] = [];
  for (const part of files) {
    const names = part.path.split('/');
    const name = names.at(-1) ?? '';
    // Checksums and the like of a file system.
    if (name.startsWith('.')) continue;
    const parent = names.at(-2);
    if (!isPart(name)) {
      if (part.file.size > 0) logs.push({ name, parts: [{ path: name, file: part.file }] });
      continue;
    }
    const key = names.slice(0, -1).join('/');
    // Parts that were picked without their folder: the folder's name is in theirs.
    const folder = parent ?? `eventlog_v2_${name.replace(/^(events_\d+_|appstatus_)/, '').replace(/\.\w+$/, '')}`;
    folders.set(key || folder, [...(folders.get(key || folder) ?? []), { path: `${folder}/${name}`, file: part.file }]);
  }
  for (const parts of folders.values())
    if (parts.some(({ path }) => /\/events_/.test(path))) logs.push({ name: parts[0]?.path.split('/')[0] ?? 'log', parts });
  return logs;
}

/** What was dropped, folders with what is in them. */
export async function dropped(data: DataTransfer): Promise<readonly Part[]> {
  // Entries and files must be taken before the first wait.
  const items = [...data.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const parts: Part[] = [];
  for (const { entry, file } of items) {
    if (entry?.isDirectory) await walk(entry as FileSystemDirectoryEntry, '', parts);
    else if (file !== null) parts.push({ path: file.name, file });
  }
  return parts;
}

/** A folder of folders of logs goes no deeper, and holds no more than this. */
const MAX_DEPTH = 3;
const MAX_PARTS = 2_000;

async function walk(folder: FileSystemDirectoryEntry, before: string, parts: Part[], depth = 0): Promise<void> {
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise<readonly FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const entry of some) {
      if (parts.length >= MAX_PARTS) return;
      if (entry.isDirectory) {
        if (depth < MAX_DEPTH) await walk(entry as FileSystemDirectoryEntry, `${before}${folder.name}/`, parts, depth + 1);
      } else {
        const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
        parts.push({ path: `${before}${folder.name}/${file.name}`, file });
      }
    }
  }
}
