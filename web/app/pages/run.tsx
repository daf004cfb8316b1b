// One run: the report page, in a frame of its own origin, below a line that says where it belongs.
// Law: nothing of a report can reach the API; it is told the colours, and tells where its reader is.

import { useEffect, useRef, useState } from 'react';
import { type PageOf, type Run, type RunAlone, useApi } from '../api.ts';
import { TroubleNote } from '../parts.tsx';
import { modelPath, runPath, to } from '../router.ts';
import { useTheme } from '../theme.ts';
import { time, when } from '../words.ts';

/** A section of the report: `#stage/6.0`. */
const SECTION = /^#[\w%./:=,+-]{0,400}$/;

export function RunPage({ id }: { id: string }) {
  const { data: run, trouble } = useApi<RunAlone>(runPath(id));
  useEffect(() => {
    if (run !== undefined) document.title = `${run.model}, ${when(run.startMs)} · Firesteel`;
  }, [run]);
  if (trouble !== undefined)
    return (
      <>
        <h1 className="run-title">Run</h1>
        <TroubleNote trouble={trouble} />
      </>
    );
  return (
    <div className="run-page">
      <div className="run-line">
        <h1 className="run-title">
          {run === undefined ? 'Run' : <a href={modelPath(run.model)}>{run.model}</a>}
          {run !== undefined && <span className="dim"> {when(run.startMs)}</span>}
        </h1>
        {run !== undefined && <Others run={run} />}
        <span className="spacer" />
        {run !== undefined && <span className="dim small from">{run.gone ? `${run.source}, log not kept` : run.source}</span>}
        <span className="run-links">
          <a href={`/api/v1${runPath(id)}/html`} target="_blank" rel="noreferrer">
            In its own tab
          </a>
          <a href={`/api/v1${runPath(id)}/markdown`} target="_blank" rel="noreferrer">
            Markdown
          </a>
        </span>
      </div>
      {run !== undefined && <Report key={run.auditedMs} run={run} />}
    </div>
  );
}

/** The runs of the model before and after, and the comparison with the one before. */
function Others({ run }: { run: RunAlone }) {
  const { data } = useApi<PageOf<Run>>(to('/runs', { model: run.model, limit: '500' }));
  const at = data?.items.findIndex((one) => one.id === run.id) ?? -1;
  if (data === undefined || at < 0 || data.items.length < 2) return null;
  const newer = data.items[at - 1];
  const older = data.items[at + 1];
  const delta = older === undefined || older.wallMs === null || run.wallMs === null ? undefined : run.wallMs - older.wallMs;
  return (
    <span className="run-links">
      {older !== undefined && <a href={runPath(older.id)}>‹ before</a>}
      {newer !== undefined && <a href={runPath(newer.id)}>after ›</a>}
      {older !== undefined && (
        <a href={to('/compare', { a: older.id, b: run.id })}>
          Compare{delta !== undefined && ` (${delta < 0 ? '−' : '+'}${time(Math.abs(delta))})`}
        </a>
      )}
    </span>
  );
}

function Report({ run }: { run: RunAlone }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const theme = useTheme();
  const [drawn, set] = useState(false);
  // The section in the address when the page was opened; later ones come from the frame.
  const [first] = useState(() => (SECTION.test(window.location.hash) ? window.location.hash : ''));
  useEffect(() => {
    // The frame has no origin that could be named; what it is told is no secret.
    if (drawn) frame.current?.contentWindow?.postMessage({ firesteel: 'theme', theme }, '*');
  }, [theme, drawn]);
  useEffect(() => {
    const heard = (event: MessageEvent) => {
      if (event.source !== frame.current?.contentWindow) return;
      const { firesteel, hash } = (event.data ?? {}) as { firesteel?: unknown; hash?: unknown };
      if (firesteel === 'at' && typeof hash === 'string' && (hash === '' || SECTION.test(hash)))
        history.replaceState(null, '', window.location.pathname + hash);
    };
    window.addEventListener('message', heard);
    return () => window.removeEventListener('message', heard);
  }, []);
  return (
    <div className="report-box">
      {!drawn && (
        <p className="dim waiting" role="status">
          Drawing the report; the first time its log is read again…
        </p>
      )}
      <iframe
        ref={frame}
        className={drawn ? 'report drawn' : 'report'}
        title={`Report of ${run.model}, ${when(run.startMs)}`}
        src={`/api/v1${runPath(run.id)}/html${first}`}
        onLoad={() => set(true)}
      />
    </div>
  );
}
