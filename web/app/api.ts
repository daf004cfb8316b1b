// Answers of the API: types as they come over the wire, a hook that asks and asks again when something changed.
// Law: the app computes nothing that the API says; what a program of the API would see is what is shown.

import { useEffect, useState, useSyncExternalStore } from 'react';
import type { Comparison } from '../../src/audit/compare.ts';
import type { FleetView } from '../../src/http/fleet.ts';
import type { JobView } from '../../src/http/jobs.ts';
import type { FindingSummary, RunSummary } from '../../src/http/store/summary.ts';
import type { StoredRun } from '../../src/http/store/types.ts';
import type { PredictionRow, ProofRow, RunRow } from '../../src/ledger/types.ts';
import type { CalibrationView } from '../../src/report/calibration-face.ts';
import type { History, ModelHistory } from '../../src/report/history-types.ts';
import type { ModelEntry } from '../../src/report/models-face.ts';
import type { RuleInfo } from '../../src/report/rules-face.ts';

/** As JSON says it: what is absent is null. */
export type Wire<T> = T extends undefined
  ? null
  : T extends readonly (infer U)[]
    ? readonly Wire<U>[]
    : T extends object
      ? { readonly [K in keyof T]: Wire<T[K]> }
      : T;

export type { FindingSummary, FleetView, JobView };
export type Run = Omit<StoredRun, 'summary'> &
  Omit<RunSummary, 'findings'> & { readonly findings: number; readonly rules: readonly string[]; readonly top: FindingSummary | null };
export type RunAlone = Omit<StoredRun, 'summary'> & RunSummary;
export interface PageOf<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly next: string | null;
}
export interface Log {
  readonly id: string;
  readonly source: string;
  readonly state: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly failed: readonly { readonly path: string; readonly error: string; readonly nextStep: string | null }[];
}
export type Recorded = Wire<RunRow>;
export type Proof = Wire<ProofRow>;
export type Prediction = Wire<PredictionRow>;
export type Model = Wire<ModelHistory>;
export interface Ledger {
  readonly runs: readonly Recorded[];
  readonly more: boolean;
  readonly history: Wire<History> | null;
}
export type Models = { readonly models: readonly Wire<ModelEntry>[] };
export type Calibration = Wire<CalibrationView>;
export type Compared = Wire<Comparison>;
export interface Session {
  readonly role: string;
  /** With a token, by the page for it: only then there is something to leave. */
  readonly signedIn: boolean;
}
export type Rule = RuleInfo;
export type Rules = { readonly rules: readonly Rule[] };
export type RuleAlone = Rule & { readonly readme?: string };

/** What went wrong, as problem+json says it. */
export interface Trouble {
  readonly status: number;
  readonly detail: string;
  readonly nextStep: string | undefined;
}

export const isTrouble = (value: unknown): value is Trouble =>
  typeof value === 'object' && value !== null && 'detail' in value && 'status' in value;

/** GET of the API below /api/v1. Throws a Trouble; without a session it goes to the page for signing in. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const answer = await fetch(`/api/v1${path}`, signal === undefined ? {} : { signal });
  if (answer.ok) return (await answer.json()) as T;
  throw await troubleOf(answer);
}

/** Leads to the page for signing in, which leads back here. */
function signIn(): void {
  const { pathname, search, hash } = window.location;
  const here = pathname + search + hash;
  window.location.assign(here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`);
}

export async function troubleOf(answer: { readonly status: number; json(): Promise<unknown> }): Promise<Trouble> {
  if (answer.status === 401) signIn();
  const said = (await answer.json().catch(() => ({}))) as Partial<Trouble>;
  return { status: answer.status, detail: said.detail ?? `The server answered ${answer.status}.`, nextStep: said.nextStep };
}

/** Grows when a run came, grew, failed or went: whoever shows runs asks again. */
let version = 0;
let connected = false;
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};
const subscribe = (changed: () => void) => {
  listeners.add(changed);
  return () => listeners.delete(changed);
};

/** Many runs may come at once: the page asks once for them, ms. */
const GATHER_MS = 400;

/** Listens for new runs. Gives the way to stop. */
export function listen(): () => void {
  const source = new EventSource('/api/v1/events');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      version++;
      tell();
    }, GATHER_MS);
  };
  for (const event of ['run', 'failed', 'gone']) source.addEventListener(event, changed);
  source.addEventListener('hello', () => {
    // After a break something may have been missed.
    if (!connected) changed();
    connected = true;
    tell();
  });
  source.addEventListener('error', () => {
    connected = false;
    tell();
  });
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

export const useConnected = (): boolean => useSyncExternalStore(subscribe, () => connected);

export interface Asked<T> {
  readonly data: T | undefined;
  readonly trouble: Trouble | undefined;
}

/** Asks, and again when runs change; the last answer stays until the next is there. `undefined` asks nothing. */
export function useApi<T>(path: string | undefined): Asked<T> {
  const now = useSyncExternalStore(subscribe, () => version);
  const [state, set] = useState<Asked<T> & { readonly path: string | undefined }>({ path: undefined, data: undefined, trouble: undefined });
  useEffect(() => {
    void now;
    if (path === undefined) return;
    const stop = new AbortController();
    get<T>(path, stop.signal).then(
      (data) => set({ path, data, trouble: undefined }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        const trouble = isTrouble(error) ? error : { status: 0, detail: 'The server does not answer.', nextStep: 'Is it still running?' };
        // What was there stays readable while the server is away.
        set((old) => (trouble.status === 0 && old.path === path && old.data !== undefined ? old : { path, data: undefined, trouble }));
      },
    );
    return () => stop.abort();
  }, [path, now]);
  return state.path === path ? state : { data: undefined, trouble: undefined };
}
