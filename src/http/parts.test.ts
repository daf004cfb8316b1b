// Tables and laws of the small parts: pages of a list, ETags, rates, redaction, hostile names, policies of pages.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { html } from './pages/layout.ts';
import { sandboxOf } from './pages/sandbox.ts';
import { Rate } from './rate.ts';
import { Redactor } from './redact.ts';
import { paged } from './respond.ts';
import { Shelf } from './store/shelf.ts';
import { safeName } from './uploads.ts';

test('pages of a list hold every item once, in order, whatever the limit', () => {
  const items = fc.uniqueArray(fc.record({ weight: fc.integer({ min: 0, max: 5 }), id: fc.string({ minLength: 1, maxLength: 4 }) }), {
    selector: (item) => item.id,
    maxLength: 40,
  });
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 7 }), (all, limit) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = paged(all, (item) => [item.weight, item.id], cursor, limit);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        seen.push(...page.items.map((item) => item.id));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      const sorted = [...all].sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1)).map((item) => item.id);
      expect(seen).toEqual(sorted);
    }),
  );
  for (const cursor of ['', 'x', 'bnVsbA', Buffer.from('["a",1]').toString('base64url')])
    expect(() => paged([], () => [0, ''], cursor)).toThrow();
});

test('a name from outside is one name', () => {
  for (const [given, safe] of [
    ['../../etc/passwd', 'passwd'],
    ['..', 'upload'],
    ['', 'upload'],
    ['C:\\x\\app.zstd', 'app.zstd'],
    ['.hidden', 'hidden'],
    ['a b;rm -rf', 'a_b_rm_-rf'],
    ['\0', '_'],
  ] as const)
    expect(safeName(given)).toBe(safe);
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (name) => /^[\w+@-][\w.+@-]*$/.test(safeName(name))));
});

test('a rate is held over time', () => {
  const rate = new Rate(2, 4);
  expect([0, 0, 0, 0, 0].map(() => rate.take('a', 1, 0))).toEqual([0, 0, 0, 0, 1]);
  expect(rate.take('b', 1, 0)).toBe(0);
  expect(rate.take('a', 1, 500)).toBe(0);
  expect(rate.take('a', 1, 500)).toBe(1);
});

test('a shelf never holds more than it may', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.integer({ min: 0, max: 2_000 }))), (puts) => {
      const shelf = new Shelf(4_000);
      for (const [key, size] of puts) shelf.put(key, Buffer.alloc(size));
      const held = ['a', 'b', 'c', 'd', 'e', 'f'].reduce((sum, key) => sum + (shelf.get(key)?.length ?? 0), 0);
      expect(held).toBeLessThanOrEqual(4_000);
    }),
  );
});

test('what is in a page is text, never markup', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(html`<p title="${text}">${text}</p>`.text.replace(/^<p title="|<\/p>$/g, '')).not.toMatch(/[<']/);
    }),
  );
});

test('a report page runs its own scripts and no other', () => {
  const code = 'import.meta;\nrun("a")';
  const page = `<html><script id="d" type="application/json">{"a":1}</script><script type="module">${code}</script></html>`;
  const policy = sandboxOf(page);
  expect(policy).toContain(`'sha256-${createHash('sha256').update(code).digest('base64')}'`);
  expect(policy.match(/sha256-/g)).toHaveLength(1);
  expect(policy).not.toContain('allow-same-origin');
  expect(sandboxOf('<p>none</p>')).toContain("script-src 'none'");
});

describe('redaction', () => {
  const redactor = () => new Redactor(Buffer.alloc(32, 7));

  test.each([
    ['Table of many small files at s3a://bucket-of-acme/warehouse/sales/day=1.', ['acme', 'warehouse', 'sales']],
    ['file:/home/alice/jobs/daily.py:41', ['alice', 'jobs/daily']],
    ['lost on ip-10-1-2-3.eu-west-1.compute.internal (10.1.2.3:7337)', ['ip-10', '10.1.2.3', 'compute.internal']],
    ['mail bob@example.org', ['bob', 'example.org']],
    ['jdbc:postgresql://db.corp:5432/x?password=hunter2', ['hunter2', 'db.corp']],
    ['Authorization: Bearer abcdefghijklmnop1234', ['abcdefghijklmnop1234']],
    ['C:\\Users\\carol\\log', ['carol']],
    ['hdfs://nameservice1/user/dave/x', ['nameservice1', 'dave']],
  ])('%s', (text, gone) => {
    const out = redactor().text(text);
    for (const word of gone) expect(out).not.toContain(word);
  });

  test('a name that was replaced is known again by what was shown', () => {
    const one = redactor();
    one.value({ user: 'alice' });
    const names = ['bob', 'alice', '/srv/etl/daily', 'orders'];
    for (const name of names) expect(one.original(one.text(name), names)).toBe(name);
    expect(one.original('path-00000000', names)).toBe('path-00000000');
  });

  test.each([
    'org.apache.spark.sql.execution.exchange.ShuffleExchangeExec.doExecute',
    'spark.sql.shuffle.partitions=200',
    'stage 3/4 held the end for 33.3 s, 48 % of the run',
    'SortMergeJoin ← Exchange ← Filter',
    'Spark 4.3.0',
    '1.1 MiB (the other 5.3 MiB)',
  ])('%s stays', (text) => {
    expect(redactor().text(text)).toBe(text);
  });

  test('users and hosts that a field names are replaced in every text, the same way each time', () => {
    const one = redactor();
    const out = one.value({
      application: { user: 'alice' },
      executors: [{ host: 'worker-17' }],
      text: 'alice waited for worker-17. alice.',
    });
    expect(JSON.stringify(out)).not.toMatch(/alice|worker-17/);
    expect(out.text).toBe(`${out.application.user} waited for ${out.executors[0]?.host}. ${out.application.user}.`);
    expect(one.text('by alice')).toBe(`by ${out.application.user}`);
    expect(redactor().value({ user: 'alice' }).user).toBe(out.application.user);
    expect(new Redactor(Buffer.alloc(32, 8)).value({ user: 'alice' }).user).not.toBe(out.application.user);
  });

  test('numbers and shapes stay', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const shape = (item: unknown): unknown =>
          typeof item === 'string'
            ? 'text'
            : Array.isArray(item)
              ? item.map(shape)
              : typeof item === 'object' && item !== null
                ? Object.values(item).map(shape)
                : item;
        expect(shape(redactor().value(value))).toEqual(shape(value));
      }),
    );
  });
});
