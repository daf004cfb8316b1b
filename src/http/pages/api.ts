// The API as a page, from its OpenAPI document.

import type { Route } from '../route.ts';
import { html, page } from './layout.ts';

export function apiPage(routes: readonly Route[], version: string): string {
  const tags = [...new Set(routes.map((route) => route.tag))];
  return page(
    'API',
    html`<h1>API</h1>
<p>Version ${version}. The whole of it for programs: <a href="/api/v1/openapi.json">OpenAPI 3.1</a>. Logs and code are named as
<code>run:ID</code>, <code>upload:ID</code>, or by a path below a watched folder. Errors are <code>application/problem+json</code> with the next step.</p>
${tags.map(
  (tag) => html`<h2>${tag}</h2>
<div class="scroll"><table>
${routes
  .filter((route) => route.tag === tag)
  .map(
    ({ method, path, summary, role, query }) =>
      html`<tr><td><span class="method">${method}</span> <code>/api/v1${path}</code></td><td>${summary}${
        Object.keys(query.shape).length === 0 ? '' : html`<br><span class="dim">${Object.keys(query.shape).join(', ')}</span>`
      }</td><td class="dim">${role}</td></tr>`,
  )}
</table></div>`,
)}`,
  );
}

// The form goes to its own address: the page that was asked for, and the section of it behind #, stay in it.
export const loginPage = (wrong: boolean): string =>
  page(
    'Sign in',
    html`<h1>Sign in</h1>
<form method="post">
<p><label for="token">Token</label> <input id="token" name="token" type="password" autocomplete="current-password" required autofocus> <button>Sign in</button></p>
</form>
${wrong ? html`<p>That token is not known here.</p>` : ''}
<p class="dim">Tokens are made where the server runs: <code>firesteel serve --new-token read --token-file FILE</code></p>`,
  );
