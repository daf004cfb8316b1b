// Where the reader is: the part of the address behind #, `plan/3/12`. Works from a file and from a server.

import { useSyncExternalStore } from 'react';

export const TABS = [
  ['overview', 'Overview'],
  ['timeline', 'Timeline'],
  ['plan', 'Plans'],
  ['stages', 'Stages'],
  ['whatif', 'What if'],
  ['code', 'Code'],
  ['environment', 'Environment'],
] as const;

export type Tab = (typeof TABS)[number][0];

export interface Route {
  readonly tab: Tab;
  /** What is behind it: `['3', '12']` of `plan/3/12`. */
  readonly rest: readonly string[];
}

const known = new Set<string>(TABS.map(([tab]) => tab));

export function routeOf(hash: string): Route {
  const [first = '', ...rest] = hash.replace(/^#/, '').split('/');
  const decoded = rest.map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  if (first === 'stage') return { tab: 'stages', rest: decoded };
  return known.has(first) ? { tab: first as Tab, rest: decoded } : { tab: 'overview', rest: first === '' ? [] : [first] };
}

const subscribe = (changed: () => void) => {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
};

export const useRoute = (): Route => routeOf(useSyncExternalStore(subscribe, () => window.location.hash));

export const go = (hash: string): void => {
  window.location.hash = hash;
};
