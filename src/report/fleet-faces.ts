// Faces of several runs: terminal, Markdown, terse. The JSON is in fleet.ts.
// Law: the ranking comes from fleet.ts; a log that could not be read is always shown, with its next step.

import { formatMillis, plural } from '../base/index.ts';
import { Canvas, type Cell } from './canvas.ts';
import type { Fleet, FleetCause, FleetRun } from './fleet.ts';
import { code, type MarkdownOptions, md, table } from './markdown.ts';
import type { TerminalOptions } from './terminal.ts';
import { Brief, cap } from './terse.ts';
import { clean, cutMiddle, widthOf } from './text.ts';
import { weightOf } from './view.ts';
import { formatTime } from './words.ts';

/** Rows shown without --all. */
const MAX_RUNS = 40;
/** A table this short is shown whole. */
const SHORT = 12;
const MAX_CAUSES = 12;

/** Last part of a path, for a run that has no name. */
const baseName = (path: string): string =>
  clean(
    path
      .split(/[/\\]/)
      .filter((part) => part !== '')
      .at(-1) ?? path,
    120,
  );

/** Names by which the reader tells the runs apart: with the start where two have the same name, with the log's name where that is equal too. */
function namesOf(runs: readonly FleetRun[]): string[] {
  const simple = runs.map((run) => clean(run.report.application.name, 120) || baseName(run.path));
  const started = (run: FleetRun | undefined, from: number, to: number) => {
    const ms = run?.report.time.startMs;
    return formatTime(ms) === undefined ? '' : new Date(ms as number).toISOString().slice(from, to).replace('T', ' ');
  };
  // Month to minute, time of day with seconds, the log's name: the first that tells all runs of one name apart.
  const ways = [
    (run: FleetRun) => started(run, 5, 16),
    (run: FleetRun) => started(run, 11, 19),
    (run: FleetRun) => `(${baseName(run.path)})`,
  ];
  const groups = new Map<string, number[]>();
  for (const [i, name] of simple.entries()) groups.set(name, [...(groups.get(name) ?? []), i]);
  const names = [...simple];
  for (const [name, members] of groups) {
    if (members.length < 2) continue;
    for (const way of ways) {
      const marks = members.map((i) => way(runs[i] as FleetRun));
      if (way !== ways.at(-1) && new Set(marks).size < marks.length) continue;
      members.forEach((i, k) => {
        names[i] = `${name} ${marks[k]}`;
      });
      break;
    }
  }
  return names;
}

const topText = ({ top, found }: FleetRun): string =>
  top === undefined ? 'nothing worth doing' : `${clean(top.title, 80)}${found > 1 ? ` +${found - 1}` : ''}`;
const heldText = ({ top }: FleetRun): string => (top === undefined ? '' : weightOf(top).replace(/ held$/, ''));
const causeWeight = (cause: FleetCause): string => weightOf(cause);

function summary(fleet: Fleet): string {
  const withFinding = fleet.runs.filter((run) => run.found > 0).length;
  const failed = fleet.failed.length > 0 ? `; ${plural(fleet.failed.length, 'log')} could not be read` : '';
  const others =
    fleet.others === 0 ? '' : `; ${plural(fleet.others, 'other file')} ${fleet.others === 1 ? 'is no event log' : 'are no event logs'}`;
  return `${plural(fleet.runs.length, 'run')}, ${withFinding === 0 ? 'none of them with anything worth doing' : `${withFinding} with something worth doing`}${failed}${others}.`;
}

