// Proposals of review fixers, put together in one way: the finding's rule, the line of the call, preconditions that decide.
// Law: a precondition that does not hold makes a rewrite a `leave` with that sentence; nothing is dropped in silence.

import type { Call, Edit, Node } from '../pyspark/index.ts';
import type { ConfChange, FixContext, Precondition, Proposal } from './define.ts';
import { placeOf } from './fixers/places.ts';
import { mark } from './fixers/propose.ts';
import type { NeededImport } from './imports.ts';
import { placeOfCall } from './shape.ts';

export interface Draft {
  readonly title: string;
  readonly reason: string;
  readonly preconditions?: readonly Precondition[];
  readonly edits?: readonly Edit[];
  readonly imports?: readonly NeededImport[];
  readonly conf?: readonly ConfChange[];
}

export interface Proposer {
  /** A rewrite; a `leave` when a precondition does not hold. */
  rewrite(draft: Draft): Proposal[];
  /** A comment for a person above the statement; each text is a paragraph. */
  mark(title: string, reason: string, comment: readonly string[]): Proposal[];
  leave(reason: string, preconditions?: readonly Precondition[]): Proposal[];
}

/** Proposals of one fixer at one node; `call` names the line where a chain has several. */
export function proposer(fixer: string, context: FixContext, node: Node | undefined, call?: Call): Proposer {
  const at = call !== undefined ? placeOfCall(call) : node === undefined ? undefined : placeOf(node);
  const rule = context.finding?.rule ?? context.lint[0]?.id ?? '';
  const base = { fixer, rule, safety: 'review', at, edits: [], imports: [], conf: [] } as const;
  const leave: Proposer['leave'] = (reason, preconditions = []) => [
    { ...base, verdict: 'leave', title: 'Left as it is', reason: reason.trim(), preconditions },
  ];
  return {
    leave,
    rewrite({ title, reason, preconditions = [], edits = [], imports = [], conf = [] }) {
      const no = preconditions.find((one) => one.holds === false);
      if (no !== undefined) return leave(`This does not hold: ${no.text}`, preconditions);
      return [{ ...base, verdict: 'rewrite', title, reason: reason.trim(), preconditions, edits, imports, conf }];
    },
    mark: (title, reason, comment) =>
      node === undefined
        ? leave(reason)
        : [{ ...mark({ fixer, rule, at: node, title, reason: reason.trim(), comment }), ...(at && { at }) }],
  };
}
