// A call of a look: a question about a report, its answer cut to the budget entry by entry.
// Laws: an answer that was cut says where the rest begins; the text is made from the same data.

import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { FiresteelError } from '../base/index.ts';
import { agentTools, type Look } from '../operations/index.ts';
import { dataText } from '../report/index.ts';
import { jsonLength } from './budget.ts';
import { type Caller, contextOf, lanes, type Session } from './session.ts';

type Data = Readonly<Record<string, unknown>>;

export async function callLook(session: Session, look: Look, given: Data, caller: Caller): Promise<CallToolResult> {
  const { report: which, ...rest } = given;
  if (which !== undefined && (!look.ofReport || typeof which !== 'string'))
    throw new FiresteelError('wrong-usage', 'report is the handle of a report, as r1.', 'Leave it out for the newest.');
  const parsed = look.input.strict().safeParse(rest);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new FiresteelError(
      'wrong-usage',
      `${look.name}: ${issue?.path.join('.') || 'the input'} does not fit: ${issue?.message ?? ''}.`,
      `It has ${Object.keys(look.input.shape).join(', ') || 'no fields'}${look.ofReport ? ', and report' : ''}.`,
    );
  }
  const { openRun } = await agentTools();
  const asked = () => {
    const kept = session.reports.get(which as string | undefined);
    return {
      report: kept.report,
      open: () =>
        session.reports.run(kept, (origin) => lanes.read.run(caller.signal, () => openRun(origin, contextOf(session, caller, [])))),
    };
  };
  const data = await look.look(parsed.data, asked);
  const from = (parsed.data as { readonly offset?: number }).offset ?? 0;
  const { answer, text } = fitted(data, look.list, from, session.budget);
  return { content: [{ type: 'text', text }], structuredContent: answer as Record<string, unknown> };
}

/** As many entries as fit; what is not a list is shortened when it alone is too long. */
export function fitted(data: Data, list: string, from: number, budget: number): { readonly answer: Data; readonly text: string } {
  const entries = (data[list] as readonly unknown[] | undefined) ?? [];
  const total = Number(data.total ?? entries.length);
  const make = (count: number, head: Data): { answer: Data; text: string; long: number } => {
    const next = from + count < total && (count > 0 || entries.length === 0) ? { next: from + count } : {};
    const { [list]: _list, total: _total, next: _next, ...before } = head;
    const answer = { ...before, total, ...next, [list]: entries.slice(0, count) };
    const text = dataText(answer);
    return { answer, text, long: Math.max(jsonLength(answer), text.length) };
  };
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (make(middle, data).long <= budget) low = middle;
    else high = middle - 1;
  }
  if (low === 0 && entries.length > 0) {
    // One entry at least, or paging would stand still: strings give way.
    for (let most = 400; most >= 25; most = Math.floor(most / 2)) {
      const head = shortened(data, most) as Data;
      const one = make(1, { ...head, [list]: entries });
      const answer = { ...one.answer, [list]: [shortened(entries[0], most)] };
      const text = dataText(answer);
      if (Math.max(jsonLength(answer), text.length) <= budget || most < 50) return { answer, text };
    }
  }
  let made = make(low, data);
  for (let most = 400; made.long > budget && most >= 25; most = Math.floor(most / 2)) made = make(low, shortened(data, most) as Data);
  return made;
}

/** The same value with strings of at most so many characters, and lists of at most eight entries. */
function shortened(value: unknown, most: number): unknown {
  if (typeof value === 'string') return value.length <= most ? value : `${value.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
  if (Array.isArray(value)) return value.slice(0, 8).map((item) => shortened(item, most));
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shortened(item, most)]));
  return value;
}
