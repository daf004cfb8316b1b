// The report for an agent's budget: the whole of it under 1,500 tokens, as plain lines of `key: value`.
// Law: no report is longer than BUDGET, counted in UTF-8 bytes (3.5 to a token, more than any of today's tokenisers needs); what is cut is said.

import type { Report } from '../audit/index.ts';
import { formatMillis, formatShare } from '../base/index.ts';
import { shownEntries, terseEntry } from './code-face.ts';
import { clean } from './text.ts';
import { type FindingView, MAX_MINOR, viewOf } from './view.ts';

const TOKENS = 1500;
/** Bytes of UTF-8. */
export const BUDGET = Math.floor(TOKENS * 3.5);
/** Kept back for the lines that say what was cut (at most five of 60 bytes). */
const RESERVE = 300;

const size = (text: string): number => Buffer.byteLength(text, 'utf8');

/** A text cut to so many bytes, at a character. */
export function cap(text: string, bytes: number): string {
  if (size(text) <= bytes) return text;
  let out = '';
  let used = 3;
  for (const character of text) {
    used += size(character);
    if (used > bytes) break;
    out += character;
  }
  return `${out.trimEnd()}…`;
}

/** Lines within the budget. Blocks are taken whole or not at all. */
export class Brief {
  private readonly lines: string[] = [];
  private used = 0;

  /** Adds the lines when they fit and leaves `keep` bytes; false when they do not. */
  add(block: readonly string[], keep: number = 0): boolean {
    const cost = block.reduce((sum, line) => sum + size(line) + 1, 0);
    if (this.used + cost > BUDGET - RESERVE - keep) return false;
    this.lines.push(...block);
    this.used += cost;
    return true;
  }

  /** Adds blocks until one does not fit, then says how many are left; `keep` bytes stay free for what comes behind. */
  addAll(blocks: readonly (readonly string[])[], what: string, keep: number = 0): void {
    for (let i = 0; i < blocks.length; i++) {
      if (this.add(blocks[i] as readonly string[], keep)) continue;
      this.lines.push(`… ${blocks.length - i} more ${what} (use --format json)`);
      this.used += size(this.lines.at(-1) as string) + 1;
      return;
    }
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`;
  }
}

/** Room that findings leave for the notes behind them, bytes. */
const TAIL = 900;

export function renderTerse(report: Report): string {
  const view = viewOf(report);
  const brief = new Brief();
  brief.add([
    `firesteel audit of ${cap(view.name, 120)}${view.id === '' ? '' : ` (${cap(view.id, 80)})`}`,
    `run: ${cap([...view.facts, ...view.counts].join(', '), 260)}${report.application.completed ? '' : ', no end in the log'}`,
    `verdict: ${cap(view.headline, 300)}`,
    ...(view.joint === undefined ? [] : [`forecast: ${cap(view.joint, 300)}`]),
    ...(view.parts.length === 0
      ? []
      : [`time: ${cap(view.parts.map((part) => `${part.name} ${formatMillis(part.ms)} (${formatShare(part.share)})`).join('; '), 420)}`]),
    ...(report.time.utilisation === undefined ? [] : [`busy: ${formatShare(report.time.utilisation)} of held core time`]),
    ...view.remarks.slice(0, 3).map((remark) => `note: ${cap(remark, 180)}`),
    ...view.stages
      .slice(0, 3)
      .map(
        (stage) =>
          `held the end: ${stage.ref} ${formatMillis(stage.heldMs)}${stage.share === undefined ? '' : ` (${formatShare(stage.share)})`}, ${stage.tasks} tasks, ${cap(stage.what === '' ? stage.name : stage.what, 100)}`,
      ),
  ]);
  if (view.found.length === 0)
    brief.add([
      cap(view.nothing, 300),
      ...view.minor
        .slice(0, MAX_MINOR)
        .map(({ title, cause, note }) => `present, not worth doing: ${cap(title, 80)}: ${cap(cause || note, 180)}`),
    ]);
  else brief.add([`findings: ${view.found.length}, heaviest first; held = the most that a cure can save; held times overlap`]);
  brief.addAll(
    view.found.map((finding, i) => block(finding, i + 1)),
    view.found.length === 1 ? 'finding' : 'findings',
    TAIL,
  );
  const behind = [
    ...shownEntries(view.code, false).shown.map((entry) => `in the code, ${cap(entry.worth, 60)}: ${terseEntry(entry)[0] ?? ''}`),
    ...view.codeNotes.map((note) => `code: ${cap(note, 200)}`),
    ...view.unjudged.map(({ missing, titles }) => `not judged: ${cap(titles.join(', '), 160)} (${cap(missing, 80)})`),
    ...view.crashed.map((text) => `rule failed: ${cap(text, 160)}`),
    ...view.notes.map((note) => `log: ${cap(note, 200)}`),
  ];
  brief.addAll(
    behind.map((line) => [line]),
    'notes',
  );
  return brief.toString();
}

function block(finding: FindingView, number: number): string[] {
  const weight = [finding.weight, finding.share].filter((text) => text !== '').join(', ');
  const line = (key: string, text: string, bytes: number) => (text === '' ? [] : [`   ${key}: ${cap(text, bytes)}`]);
  return [
    `${number}. ${cap(finding.rule, 40)} | ${cap(finding.title, 80)}${weight === '' ? '' : ` | ${weight}`} | ${finding.fixability}`,
    ...line('cause', finding.cause, 320),
    ...line('saves', finding.saves, 80),
    ...line('at', finding.evidence.join(', '), 160),
    ...finding.code.flatMap((at) => line('code', `${at.place} ${at.text}${at.doubt === '' ? '' : ` (${at.doubt})`}`, 200)),
    ...line('seen', finding.numbers.join('; '), 200),
    ...finding.remedies.slice(0, 2).flatMap((remedy) => line('do', remedy, 220)),
    ...line('also', finding.also.join('; '), 140),
    ...line('explains', finding.explains.join(', '), 140),
  ];
}

/** A log string for terse lines. */
export const brief = (text: string | undefined, bytes: number): string => cap(clean(text), bytes);
