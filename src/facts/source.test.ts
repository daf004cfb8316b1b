// Call sites as Spark and the launcher write them, and what is not a line of the user's.
import { expect, test } from 'vitest';
import { callSiteOf } from './source.ts';

test.each<[string | undefined, string | undefined]>([
  ['count at /jobs/daily.py:10', 'count /jobs/daily.py:10'],
  ['parquet at /a b/daily.py:7', 'parquet /a b/daily.py:7'],
  ['save at Main.scala:22', 'save Main.scala:22'],
  ['/jobs/daily.py:3', '- /jobs/daily.py:3'],
  ['collect at /nb/Untitled.ipynb:4', 'collect /nb/Untitled.ipynb:4'],
  ['count at NativeMethodAccessorImpl.java:0', undefined],
  ['count at NativeMethodAccessorImpl.java:77', undefined],
  ['$anonfun$withThreadLocalCaptured$2 at CompletableFuture.java:1768', undefined],
  ['nightly totals', undefined],
  ['count at <unknown>:0', undefined],
  ['', undefined],
  [undefined, undefined],
])('%j', (text, expected) => {
  const site = callSiteOf(text);
  expect(site && `${site.call ?? '-'} ${site.file}:${site.line}`).toBe(expected);
});
