// Measures frames of the report page's timeline on the largest kind of run (500 stages, 200,000 tasks) while it is zoomed and moved. `node scripts/bench/frames.ts`.
// Laws: a real Chromium, a wheel event in each frame, a fixed number of frames; numbers are told, nothing is asserted; without a browser it says so and ends well.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { audit } from '../../src/audit/index.ts';
import { readRun } from '../../src/eventlog/index.ts';
import { FactStore } from '../../src/facts/index.ts';
import { renderAuditPage } from '../../src/operations/page.ts';
import { openBrowser } from '../../web/testing/browser.ts';
import { writeHugeLog } from '../../web/testing/huge.ts';

/** A frame that a reader feels, ms. */
const JANK_MS = 50;
const FRAMES = 120;

/** Gives a wheel event in each frame, there and back, and the times between the frames, ms. Text, for it runs in the page. */
const measure = (frames: number, deltaY: number, zoom: boolean): string => `new Promise((done) => {
  const canvas = document.querySelector('canvas');
  const box = canvas.getBoundingClientRect();
  const times = [];
  let last;
  let shown = '';
  const step = (now) => {
    if (last !== undefined) times.push(now - last);
    last = now;
    if (times.length === ${Math.floor(frames / 2)}) shown = document.querySelector('.section-head .num').textContent;
    if (times.length >= ${frames}) return done({ times, shown });
    const deltaY = (times.length < ${frames / 2} ? -1 : 1) * ${deltaY};
    canvas.dispatchEvent(new WheelEvent('wheel', {
      bubbles: true, cancelable: true, ctrlKey: ${zoom}, shiftKey: ${!zoom}, deltaY, clientX: box.left + box.width / 2, clientY: box.top + 40,
    }));
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})`;

interface Frames {
  readonly times: readonly number[];
  /** What the timeline says it shows in the middle: that it did move. */
  readonly shown: string;
}

function told(name: string, { times, shown }: Frames): void {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number).toFixed(1);
  const janks = times.filter((ms) => ms > JANK_MS).length;
  console.log(
    `${name.padEnd(34)} median ${at(0.5)} ms  p95 ${at(0.95)} ms  worst ${at(1)} ms  over ${JANK_MS} ms: ${janks} of ${times.length}  at the turn ${shown}`,
  );
}

const folder = mkdtempSync(join(tmpdir(), 'firesteel-bench-'));
const browser = await openBrowser();
try {
  if (typeof browser === 'string') console.log(`not measured: ${browser}`);
  else {
    const log = join(folder, 'huge.log');
    writeHugeLog(log, { stages: 500, tasks: 400 });
    const run = await readRun(log);
    const store = new FactStore(run);
    const pieces = await renderAuditPage(audit(run, { store }), run, { store, files: [] }, () => {});
    writeFileSync(join(folder, 'huge.html'), [...pieces].join(''));
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const from = performance.now();
    await page.goto(`file://${join(folder, 'huge.html')}#timeline`);
    await page.waitForSelector('canvas');
    console.log(`${'opened, timeline drawn'.padEnd(34)} ${(performance.now() - from).toFixed(0)} ms`);
    await page.evaluate(measure(20, 10, true));
    told('zoom in and out', (await page.evaluate(measure(FRAMES, 10, true))) as Frames);
    for (let i = 0; i < 4; i++) await page.getByRole('button', { name: 'Zoom in' }).click();
    told('move, zoomed 16 times', (await page.evaluate(measure(FRAMES, 40, false))) as Frames);
  }
} finally {
  if (typeof browser !== 'string') await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
