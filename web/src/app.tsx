// The run page: head, tabs, and the section that the address names. The web app shows the same component for a run.
// Law: printing shows every section, one after the other.

import { useEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { Code } from './code.tsx';
import type { PageModel } from './data.ts';
import { Environment } from './environment.tsx';
import { setTheme, type Theme } from './look.ts';
import { Overview } from './overview.tsx';
import { Plans } from './plan.tsx';
import { TABS, useRoute } from './route.ts';
import { Stages } from './stages.tsx';
import { Timeline } from './timeline.tsx';
import { WhatIf } from './what-if.tsx';

const THEMES: readonly Theme[] = ['system', 'light', 'dark'];

export function App({ page }: { page: PageModel }) {
  const route = useRoute();
  const [printing, setPrinting] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    const before = () => flushSync(() => setPrinting(true));
    const after = () => setPrinting(false);
    window.addEventListener('beforeprint', before);
    window.addEventListener('afterprint', after);
    return () => {
      window.removeEventListener('beforeprint', before);
      window.removeEventListener('afterprint', after);
    };
  }, []);
  const at = `${route.tab}/${route.rest.join('/')}`;
  useEffect(() => {
    void at;
    // A new place begins at its top; the first view of the file stays where the browser put it.
    if (first.current) first.current = false;
    else window.scrollTo({ top: Math.min(window.scrollY, main.current?.offsetTop ?? 0) });
  }, [at]);
  const { view } = page.data;
  const shows = (tab: string) => printing || route.tab === tab;
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the report
      </button>
      <header className="head">
        <div className="title">
          <h1>{view.name}</h1>
          <p className="dim">{[view.id, ...view.facts].filter((text) => text !== '').join(' · ')}</p>
          <p className="dim">{view.counts.join(' · ')}</p>
        </div>
        <Actions page={page} />
      </header>
      <nav className="tabs" aria-label="Sections">
        {TABS.map(([tab, name]) => (
          <a key={tab} href={`#${tab}`} aria-current={route.tab === tab ? 'page' : undefined}>
            {name}
            {tab === 'overview' && view.found.length > 0 && <span className="badge">{view.found.length}</span>}
          </a>
        ))}
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        {shows('overview') && <Overview page={page} printing={printing} />}
        {shows('timeline') && <Timeline page={page} at={route.tab === 'timeline' ? route.rest[0] : undefined} />}
        {!printing && shows('plan') && <Plans page={page} rest={route.rest} />}
        {shows('stages') && <Stages page={page} at={printing ? undefined : route.rest[0]} printing={printing} />}
        {!printing && shows('whatif') && <WhatIf page={page} />}
        {shows('code') && <Code page={page} at={route.tab === 'code' ? route.rest.join('/') : undefined} />}
        {shows('environment') && (
          <Environment page={page} at={route.tab === 'environment' ? route.rest.join('/') : undefined} printing={printing} />
        )}
      </main>
      <footer className="foot dim">
        {page.data.limits.map((limit) => (
          <p key={limit}>{limit}</p>
        ))}
        <p>
          Made by Firesteel from the event log {page.data.sources.length > 0 ? 'and the code' : 'alone'}. The file is complete: it loads
          nothing and sends nothing.
        </p>
      </footer>
    </>
  );
}

function Actions({ page }: { page: PageModel }) {
  const [theme, set] = useState<Theme>('system');
  const save = () => {
    const blob = new Blob([JSON.stringify(page.data.report, null, 2)], { type: 'application/json' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${page.data.view.id.replace(/[^\w.-]+/g, '_') || 'report'}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  return (
    <div className="actions">
      <button type="button" onClick={save} title="The report as firesteel/report@1">
        JSON
      </button>
      <button type="button" onClick={() => window.print()}>
        Print
      </button>
      <button
        type="button"
        className="theme"
        onClick={() => {
          const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] as Theme;
          set(next);
          setTheme(next);
        }}
      >
        <span className="sr">Colours: </span>
        {theme === 'system' ? 'Auto' : theme === 'light' ? 'Light' : 'Dark'}
      </button>
    </div>
  );
}
