// The web app in a real Chromium over a real server: each page, dropping a log, a folder of parts, live runs; accessibility, phone width, dark, no error.
// Law: skipped, with the reason, where no browser starts; nothing here measures time.

import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Serving, serve } from '../src/http/index.ts';
import { placeOf, to } from './app/router.ts';
import { logsOf } from './app/uploads.ts';
import { openBrowser } from './testing/browser.ts';
import { fill } from './testing/fleet.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const CORPUS = join(import.meta.dirname, '../corpus');
const FILE = join(CORPUS, 'recomputed-lineage/local-1795255282563.zstd');
const FOLDER = join(CORPUS, 'small-input-files/eventlog_v2_local-1795259155860');
const LOGS = ['skewed-join/eventlog_v2_local-1795254183139', 'killed-skewed-join/local-1795255768711.inprogress'];

interface Run {
  readonly id: string;
  readonly model: string;
  readonly startMs: number;
}

const opened = await openBrowser();
const browser = typeof opened === 'string' ? undefined : opened;
if (typeof opened === 'string') console.warn(`the web app is not tested in a browser: ${opened}`);

describe('what needs no browser', () => {
  const file = new Blob(['x']);
  const named = (...paths: string[]) =>
    logsOf(paths.map((path) => ({ path, file }))).map(({ name, parts }) => [name, parts.map((part) => part.path)]);

  test.each([
    [['app.zstd'], [['app.zstd', ['app.zstd']]]],
    [
      ['logs/a.zstd', 'logs/.a.crc', 'logs/b.zstd'],
      [
        ['a.zstd', ['a.zstd']],
        ['b.zstd', ['b.zstd']],
      ],
    ],
    [
      ['eventlog_v2_x/appstatus_x', 'eventlog_v2_x/events_1_x.zstd', 'eventlog_v2_x/events_2_x.zstd'],
      [['eventlog_v2_x', ['eventlog_v2_x/appstatus_x', 'eventlog_v2_x/events_1_x.zstd', 'eventlog_v2_x/events_2_x.zstd']]],
    ],
    [['events_1_x.zstd', 'events_2_x.zstd'], [['eventlog_v2_x', ['eventlog_v2_x/events_1_x.zstd', 'eventlog_v2_x/events_2_x.zstd']]]],
    [['a/eventlog_v2_x/appstatus_x'], []],
  ])('%j is sent as %j', (paths, expected) => {
    expect(named(...(paths as string[]))).toEqual(expected);
  });

  test('an address goes there and back, whatever the name', () => {
    for (const name of ['etl.py', 'a/b?c#d&e=f', '100 %', 'ü'])
      expect(placeOf(to('/model', { name, none: '' })).query.get('name')).toBe(name);
    expect(placeOf('/rules/%E0%A4%A').path).toEqual(['rules', '%E0%A4%A']);
  });
});

