// Where the reader is: path and query of the address. Links are plain `a href`; clicks on them stay in the page.
// Law: what is not a page of the app (the API, signing out) is left to the browser.

import { useSyncExternalStore } from 'react';

const CHANGED = 'firesteel-place';
const OTHERS = /^\/(api|login|logout|metrics|healthz|readyz)(\/|$)/;

const subscribe = (changed: () => void) => {
  window.addEventListener('popstate', changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener('popstate', changed);
    window.removeEventListener(CHANGED, changed);
  };
};

export interface Place {
  /** Parts of the path: `['runs', 'abc']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly text: string;
}

const decoded = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

export function placeOf(text: string): Place {
  const [path = '', query = ''] = text.split('?');
  return { path: path.split('/').filter(Boolean).map(decoded), query: new URLSearchParams(query), text };
}

export const usePlace = (): Place => placeOf(useSyncExternalStore(subscribe, () => window.location.pathname + window.location.search));

export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', to);
  else history.replaceState(null, '', to);
  window.dispatchEvent(new Event(CHANGED));
}

/** The address of a page; empty values are left out. */
export function to(path: string, query: Readonly<Record<string, string | undefined>> = {}): string {
  const all = new URLSearchParams(
    Object.entries(query).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [[key, value]])),
  );
  return all.size === 0 ? path : `${path}?${all}`;
}

export const runPath = (id: string): string => `/runs/${encodeURIComponent(id)}`;
export const modelPath = (name: string): string => to('/model', { name });
export const rulePath = (id: string): string => `/rules/${encodeURIComponent(id)}`;

/** Follows links inside the page. Gives the way to stop that. */
export function followLinks(): () => void {
  const clicked = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = (event.target as Element | null)?.closest('a[href]');
    if (!(link instanceof HTMLAnchorElement) && !(link instanceof SVGAElement)) return;
    if (link.getAttribute('target') !== null || link.hasAttribute('download')) return;
    const url = new URL(link.getAttribute('href') ?? '', window.location.href);
    if (url.origin !== window.location.origin || OTHERS.test(url.pathname)) return;
    event.preventDefault();
    go(url.pathname + url.search + url.hash);
  };
  document.addEventListener('click', clicked);
  return () => document.removeEventListener('click', clicked);
}
