// Which colours the reader chose; kept in the browser, given to the report in its frame as well.

import { useSyncExternalStore } from 'react';
import { setTheme, type Theme } from '../src/look.ts';

const KEY = 'firesteel-theme';
const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

/** A browser may refuse to keep anything: then it is the system's. */
export function keptTheme(): Theme {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? 'system';
  } catch {
    return 'system';
  }
}

let now: Theme = keptTheme();
const listeners = new Set<() => void>();
const subscribe = (changed: () => void) => {
  listeners.add(changed);
  return () => listeners.delete(changed);
};

export const useTheme = (): Theme => useSyncExternalStore(subscribe, () => now);

/** From the system's to light to dark. */
export function nextTheme(): void {
  now = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length] as Theme;
  try {
    localStorage.setItem(KEY, now);
  } catch {
    // It holds for this page.
  }
  setTheme(now);
  for (const listener of listeners) listener();
}
