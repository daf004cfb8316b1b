// Pages of the server's own: plain HTML, no script, one style sheet. Law: every text is escaped here; nothing is inline.

/** Already HTML. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out.
  text.replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '').replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? '');

type Value = Html | string | number | null | undefined | readonly Value[];
const shown = (value: Value): string =>
  value instanceof Html
    ? value.text
    : Array.isArray(value)
      ? (value as readonly Value[]).map(shown).join('')
      : value === null || value === undefined
        ? ''
        : escaped(String(value));

/** HTML from a template; values are escaped unless they are HTML already. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(parts.reduce((text, part, i) => text + (i === 0 ? '' : shown(values[i - 1])) + part, ''));

export const page = (title: string, body: Html): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Firesteel</title>
<link rel="stylesheet" href="/assets/firesteel.css">
<link rel="icon" href="data:,">
</head>
<body>
<header><a href="/">Firesteel</a><nav><a href="/">Fleet</a><a href="/api">API</a></nav></header>
<main>
${body}
</main>
</body>
</html>
`.text;

export const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#1b1f24, #e6e8eb); --dim: light-dark(#5b6470, #9aa3ad); --line: light-dark(#d9dee4, #343b44);
  --back: light-dark(#ffffff, #14181d); --panel: light-dark(#f5f7f9, #1c2229); --accent: light-dark(#a23c00, #ff9d5c); }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
header { display: flex; gap: 2rem; align-items: baseline; padding: .8rem 1.2rem; border-bottom: 1px solid var(--line); }
header > a { font-weight: 700; text-decoration: none; }
nav { display: flex; gap: 1rem; }
main { max-width: 80rem; margin: 0 auto; padding: 1.2rem; }
a { color: var(--accent); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.lead { font-size: 1.1rem; } .dim { color: var(--dim); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--dim); font-weight: 600; white-space: nowrap; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { overflow-x: auto; padding: 1rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; font: 13px/1.4 ui-monospace, monospace; }
code { font: 13px ui-monospace, monospace; background: var(--panel); padding: .1rem .3rem; border-radius: 4px; }
input, button { font: inherit; padding: .4rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--panel); color: inherit; }
.method { display: inline-block; width: 4.5rem; font-weight: 700; text-transform: uppercase; }
`;
