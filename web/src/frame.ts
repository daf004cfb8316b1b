// The report in the web app's frame: it takes over the app's colours, and tells the app which section is shown, so that an address can be shared.
// Law: opened alone, nothing is heard and nothing is told.

import { setTheme, type Theme } from './look.ts';

const THEMES: readonly unknown[] = ['system', 'light', 'dark'] satisfies readonly Theme[];

export function inFrame(): void {
  if (window.parent === window) return;
  document.documentElement.dataset.framed = '';
  window.addEventListener('message', (event) => {
    if (event.source !== window.parent) return;
    const { firesteel, theme } = (event.data ?? {}) as { firesteel?: unknown; theme?: unknown };
    if (firesteel === 'theme' && THEMES.includes(theme)) setTheme(theme as Theme);
  });
  window.addEventListener('hashchange', () => window.parent.postMessage({ firesteel: 'at', hash: window.location.hash }, '*'));
}
