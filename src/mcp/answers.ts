// The shapes of answers: every operation answers with a text and what there is to know of it; errors say what to do next.
// Laws: text and structure say the same, and both fit the budget; nothing of a log reaches a client uncleaned.

import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { FiresteelError, messageOf, withoutSecrets } from '../base/index.ts';
import { clean } from '../report/index.ts';
import { jsonLength, type Piece } from './budget.ts';

const more = z
  .object({ handle: z.string(), characters: z.number().int() })
  .describe('there is more: call the tool more with this handle')
  .optional();

/** What every operation answers with. */
export const operationAnswer = z.object({
  outcome: z.enum(['done', 'gate failed', 'unreadable']),
  reason: z.string().optional(),
  reports: z
    .array(z.object({ report: z.string(), of: z.string() }))
    .optional()
    .describe('handles for finding, stage, plan and code_line'),
  notes: z.array(z.string()).optional(),
  saved: z.string().optional().describe('file that was written'),
  text: z.string(),
  more,
});

export const moreAnswer = z.object({ text: z.string(), more });

/** Characters that a cut answer needs beside its text. */
const MORE_ROOM = 90;

/** An answer around a text: what is known first, then as much of the text as fits. */
export function textAnswer(head: Readonly<Record<string, unknown>>, budget: number, piece: (room: number) => Piece): CallToolResult {
  const lines = headLines(head);
  const used = Math.max(jsonLength({ ...head, text: '' }), lines.join('\n').length) + MORE_ROOM;
  const { text, more: handle, left } = piece(Math.max(200, budget - used));
  const rest = handle === undefined ? {} : { more: { handle, characters: left } };
  const tail = handle === undefined ? [] : [`… ${left} more characters: more {"handle": "${handle}"}`];
  return {
    content: [{ type: 'text', text: [...lines, text.trimEnd(), ...tail].join('\n') }],
    structuredContent: { ...head, text, ...rest },
  };
}

function headLines(head: Readonly<Record<string, unknown>>): string[] {
  const { outcome, reason, reports, notes, saved } = head as Partial<z.output<typeof operationAnswer>>;
  return [
    ...(outcome === undefined || outcome === 'done' ? [] : [`${outcome}: ${reason ?? ''}`]),
    ...(saved === undefined ? [] : [`wrote ${saved}`]),
    ...(reports === undefined ? [] : [`reports: ${reports.map(({ report, of }) => `${report} = ${of}`).join('; ')}`]),
    ...(notes ?? []).map((note) => `note: ${note}`),
  ];
}

/** An error as an answer that an agent can act on. */
export function errorAnswer(error: unknown): CallToolResult {
  const [code, message, nextStep] =
    error instanceof FiresteelError
      ? [error.code, error.message, error.nextStep]
      : ['defect', `This is a defect of Firesteel: ${messageOf(error)}`, 'Try another way; report it with the call that led to it.'];
  const safe = (text: string) => clean(withoutSecrets(text), 700);
  return { isError: true, content: [{ type: 'text', text: `error (${code}): ${safe(message)}\nnext step: ${safe(nextStep)}` }] };
}
