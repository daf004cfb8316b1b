// The page as one file: the built template with data, title and a summary for readers without script put in.
// Laws: nothing from a log can leave the string it stands in; the page loads nothing from anywhere; the same data gives the same bytes.

import { deflateRawSync } from 'node:zlib';
import { html } from '../history-html.ts';
import type { Page, PageData } from './types.ts';

/** Places in the template; each stands in it once. */
export const MARKS = { title: '<!--firesteel:title-->', summary: '<!--firesteel:summary-->', data: '<!--firesteel:data-->' } as const;

/** JSON that may stand inside a script element: no `<`, no `&`, no separators that end a line of script. */
export const embedded = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029\u007f-\u009f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** The report as one HTML document. `template`: what `npm run build:web` made. */
export function* renderPage({ data, columns }: Page, template: string): Generator<string> {
  const parts: Readonly<Record<string, () => string>> = {
    [MARKS.title]: () => html(`${data.view.name} – Firesteel`),
    [MARKS.summary]: () => summaryOf(data),
    [MARKS.data]: () =>
      `<script type="application/json" id="firesteel-data">${embedded(data)}</script>` +
      `<script type="application/octet-stream" id="firesteel-columns">${Buffer.from(deflateRawSync(columns, { level: 9 })).toString('base64')}</script>`,
  };
  let rest = template;
  for (const [mark, text] of Object.entries(parts)) {
    const at = rest.indexOf(mark);
    if (at < 0) throw new Error(`the page's template has no ${mark}`);
    yield rest.slice(0, at);
    yield text();
    rest = rest.slice(at + mark.length);
  }
  yield rest;
}

/** What a reader sees where scripts do not run: a mail's preview. */
function summaryOf({ view, findings }: PageData): string {
  const parts = [
    `<h1>${html(view.name)}</h1>`,
    `<p>${html([view.id, ...view.facts].filter((text) => text !== '').join(' · '))}</p>`,
    ...(view.headline === '' ? [] : [`<p><strong>${html(view.headline)}</strong></p>`]),
    ...(view.joint === undefined ? [] : [`<p>${html(view.joint)}</p>`]),
    ...view.found.flatMap((finding, i) => [
      `<h2>${i + 1}. ${html(finding.title)}</h2>`,
      `<p>${html(finding.cause)}</p>`,
      ...(finding.saves === '' ? [] : [`<p>A cure saves ${html(finding.saves)}.</p>`]),
      ...(findings[i] === undefined || finding.evidence.length === 0 ? [] : [`<p>At ${html(finding.evidence.join(' · '))}.</p>`]),
      `<ul>${finding.remedies.map((remedy) => `<li>${html(remedy)}</li>`).join('')}</ul>`,
    ]),
    ...(view.found.length === 0 ? [`<p>${html(view.nothing)}</p>`] : []),
  ];
  return `<div class="plain">${parts.join('')}</div>`;
}
