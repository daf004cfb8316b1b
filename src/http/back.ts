// Where a browser goes after signing in: back to the page it asked for, which travels in the query of the page for signing in.
// Laws: only a page of this server, as the server itself would read the address; what is anything else is the first page;
// never the API (a link of another site must not make a call with the session that was just opened).

const FIRST = '/';
/** Of an address, characters. */
const MOST = 2_000;
/** Above the pages: the API, and signing in and out themselves. */
const NO_PAGE = /^\/(api\/|login(\/|$)|logout(\/|$))/i;

/** The page of this server that a text names, normalised; the first page for everything else. */
export function pageOfThisServer(given: unknown): string {
  // Browsers read `\` as `/`, and drop tabs and line ends, so that `/\t/evil` is another host.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (typeof given !== 'string' || given.length > MOST || !/^\/(?!\/)/.test(given) || /[\\\x00-\x20\x7f-\x9f]/.test(given)) return FIRST;
  try {
    const { origin, pathname, search, hash } = new URL(given, 'http://here.invalid');
    // Dots can leave two slashes in front: `/.//evil`.
    if (origin !== 'http://here.invalid' || pathname.startsWith('//')) return FIRST;
    // The router reads a path decoded.
    if (NO_PAGE.test(decodeURIComponent(pathname).replace(/\/{2,}/g, '/'))) return FIRST;
    return pathname + search + hash;
  } catch {
    return FIRST;
  }
}

/** The page for signing in, which leads back to a page. */
export function signInFor(asked: string): string {
  const next = pageOfThisServer(asked);
  return next === FIRST ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}