describe.skipIf(browser === undefined)('the web app', { timeout: 60_000 }, () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'firesteel-app-')));
  const notes: string[] = [];
  const errors: string[] = [];
  let serving: Serving;
  let context: BrowserContext;
  let runs: readonly Run[];

  const ask = async <T>(path: string): Promise<T> => (await (await fetch(`${serving.url}api/v1${path}`)).json()) as T;
  async function audited(count: number): Promise<readonly Run[]> {
    for (let turn = 0; turn < 400; turn++) {
      const { items } = await ask<{ items: readonly Run[] }>('/runs');
      if (items.length >= count) return items;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the logs were not audited');
  }

  beforeAll(async () => {
    await fill(folder, LOGS);
    serving = await serve({ cwd: folder, port: 0, watch: ['events'], pollMs: 200, web: true, note: (text) => notes.push(text) });
    context = await (browser as Browser).newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
    context.setDefaultTimeout(12_000);
    runs = await audited(4);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await serving?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(path: string): Promise<Page> {
    const page = await context.newPage();
    page.on('pageerror', (error) => errors.push(`${path}: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(`${path}: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(serving.url) && !/^(data|blob):/.test(request.url())) errors.push(`${path} asks for ${request.url()}`);
    });
    await page.goto(`${serving.url}${path}`);
    await page.waitForSelector('main h1');
    return page;
  }
  const slow = () => runs.filter((run) => run.model === 'daily_sales').sort((a, b) => a.startMs - b.startMs)[0] as Run;
  const fast = () => runs.filter((run) => run.model === 'daily_sales').sort((a, b) => b.startMs - a.startMs)[0] as Run;

  /** What each page must have shown before it is looked at. */
  const pages = (): readonly (readonly [path: string, sign: string])[] => [
    ['', 'h2 >> text=Newest runs'],
    ['?by=cost&days=7', 'button[aria-pressed=true] >> text=Core time'],
    ['model?name=daily_sales', 'h2 >> text=Forecast against measured'],
    ['runs?sort=saved', 'tbody tr'],
    [`runs/${slow().id}`, 'iframe.drawn'],
    [`compare?a=${slow().id}&b=${fast().id}`, 'h2 >> text=Before you believe it'],
    ['proofs', 'tbody tr'],
    ['proofs/p-20261108-1', '.pair-bar'],
    ['ledger', 'h2 >> text=Newest runs'],
    ['ledger?run=r-20261031-040000-aaaa11', '.warn'],
    ['calibration', 'h2 >> text=By kind'],
    ['rules', '.rule-list a'],
    ['rules/skewed-join', '.markdown h3'],
    ['logs', 'tbody tr'],
    ['search?q=fraud', 'tbody tr'],
  ];

  test('every page: axe finds nothing, light, dark and narrow; nothing is wider than a phone', async () => {
    const page = await open('');
    const found: string[] = [];
    for (const [path, sign] of pages()) {
      await page.goto(`${serving.url}${path}`);
      await page.waitForSelector(sign);
      // Evaluated by the browser's tools, for the page's own policy allows no foreign script.
      await page.evaluate(AXE);
      for (const [colorScheme, width] of [
        ['light', 1280],
        ['dark', 390],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 844 });
        const result = (await page.evaluate('axe.run({ iframes: false })')) as { violations: { id: string; nodes: { html: string }[] }[] };
        for (const { id, nodes } of result.violations) found.push(`/${path} ${colorScheme}: ${id} at ${nodes[0]?.html.slice(0, 160)}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (wide > 0) found.push(`/${path} at ${width} px is ${wide} px too wide`);
      }
    }
    expect(found).toEqual([]);
    await page.close();
  });

  test('from the fleet to a model, its run, a stage of it, and back; the address can be shared', async () => {
    const page = await open('');
    const first = page.locator('.section').first().locator('tbody tr').first();
    const name = (await first.locator('a').first().textContent()) as string;
    await first.locator('a').first().click();
    await page.waitForFunction((text) => document.querySelector('h1')?.textContent === text, name);
    expect(await page.title()).toContain(name);
    await page.locator('.section', { hasText: 'audited run' }).locator('tbody a').last().click();
    const report = page.frameLocator('iframe.drawn');
    await report.getByRole('link', { name: 'Stages' }).click();
    await page.waitForFunction(() => location.hash === '#stages');
    const shared = page.url();
    await page.getByRole('button', { name: /^Colours/ }).click();
    await page.getByRole('button', { name: /^Colours: Light/ }).click();
    await report.locator('html[data-theme=dark]').waitFor({ state: 'attached' });
    await page.goto(shared);
    await page.frameLocator('iframe.drawn').locator('h2 >> text=stages').first().waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.close();
  });

  test('two runs are picked by keyboard and compared; a search follows what is typed', async () => {
    const page = await open('model?name=daily_sales');
    const boxes = page.locator('.pick-cell input');
    await boxes.first().focus();
    await page.keyboard.press('Space');
    await boxes.nth(1).focus();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Compare the two' }).click();
    await page.waitForSelector('.changes .good');
    expect(await page.locator('p.headline').textContent()).toContain('faster');
    expect(await page.getByLabel('Run A').inputValue()).toBe(slow().id);
    await page.getByLabel('Search').fill('skewed');
    await page.waitForSelector('.rule-list >> text=Skewed join');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('search');
    await page.goBack();
    await page.waitForSelector('.pickers');
    await page.close();
  });

  test('a log is dropped on the page: sent, audited, opened', async () => {
    const page = await open('rules');
    const data = await page.evaluateHandle(
      ([text, name]) => {
        const given = new DataTransfer();
        given.items.add(new File([Uint8Array.from(atob(text as string), (letter) => letter.charCodeAt(0))], name as string));
        return given;
      },
      [readFileSync(FILE).toString('base64'), 'dropped.zstd'],
    );
    await page.dispatchEvent('main', 'dragenter', { dataTransfer: data });
    await page.waitForSelector('.drop-over');
    await page.dispatchEvent('main', 'drop', { dataTransfer: data });
    await page.waitForURL(/\/runs\/[\w-]+$/);
    await page.waitForSelector('iframe.drawn');
    expect(await page.locator('.from').textContent()).toContain('dropped.zstd');
    expect(await page.locator('.sendings li').textContent()).toContain('audited');
    // The log is not kept: what its audit left is compared.
    const id = page.url().split('/').at(-1) as string;
    await page.goto(`${serving.url}compare?a=${id}&b=${slow().id}`);
    await page.waitForSelector('text=this is what its audit left');
    errors.splice(0, errors.length, ...errors.filter((text) => !/^rules: .*404/.test(text)));
    await page.close();
  });

  test('a folder of parts goes as one log; what is no log is told with the next step', async () => {
    const page = await open('');
    await page.getByTestId('folder').first().setInputFiles(FOLDER);
    await page.waitForURL(/\/runs\/[\w-]+$/);
    await page.waitForSelector('iframe.drawn');
    await page
      .getByTestId('files')
      .first()
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no log') });
    await page.waitForSelector('.sendings li p');
    expect(await page.locator('.sendings .hot').textContent()).toBe('not audited');
    await page.getByRole('button', { name: 'Dismiss notes.txt' }).click();
    expect(await page.locator('.sendings', { hasText: 'notes.txt' }).count()).toBe(0);
    await page.close();
  });

  test('a run that comes to the watched folder appears by itself', async () => {
    const page = await open('runs');
    await page.waitForSelector('.live.on');
    await page.waitForSelector('tbody tr');
    expect(await page.locator('tbody', { hasText: 'price_band_report' }).count()).toBe(0);
    cpSync(join(CORPUS, 'python-row-udf/eventlog_v2_local-1795255024993'), join(folder, 'events/new'), { recursive: true });
    await page.waitForSelector('tbody >> text=price_band_report');
    await page.close();
  });

  test('nothing inline is served, the budget holds, and no error was logged', async () => {
    const answer = await fetch(serving.url, { headers: { accept: 'text/html' } });
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(await answer.text()).not.toMatch(/<script(?![^>]*src=)|<style|style=/);
    const assets = join(import.meta.dirname, '../dist/web/assets');
    expect(readdirSync(assets).reduce((sum, name) => sum + statSync(join(assets, name)).size, 0)).toBeLessThan(400_000);
    expect(notes.filter((note) => /defect|could not be built/.test(note))).toEqual([]);
    expect(errors).toEqual([]);
  });
});
