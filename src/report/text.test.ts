// Laws of safe and wrapped text: nothing dangerous survives, no line is too wide, no word is lost.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean, cutEnd, cutMiddle, toAscii, widthOf, wrap } from './text.ts';

describe('clean', () => {
  test.each([
    ['plain', 'plain'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u009b31mred', 'red'],
    ['\u001b]0;new title\u0007x', 'x'],
    ['\u001b]8;;http://evil\u001b\\link\u001b]8;;\u001b\\', 'link'],
    ['\u001bPpayload\u001b\\x', 'x'],
    ['\u001bcx', 'x'],
    ['a\r\nb\tc\u0000d', 'a b c d'],
    ['\u202egnp.exe\u202c', 'gnp.exe'],
    ['zero\u200bwidth\ufeff', 'zerowidth'],
    ['lone \ud800 surrogate', 'lone surrogate'],
    ['\u001b[31', '31'],
    ['日本語 👩‍👩‍👧', '日本語 👩‍👩‍👧'],
  ])('%j is %j', (input, expected) => {
    expect(clean(input)).toBe(expected);
  });

  test('leaves no control, no escape and no mark of direction, and keeps its cap', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\u001b', '\u009b', '[', ']', '3', 'm', '\u0007', '\\', '\u202e', '\ud800', '\n', ';'),
        fc.string({ unit: 'binary', maxLength: 1 }),
      ),
    });
    fc.assert(
      fc.property(nasty, fc.integer({ min: 2, max: 40 }), (text, max) => {
        const safe = clean(text, max);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
        expect(safe).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/);
        expect(safe.isWellFormed()).toBe(true);
        expect(safe.length).toBeLessThanOrEqual(max);
      }),
      { numRuns: 2000 },
    );
  });

  test('of a very long string costs no time', () => {
    const long = '\u001b]'.repeat(5_000_000);
    const before = performance.now();
    clean(long);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('wrap', () => {
  test.each<[string, number, string[]]>([
    ['one two three', 7, ['one two', 'three']],
    ['held for 1 m 42 s of it', 14, ['held for', '1 m 42 s of it']],
    ['read 3.2 GiB', 10, ['read', '3.2 GiB']],
    ['in stage 13 now', 9, ['in', 'stage 13', 'now']],
    ['spark.sql.adaptive.enabled', 12, ['spark.sql.', 'adaptive.', 'enabled']],
    ['', 10, ['']],
    ['日本語日本語', 5, ['日本', '語日', '本語']],
  ])('%j in %i', (text, width, expected) => {
    expect(wrap(text, width)).toEqual(expected);
  });

  test('keeps every character and no line is too wide', () => {
    const text = fc
      .array(fc.oneof(fc.string({ maxLength: 30 }), fc.constantFrom('日本語の長い', '1 m 42 s', 'stage 13', '·', 'a.b.c/d'.repeat(8))), {
        maxLength: 20,
      })
      .map((words) => clean(words.join(' ')));
    fc.assert(
      fc.property(text, fc.integer({ min: 4, max: 60 }), (words, width) => {
        const lines = wrap(words, width);
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.replaceAll(/[ \u00a0]/g, ''));
      }),
      { numRuns: 1000 },
    );
  });
});

test('cutEnd, cutMiddle and toAscii keep within the width', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 80 }).map((text) => clean(text)),
      fc.integer({ min: 3, max: 40 }),
      (text, width) => {
        expect(widthOf(cutEnd(text, width))).toBeLessThanOrEqual(width);
        expect(widthOf(cutMiddle(text, width))).toBeLessThanOrEqual(width);
        expect(toAscii(text)).toMatch(/^[\x20-\x7e]*$/);
      },
    ),
    { numRuns: 1000 },
  );
  expect(cutMiddle('abcdefghijklmnop', 11)).toBe('abcde…lmnop');
});