export function renderFleetTerminal(fleet: Fleet, options: TerminalOptions): string {
  const page = new Canvas(options);
  const { c } = page;
  page.para(summary(fleet), { style: c.bold });
  // Runs with nothing to do are listed while the table is short; else one line counts them.
  const worth = fleet.runs.filter((run) => run.found > 0).length;
  const runs = options.all ? fleet.runs : fleet.runs.slice(0, Math.min(MAX_RUNS, Math.max(worth, SHORT)));
  if (runs.length > 0) {
    page.heading('Runs, the most to gain first');
    const names = namesOf(fleet.runs).map((name) => page.say(name));
    const walls = runs.map((run) => (run.report.time.wallMs === undefined ? '' : formatMillis(run.report.time.wallMs)));
    const helds = runs.map((run) => page.say(heldText(run)));
    const wallWidth = Math.max(4, ...walls.map(widthOf));
    const heldWidth = Math.max(4, ...helds.map(widthOf));
    const numberWidth = String(runs.length).length;
    const room = page.width - numberWidth - wallWidth - heldWidth - 8;
    const topWidth = Math.max(16, ...runs.map((run) => widthOf(page.say(topText(run)))));
    const nameWidth = Math.max(
      8,
      Math.min(Math.max(3, ...names.slice(0, runs.length).map(widthOf)), Math.max(room - topWidth, Math.floor(room * 0.55))),
    );
    const row = (number: string, name: string, wall: string, held: string, top: Cell, dim: boolean) =>
      page.row([
        { text: number, width: numberWidth, align: 'right', style: c.dim },
        { text: cutMiddle(name, nameWidth, page.ellipsis), width: nameWidth, style: dim ? c.dim : undefined },
        { text: wall, width: wallWidth, align: 'right', style: dim ? c.dim : undefined },
        { text: held, width: heldWidth, align: 'right', style: dim ? c.dim : c.yellow },
        top,
      ]);
    row('', 'run', 'took', 'held', { text: 'heaviest finding', style: c.dim }, true);
    for (const [i, run] of runs.entries()) {
      row(
        String(i + 1),
        names[i] ?? '',
        walls[i] ?? '',
        helds[i] ?? '',
        { text: topText(run), style: run.found > 0 ? undefined : c.dim },
        false,
      );
    }
    const more = fleet.runs.length - runs.length;
    if (more > 0)
      page.para(
        `${plural(more, 'more run')}${runs.length >= worth ? ' with nothing worth doing' : ''}: --all shows ${more === 1 ? 'it' : 'them'}`,
        { style: c.dim },
      );
  }
  const causes = options.all ? fleet.causes : fleet.causes.slice(0, MAX_CAUSES);
  if (causes.length > 0) {
    page.heading('Causes over all runs');
    const weights = causes.map((cause) => page.say(causeWeight(cause)));
    const counts = causes.map((cause) => plural(cause.runs, 'run'));
    const weightWidth = Math.max(...weights.map(widthOf));
    const countWidth = Math.max(...counts.map(widthOf));
    const titles = causes.map((cause) => clean(cause.title, 80));
    const room = page.width - weightWidth - countWidth - 4;
    const titleWidth = Math.min(Math.max(...titles.map((title) => widthOf(page.say(title)))), room);
    // Where it weighs most is said where there is room for a name.
    const where = room - titleWidth >= 20;
    for (const [i, cause] of causes.entries()) {
      page.row([
        { text: titles[i] ?? '', width: titleWidth },
        { text: counts[i] ?? '', width: countWidth, align: 'right' },
        { text: weights[i] ?? '', width: weightWidth, align: 'right', style: c.yellow },
        ...(where ? [{ text: `most in ${clean(cause.worst.name, 80) || baseName(cause.worst.path)}`, style: c.dim }] : []),
      ]);
    }
    if (fleet.causes.length > causes.length)
      page.para(`${plural(fleet.causes.length - causes.length, 'more cause')}: --all shows them`, { style: c.dim });
  }
  if (fleet.failed.length > 0) {
    page.heading('Could not be read');
    for (const { path, error, nextStep } of fleet.failed) {
      page.para(clean(path, 400), { style: c.red });
      page.para(clean(error, 400), { indent: 2, hang: 2 });
      if (nextStep !== undefined) page.para(`next step: ${clean(nextStep, 400)}`, { indent: 2, hang: 2, style: c.dim });
    }
  }
  if (fleet.runs.length > 0) {
    page.blank();
    page.para('firesteel audit with one of these logs tells its findings in full.', { style: c.dim });
  }
  return page.toString();
}

export function renderFleetMarkdown(fleet: Fleet, { all }: MarkdownOptions): string {
  const lines = ['# Spark runs', '', `**${md(summary(fleet))}**`];
  const runs = all ? fleet.runs : fleet.runs.slice(0, 200);
  const names = namesOf(fleet.runs);
  if (runs.length > 0) {
    lines.push('', '## Runs, the most to gain first', '');
    lines.push(
      ...table(
        [
          { head: '#', right: true },
          { head: 'Run' },
          { head: 'Took', right: true },
          { head: 'Held', right: true },
          { head: 'Heaviest finding' },
          { head: 'Log' },
        ],
        runs.map((run, i) => [
          String(i + 1),
          md(names[i] ?? ''),
          run.report.time.wallMs === undefined ? '' : formatMillis(run.report.time.wallMs),
          heldText(run),
          md(topText(run)),
          code(run.path),
        ]),
      ),
    );
    if (fleet.runs.length > runs.length) lines.push('', `… ${plural(fleet.runs.length - runs.length, 'more run')}.`);
  }
  if (fleet.causes.length > 0) {
    lines.push('', '## Causes over all runs', '');
    lines.push(
      ...table(
        [{ head: 'Cause' }, { head: 'Runs', right: true }, { head: 'Weight', right: true }, { head: 'Most in' }],
        fleet.causes.map((cause) => [
          md(cause.title),
          String(cause.runs),
          causeWeight(cause),
          md(cause.worst.name ?? baseName(cause.worst.path)),
        ]),
      ),
    );
  }
  if (fleet.failed.length > 0) {
    lines.push(
      '',
      '## Could not be read',
      '',
      ...fleet.failed.map(
        ({ path, error, nextStep }) => `- ${code(path)}: ${md(error)}${nextStep === undefined ? '' : ` Next step: ${md(nextStep)}`}`,
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

export function renderFleetTerse(fleet: Fleet): string {
  const brief = new Brief();
  const names = namesOf(fleet.runs);
  brief.add([
    `firesteel audit of ${summary(fleet)}`,
    'runs, the most to gain first (held = the most that a cure of the heaviest finding can save):',
  ]);
  brief.addAll(
    fleet.runs.map((run, i) => [
      `${i + 1}. ${cap(names[i] ?? '', 80)} | ${run.report.time.wallMs === undefined ? 'length unknown' : formatMillis(run.report.time.wallMs)} | ${cap(run.top?.rule ?? 'nothing worth doing', 60)}${heldText(run) === '' ? '' : ` ${heldText(run)}`}${run.found > 1 ? ` +${run.found - 1}` : ''}`,
    ]),
    'runs',
    1500,
  );
  if (fleet.causes.length > 0) brief.add(['causes over all runs:']);
  brief.addAll(
    fleet.causes.map((cause) => [`- ${cap(clean(cause.rule), 60)}: ${plural(cause.runs, 'run')}, ${causeWeight(cause)}`]),
    'causes',
    500,
  );
  brief.addAll(
    fleet.failed.map(({ path, error }) => [`unreadable: ${cap(clean(path), 120)}: ${cap(clean(error), 120)}`]),
    'unreadable logs',
  );
  return brief.toString();
}
