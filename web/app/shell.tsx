// The frame of every page: name, search, sections, colours; what is dropped is taken here.
// Law: a new page begins at its top, with the focus on it.

import { useEffect, useRef, useState } from 'react';
import { listen, type Session, useApi, useConnected } from './api.ts';
import { Calibration } from './pages/calibration.tsx';
import { Compare } from './pages/compare.tsx';
import { Fleet } from './pages/fleet.tsx';
import { LedgerPage } from './pages/ledger.tsx';
import { ModelPage } from './pages/model.tsx';
import { Proofs } from './pages/proofs.tsx';
import { RulePage, RulesPage } from './pages/rules.tsx';
import { RunPage } from './pages/run.tsx';
import { Logs, Runs } from './pages/runs.tsx';
import { Search } from './pages/search.tsx';
import { Head } from './parts.tsx';
import { followLinks, go, type Place, to, usePlace } from './router.ts';
import { nextTheme, useTheme } from './theme.ts';
import { AddLog, DropTarget, Sendings } from './upload.tsx';

const SECTIONS = [
  ['', 'Fleet'],
  ['runs', 'Runs'],
  ['compare', 'Compare'],
  ['proofs', 'Proofs'],
  ['ledger', 'Ledger'],
  ['calibration', 'Calibration'],
  ['rules', 'Rules'],
] as const;

/** A model belongs to the fleet. */
const sectionOf = ([first = '']: readonly string[]): string => (first === 'model' ? '' : first);

function Page({ place }: { place: Place }) {
  const [section, id] = place.path;
  switch (section) {
    case undefined:
      return <Fleet place={place} />;
    case 'model':
      return <ModelPage key={place.text} name={place.query.get('name') ?? ''} />;
    case 'runs':
      return id === undefined ? <Runs place={place} /> : <RunPage key={id} id={id} />;
    case 'compare':
      return <Compare place={place} />;
    case 'proofs':
      return <Proofs at={id} />;
    case 'ledger':
      return <LedgerPage place={place} />;
    case 'calibration':
      return <Calibration />;
    case 'rules':
      return id === undefined ? <RulesPage /> : <RulePage key={id} id={id} />;
    case 'logs':
      return <Logs place={place} />;
    case 'search':
      return <Search text={place.query.get('q') ?? ''} />;
    default:
      return (
        <>
          <Head title="Nothing here" />
          <p>
            There is no such page. <a href="/">The fleet</a> is where all begins.
          </p>
        </>
      );
  }
}

export function Shell() {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(listen, []);
  useEffect(followLinks, []);
  const at = place.path.join('/');
  useEffect(() => {
    void at;
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo({ top: 0 });
    // Who types in the search keeps typing.
    if (document.activeElement?.id !== 'search') main.current?.focus({ preventScroll: true });
  }, [at]);
  const here = sectionOf(place.path);
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <Bar place={place} />
      <nav className="tabs" aria-label="Sections">
        {SECTIONS.map(([path, name]) => (
          <a key={path} href={`/${path}`} aria-current={here === path ? 'page' : undefined}>
            {name}
          </a>
        ))}
        <a href="/api">API</a>
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        <Page place={place} />
      </main>
      <Sendings />
      <DropTarget />
    </>
  );
}

function Bar({ place }: { place: Place }) {
  const theme = useTheme();
  const connected = useConnected();
  const searching = place.path[0] === 'search';
  const asked = searching ? (place.query.get('q') ?? '') : '';
  const [text, set] = useState(asked);
  useEffect(() => set(asked), [asked]);
  const look = (q: string) => {
    set(q);
    if (searching || q.trim() !== '') go(to('/search', { q }), searching ? 'replace' : 'push');
  };
  return (
    <header className="bar">
      <a className="brand" href="/">
        Firesteel
      </a>
      <span className={connected ? 'live on' : 'live'} title={connected ? 'New runs appear by themselves' : 'Waiting for the server'}>
        {connected ? 'live' : 'not connected'}
      </span>
      <search>
        <input
          id="search"
          type="search"
          placeholder="Search models, runs, rules"
          aria-label="Search"
          value={text}
          onChange={(event) => look(event.target.value)}
        />
      </search>
      <AddLog />
      <button type="button" onClick={nextTheme}>
        <span className="sr">Colours: </span>
        {theme === 'system' ? 'Auto' : theme === 'light' ? 'Light' : 'Dark'}
      </button>
      <SignOut />
    </header>
  );
}

/** A form, not a call: the browser forgets the session and is led to the page for signing in. */
function SignOut() {
  const { data } = useApi<Session>('/session');
  if (data?.signedIn !== true) return null;
  return (
    <form method="post" action="/logout">
      <button type="submit" className="link" title={`Signed in; your token may ${data.role}`}>
        Sign out
      </button>
    </form>
  );
}
