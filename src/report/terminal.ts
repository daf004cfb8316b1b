// The report as people see it in a terminal: head, where the time went, what held the end, findings, what could not be judged.
// Law: layout only; what is said comes from view.ts. No line is wider than the terminal; without colour nothing is lost.

import type { Report } from '../audit/index.ts';
import { formatMillis, formatShare, plural } from '../base/index.ts';
import { Canvas, type Cell, type Look } from './canvas.ts';
import { drawEntries } from './code-face.ts';
import { cutEnd, cutMiddle, widthOf } from './text.ts';
import { type FindingView, HELD, MAX_MINOR, type ReportView, viewOf } from './view.ts';

export interface TerminalOptions extends Look {
  /** Also what is present and not worth doing, what is clear and what does not apply. */
  readonly all: boolean;
}

/** Findings told in full; nobody works on more at once. */
const MAX_FINDINGS = 10;

export function renderTerminal(report: Report, options: TerminalOptions): string {
  const page = new Canvas(options);
  const view = viewOf(report);
  head(page, view);
  time(page, view);
  stages(page, view);
  findings(page, view, options.all);
  codeList(page, view, options.all);
  if (options.all) rest(page, view);
  foot(page, view, options.all);
  return page.toString();
}

function head(page: Canvas, view: ReportView): void {
  const { c } = page;
  // The id goes behind the name where both fit, else before the facts: a name is never cut for it.
  const beside = widthOf(page.say(view.name)) + widthOf(page.say(view.id)) + 2 <= page.width;
  page.ends(view.name, beside ? view.id : '', { leftStyle: c.bold, rightStyle: c.dim });
  page.para([...(beside || view.id === '' ? [] : [view.id]), ...view.facts].join(' · '));
  page.para(view.counts.join(' · '), { style: c.dim });
  page.blank();
  if (view.headline !== '') page.para(view.headline, { style: view.found.length > 0 ? c.bold : (text) => c.bold(c.green(text)) });
  if (view.joint !== undefined) page.para(view.joint, { style: c.green });
  if (view.open !== undefined) page.para(view.open, { style: c.yellow });
}

function time(page: Canvas, view: ReportView): void {
  if (view.parts.length === 0) return;
  page.blank();
  page.ends('Where the time went', view.wall ?? '', { leftStyle: page.c.bold, rightStyle: page.c.dim });
  page.lines.push(page.bar(view.parts, page.width));
  const times = view.parts.map((part) => formatMillis(part.ms));
  const timeWidth = Math.max(...times.map((text) => text.length));
  const nameWidth = Math.max(...view.parts.map((part) => widthOf(page.say(part.name))));
  const legend = (i: number): Cell[] => {
    const part = view.parts[i];
    if (part === undefined) return [];
    return [
      { text: page.fill(part.label), width: 1, style: page.tint(part.label) },
      { text: part.name, width: Math.min(nameWidth, page.width - timeWidth - 11) },
      { text: times[i] ?? '', width: timeWidth, align: 'right' },
      { text: formatShare(part.share), width: 5, align: 'right', style: page.c.dim },
    ];
  };
  for (let i = 0; i < view.parts.length; i++) page.row([...legend(i), { text: '' }]);
  if (view.use !== undefined) {
    page.blank();
    page.para(view.use, { style: page.c.dim });
    if (view.cost !== undefined) page.para(view.cost, { style: page.c.dim });
  }
}

function stages(page: Canvas, view: ReportView): void {
  const shown = view.stages;
  if (shown.length + view.remarks.length === 0) return;
  page.heading('What held the end');
  const { c } = page;
  const refWidth = Math.max(...shown.map((stage) => stage.ref.length));
  const times = shown.map((stage) => formatMillis(stage.heldMs));
  const timeWidth = Math.max(...times.map((text) => text.length));
  const meterWidth = page.width >= 100 ? 14 : page.width >= 76 ? 10 : 0;
  const most = Math.max(...shown.map((stage) => stage.share ?? 0));
  shown.forEach((stage, i) => {
    const label = [stage.name, stage.what].filter((text) => text !== '');
    // What it did says more than the call site: it is kept whole as far as there is room.
    const room = page.width - refWidth - timeWidth - 5 - (meterWidth > 0 ? meterWidth + 2 : 0) - 6;
    const what = cutEnd(page.say(label.at(-1) ?? ''), room, page.ellipsis);
    const nameRoom = room - widthOf(what) - 3;
    const name =
      label.length > 1 && nameRoom >= 12 ? `${cutMiddle(page.say(stage.name), nameRoom, page.ellipsis)} ${page.dot} ${what}` : what;
    page.row([
      { text: stage.ref, width: refWidth },
      ...(meterWidth > 0
        ? [{ text: page.meter(most > 0 ? (stage.share ?? 0) / most : 0, meterWidth), width: meterWidth, style: c.cyan }]
        : []),
      { text: times[i] ?? '', width: timeWidth, align: 'right' as const },
      { text: stage.share === undefined ? '' : formatShare(stage.share), width: 5, align: 'right' as const, style: c.dim },
      { text: name, style: c.dim },
    ]);
  });
  for (const remark of view.remarks) page.para(remark, { hang: 2, style: c.dim });
}

