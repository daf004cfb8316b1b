// Giving a log to the page: dropped anywhere, or picked; and how it goes.

import { useEffect, useRef, useState } from 'react';
import { go, runPath } from './router.ts';
import { dismiss, dropped, type Given, logsOf, type Sending, send, useSendings } from './uploads.ts';
import { plural, share } from './words.ts';

const give = (logs: readonly Given[]) => void send(logs, (run) => go(runPath(run.id)));

/** Buttons for those who do not drag. */
export function AddLog() {
  const file = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const picked = (input: HTMLInputElement | null) => {
    const files = [...(input?.files ?? [])].map((one) => ({ path: one.webkitRelativePath || one.name, file: one }));
    if (input !== null) input.value = '';
    if (files.length > 0) give(logsOf(files));
  };
  return (
    <div className="add-log">
      <input ref={file} type="file" multiple hidden data-testid="files" onChange={() => picked(file.current)} />
      <input
        ref={(element) => {
          folder.current = element;
          element?.setAttribute('webkitdirectory', '');
        }}
        type="file"
        hidden
        data-testid="folder"
        onChange={() => picked(folder.current)}
      />
      <button type="button" onClick={() => file.current?.click()}>
        Choose a log
      </button>
      <button type="button" onClick={() => folder.current?.click()}>
        Choose a folder
      </button>
    </div>
  );
}

/** Takes what is dropped anywhere on the page. */
export function DropTarget() {
  const [over, set] = useState(false);
  useEffect(() => {
    let depth = 0;
    const files = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const enter = (event: DragEvent) => {
      if (!files(event)) return;
      depth++;
      set(true);
    };
    const leave = (event: DragEvent) => {
      if (!files(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) set(false);
    };
    const hover = (event: DragEvent) => {
      if (files(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      set(false);
      if (!files(event) || event.dataTransfer === null) return;
      event.preventDefault();
      void dropped(event.dataTransfer).then((parts) => give(logsOf(parts)));
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', hover);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', hover);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return over ? (
    <div className="drop-over">
      <p>Drop the log to audit it</p>
    </div>
  ) : null;
}

const DOING: Readonly<Record<Sending['state'], string>> = {
  packing: 'packing',
  sending: 'sending',
  auditing: 'auditing',
  done: 'audited',
  failed: 'not audited',
};

/** What is under way and how it ended. */
export function Sendings() {
  const all = useSendings();
  return (
    <section className="sendings" aria-label="Logs that you gave" hidden={all.length === 0}>
      <ul aria-live="polite">
        {all.map((one) => (
          <li key={one.id}>
            <div className="sending-head">
              <span className="what">{one.name}</span>
              <span className={one.state === 'failed' ? 'hot' : 'dim'}>
                {DOING[one.state]}
                {(one.state === 'sending' || one.state === 'auditing') && one.share !== undefined && ` ${share(one.share)}`}
              </span>
              {(one.state === 'done' || one.state === 'failed') && (
                <button type="button" className="link" onClick={() => dismiss(one.id)} aria-label={`Dismiss ${one.name}`}>
                  ✕
                </button>
              )}
            </div>
            {one.state !== 'done' && one.state !== 'failed' && (
              <progress max={1} value={one.share} aria-label={`${DOING[one.state]} ${one.name}`} />
            )}
            {one.problem !== undefined && <p>{one.problem}</p>}
            {one.state === 'done' && one.runs.length === 0 && <p>There was no run in it.</p>}
            {one.runs.slice(0, 5).map((run) => (
              <p key={run.id}>
                <a href={runPath(run.id)}>{run.model}</a>{' '}
                <span className="dim">{run.findings === 0 ? 'nothing worth doing' : plural(run.findings, 'finding')}</span>
              </p>
            ))}
            {one.runs.length > 5 && <p className="dim">{one.runs.length - 5} more</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}
