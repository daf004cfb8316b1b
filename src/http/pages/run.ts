// One run as a plain page, and the report as text where there is no other page of it. Law: no script.

import { formatMillis } from '../../base/index.ts';
import type { StoredRun } from '../store/types.ts';
import { html, page } from './layout.ts';

export function runPage({ id, source, gone, summary }: StoredRun, text: string): string {
  return page(
    summary.model,
    html`<h1>${summary.model}</h1>
<p class="lead">${summary.headline}</p>
<p class="dim">${summary.applicationId ?? ''} · Spark ${summary.sparkVersion ?? 'unknown'} · ${
      summary.wallMs === null ? 'length unknown' : `ran ${formatMillis(summary.wallMs)}`
    } · ${source}${gone ? ' (the log is not there any more)' : ''}</p>
<p><a href="/api/v1/runs/${id}/html">The report as a page</a> · <a href="/api/v1/runs/${id}/report">JSON</a> · <a href="/api/v1/runs/${id}/markdown">Markdown</a></p>
<pre>${text}</pre>`,
  );
}

/** The report's text alone, for a place that allows nothing. */
export const plainReport = (title: string, text: string): string =>
  html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>${title}</title>
<style>body{font:13px/1.4 ui-monospace,monospace;margin:1.5rem}pre{white-space:pre-wrap}</style></head>
<body><pre>${text}</pre></body></html>
`.text;