function findings(page: Canvas, view: ReportView, all: boolean): void {
  const { c } = page;
  if (view.found.length === 0) {
    page.blank();
    page.para(view.nothing, { style: c.dim });
    if (!all && view.minor.length > 0) {
      page.heading('Present, not worth doing');
      for (const { title, cause, note } of view.minor.slice(0, MAX_MINOR)) page.para(`${title}: ${cause || note}`, { hang: 2 });
    }
    return;
  }
  page.heading(view.found.length === 1 ? '1 finding' : `${view.found.length} findings, the heaviest first`);
  const numberWidth = String(view.found.length).length;
  const shown = all ? view.found : view.found.slice(0, MAX_FINDINGS);
  shown.forEach((finding, i) => {
    page.blank();
    one(page, finding, String(i + 1).padStart(numberWidth));
  });
  const more = view.found.length - shown.length;
  if (more > 0) {
    page.blank();
    page.para(`${plural(more, 'lighter finding')}: --all ${more === 1 ? 'shows it' : 'shows them'}`, { style: c.dim });
  }
}

function one(page: Canvas, finding: FindingView, number: string): void {
  const { c } = page;
  const indent = number.length + 2;
  const weight = [finding.weight, finding.share].filter((text) => text !== '').join(` ${page.dot} `);
  const right = page.say(weight);
  const titleRoom = page.width - indent - (right === '' ? 0 : widthOf(right) + 2);
  const title = cutEnd(page.say(finding.title), titleRoom, page.ellipsis);
  page.lines.push(
    `${c.bold(c.cyan(number))}  ${c.bold(title)}${right === '' ? '' : ' '.repeat(page.width - indent - widthOf(title) - widthOf(right)) + c.yellow(right)}`,
  );
  page.para(finding.cause, { indent, hang: indent });
  const labelWidth = 6;
  const line = (label: string, text: string, style = (s: string) => s) => {
    if (text !== '') page.labelled(label, text, { indent, labelWidth, style });
  };
  line('saves', finding.saves, c.green);
  line('seen', finding.numbers.join(' · '));
  line('at', finding.evidence.join(' · '));
  finding.code.forEach((at, i) => {
    page.labelled(i === 0 ? 'code' : '', `${at.place}  ${at.text}${at.doubt === '' ? '' : `  (${at.doubt})`}`, {
      indent,
      labelWidth,
      style: c.cyan,
    });
  });
  line('also', finding.also.join(' · '), c.dim);
  finding.remedies.forEach((remedy, i) => {
    page.labelled(i === 0 ? 'do' : '', remedy, { indent, labelWidth, arrow: true, style: i === 0 ? c.green : undefined });
  });
  for (const note of finding.lint) page.para(note, { indent, hang: indent + 2, style: c.dim });
  if (finding.explains.length > 0) page.para(`explains: ${finding.explains.join(', ')}`, { indent, hang: indent + 2, style: c.dim });
}

/** What the code alone shows, behind what the run shows. */
function codeList(page: Canvas, view: ReportView, all: boolean): void {
  if (view.code.length > 0) {
    page.heading('In the code, and not costing time in this run');
    drawEntries(page, view.code, all, true);
  }
}

/** What `--all` adds. */
function rest(page: Canvas, view: ReportView): void {
  const { c } = page;
  if (view.minor.length > 0) {
    page.heading('Present, not worth doing');
    for (const { title, note } of view.minor) page.para(`${title}: ${note}`, { hang: 2 });
  }
  if (view.clear.length > 0) {
    page.heading('Clear');
    page.para(view.clear.join(' · '), { style: c.dim });
  }
  if (view.notApplicable.length > 0) {
    page.heading('Does not apply to this run');
    page.para(view.notApplicable.join(' · '), { style: c.dim });
  }
}

function foot(page: Canvas, view: ReportView, all: boolean): void {
  const { c } = page;
  if (view.unjudged.length > 0) {
    page.heading('Could not be judged');
    const shown = all ? view.unjudged : view.unjudged.slice(0, 2);
    for (const { missing, titles } of shown) {
      const names = titles.length > 4 && !all ? `${titles.slice(0, 3).join(', ')} and ${titles.length - 3} more` : titles.join(', ');
      page.para(`${names}: ${missing}`, { hang: 2, style: c.dim });
    }
    const more = view.unjudged.slice(shown.length).reduce((sum, group) => sum + group.titles.length, 0);
    if (more > 0) page.para(`${more} more for other reasons: --all lists them`, { style: c.dim });
  }
  if (view.crashed.length > 0) {
    page.heading('Rules that failed (a defect of Firesteel)');
    for (const text of view.crashed) page.para(text, { hang: 2, style: c.red });
  }
  if (view.codeNotes.length > 0) {
    page.heading('About this code');
    for (const note of view.codeNotes) page.para(note, { hang: 2, style: c.yellow });
  }
  if (view.notes.length > 0) {
    page.heading('About this log');
    for (const note of view.notes) page.para(note, { hang: 2, style: c.yellow });
  }
  if (view.found.some((finding) => finding.share !== '')) {
    page.blank();
    page.para(HELD, { style: c.dim });
  }
}
