// Where signing in leads: pages of this server only. Values that browsers read as another host, and those that would call the API.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pageOfThisServer, signInFor } from './back.ts';

describe('the page after signing in', () => {
  test.each([
    ['/', '/'],
    ['/runs/abc', '/runs/abc'],
    ['/runs/abc#stage/6.0', '/runs/abc#stage/6.0'],
    ['/model?name=jobs%2Fdaily_sales.py', '/model?name=jobs%2Fdaily_sales.py'],
    ['/compare?a=1&b=2', '/compare?a=1&b=2'],
    ['/search?q=//evil.example', '/search?q=//evil.example'],
    ['/a/./b/../c', '/a/c'],
    ['/search?q=grün', '/search?q=gr%C3%BCn'],
    ['/api', '/api'],
    ['/apiary', '/apiary'],
  ])('%s → %s', (given, page) => expect(pageOfThisServer(given)).toBe(page));

  test.each([
    undefined,
    null,
    7,
    ['/runs'],
    '',
    'runs',
    '?a=1',
    '#stage',
    '//evil.example',
    '///evil.example',
    '//evil.example/%2f..',
    '/\\evil.example',
    '\\\\evil.example',
    '/runs\\..\\..\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    '/ /evil.example',
    '/runs\r\nset-cookie: a=b',
    '/\u0000/evil.example',
    '/runs\u007f',
    '/runs\u0085',
    '/.//evil.example',
    '/..//evil.example',
    '/%2e//evil.example',
    '/a/..//evil.example',
    'https:evil.example',
    'https://evil.example',
    'http://127.0.0.1/runs',
    'HTTPS:/evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '@evil.example',
    '/%',
    '/%ff',
    '/login',
    '/login?next=/login',
    '/LOGIN',
    '/logout',
    '/./login',
    '/%6cogin',
    '/api/v1/operations/run',
    '/x/../api/v1/runs',
    '/%61pi/v1/operations/run',
    '/api%2fv1/runs',
    '/api//v1/runs',
    `/${'a'.repeat(3_000)}`,
  ])('%j is refused: the first page', (given) => expect(pageOfThisServer(given)).toBe('/'));

  test('whatever is given: this host, a header’s value, the same when asked again', () => {
    const part = fc.constantFrom(
      '/',
      '//',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      ':',
      '@',
      'evil.example',
      'https:',
      'api',
      '?',
      '#',
      '\t',
      'é',
    );
    const given = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.array(part, { maxLength: 8 }).map((parts) => `/${parts.join('')}`),
    );
    fc.assert(
      fc.property(given, (text) => {
        const page = pageOfThisServer(text);
        expect(page).toMatch(/^\/(?!\/)[\x21-\x7e]*$/);
        const url = new URL(page, 'http://host:1/login?next=x#y');
        expect(url.origin).toBe('http://host:1');
        expect(url.pathname).not.toMatch(/^\/(\/|api\/|login$)/);
        expect(pageOfThisServer(page)).toBe(page);
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });

  test('the address of signing in carries it', () => {
    expect(signInFor('/')).toBe('/login');
    expect(signInFor('//evil.example')).toBe('/login');
    const asked = '/model?name=a%26b&next=x';
    expect(new URL(signInFor(asked), 'http://h').searchParams.get('next')).toBe(asked);
  });
});
