// Laws of answers that fit, over made-up texts and data: nothing is lost, nothing is too long, what is gone says so.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutAt, jsonLength, Rests } from './budget.ts';
import { fitted } from './call-look.ts';
import { Lane } from './lane.ts';

const anyText = fc.string({ unit: fc.constantFrom('a', 'ä', '\n', '"', '\\', '\u0001', '😀', '漢', ' '), maxLength: 4000 });

describe('a text in pieces', () => {
  test('each piece fits as JSON, and together they are the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 20, max: 900 }), (text, room) => {
        const rests = new Rests();
        let piece = rests.begin(text, room, 'call');
        let whole = '';
        for (let i = 0; i < 5000; i++) {
          whole += piece.text;
          expect(jsonLength(piece.text) - 2).toBeLessThanOrEqual(Math.max(room, 12));
          expect(piece.left).toBe(text.length - whole.length);
          if (piece.more === undefined) break;
          expect(rests.next(piece.more, room)).toEqual(rests.next(piece.more, room));
          piece = rests.next(piece.more, room);
        }
        expect(whole).toBe(text);
      }),
      { numRuns: 150 },
    );
  });

  test('a cut never splits a character and always moves on', () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => text !== ''),
        fc.integer({ min: 1, max: 50 }),
        (text, room) => {
          const end = cutAt(text, room);
          expect(end).toBeGreaterThan(0);
          if (end > 1) expect(text.slice(0, end).isWellFormed()).toBe(text.isWellFormed());
        },
      ),
    );
  });

  test('memory is bounded; a handle that is gone names the call', () => {
    const rests = new Rests();
    const handles = Array.from({ length: 60 }, (_, i) => rests.begin('x'.repeat(1_000_000), 100, `audit {"logs":["${i}"]}`).more as string);
    expect(() => rests.next(handles[0] as string, 100)).toThrow(expect.objectContaining({ nextStep: 'Call audit {"logs":["0"]} again.' }));
    expect(rests.next(handles.at(-1) as string, 100).text).toHaveLength(100);
    for (const wrong of ['', 'm60', 'm60.0', 'm60.-1', 'm60.1e3', 'm60.9999999', '__proto__.1'])
      expect(() => rests.next(wrong, 100)).toThrow(/nothing under the handle/);
  });
});

test('data is cut entry by entry, fits, and says where the rest begins', () => {
  const text = fc.string({ maxLength: 300 });
  const entry = fc.dictionary(
    fc.constantFrom('cause', 'heldMs', 'at', 'note'),
    fc.oneof(text, fc.integer(), fc.array(text, { maxLength: 12 })),
  );
  const data = fc.record({ title: text, remedies: fc.array(text, { maxLength: 20 }), list: fc.array(entry, { maxLength: 60 }) });
  fc.assert(
    fc.property(data, fc.integer({ min: 1500, max: 8000 }), fc.integer({ min: 0, max: 9 }), ({ list, ...head }, budget, from) => {
      const total = from + list.length;
      const { answer, text: lines } = fitted({ ...head, total, list }, 'list', from, budget);
      const shown = (answer.list as unknown[]).length;
      expect(jsonLength(answer)).toBeLessThanOrEqual(budget);
      expect(lines.length).toBeLessThanOrEqual(budget);
      expect(shown).toBeGreaterThanOrEqual(Math.min(1, list.length));
      expect(answer.next).toBe(shown < list.length ? from + shown : undefined);
    }),
    { numRuns: 200 },
  );
});

test('a lane does one thing at a time, goes on after a failure, and lets go of who gives up', async () => {
  const lane = new Lane();
  const { signal } = new AbortController();
  let running = 0;
  const order: number[] = [];
  const work = (n: number) =>
    lane.run(signal, async () => {
      expect(++running).toBe(1);
      await new Promise((done) => setImmediate(done));
      order.push(n);
      running--;
      if (n === 1) throw new Error('one');
      return n;
    });
  const gone = new AbortController();
  const results = [work(0), work(1), lane.run(gone.signal, async () => void order.push(99)), work(2), work(3)];
  gone.abort(new Error('left'));
  expect((await Promise.allSettled(results)).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
  expect(order).toEqual([0, 1, 2, 3]);
});
