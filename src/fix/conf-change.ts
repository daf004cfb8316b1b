// Changes of configuration as proposals: only what changes something, at the place that holds (the code where it sets the key, else files and
// command line), within what the site allows.
// Laws: what the code sets is changed in the code, for it would win over any file; a key under a constraint is never bent in silence.

import { type ConfConstraints, NO_CONSTRAINTS, parseBytes } from '../base/index.ts';
import { findProperty, sameValue, versionOf } from '../conf/index.ts';
import { FACTS } from '../facts/index.ts';
import { bare, type Call, child, type Edit, named, type Program, pythonLiteral, type Setting, textOf } from '../pyspark/index.ts';
import type { ConfChange, FixContext, Precondition, Proposal } from './define.ts';
import { dropLink, dropStatement, replace } from './edits.ts';
import { hasComment, lineOf, wholeStatement } from './places.ts';
import { proposer } from './propose.ts';

/** A change that a fixer wants: `to` undefined takes the key away, so that Spark's default holds. */
export interface Wanted {
  readonly key: string;
  readonly to: string | undefined;
  readonly why: string;
}

export interface ConfDraft {
  readonly fixer: string;
  readonly title: string;
  readonly reason: string;
  readonly preconditions?: readonly Precondition[];
  readonly wanted: readonly Wanted[];
}

/** The value that holds: what the code sets, else what the run had, else Spark's default of the version. */
export function effective(context: FixContext, key: string): { readonly set: string | undefined; readonly holds: string | undefined } {
  const store = context.store;
  const inCode = context.program.settings.findLast((one) => one.key === key && one.how !== 'unset' && one.how !== 'dict')?.value;
  // The code wins over files, and it may be newer than the run.
  const set = inCode ?? store?.get(FACTS.settings).get(key);
  const version = versionOf(store?.run.application.sparkVersion);
  return { set, holds: set ?? findProperty(key, version)?.default };
}

/** One proposal of configuration changes; a `leave` when nothing would change or a constraint forbids all of it. */
export function confProposal(context: FixContext, draft: ConfDraft): Proposal[] {
  const { program, constraints = NO_CONSTRAINTS } = context;
  const version = versionOf(context.store?.run.application.sparkVersion);
  const conf: ConfChange[] = [];
  const edits: Edit[] = [];
  const preconditions: Precondition[] = [...(draft.preconditions ?? [])];
  const kept: string[] = [];
  let place: Setting | undefined;
  for (const wanted of draft.wanted) {
    const { key } = wanted;
    const known = findProperty(key, version);
    const allowed = constrain(wanted, constraints);
    if (allowed.said !== undefined) preconditions.push({ text: allowed.said, holds: true });
    if (!allowed.may) {
      kept.push(allowed.said);
      continue;
    }
    const { set, holds } = effective(context, key);
    const to = allowed.to;
    const now = to ?? known?.default;
    const same =
      holds !== undefined && now !== undefined && (known === undefined ? holds === now : holds === now || sameValue(known, holds, now));
    if (same || (to === undefined && set === undefined)) continue;
    const sites = program.settings.filter((one) => one.key === key && one.how !== 'unset');
    const changed = sites.map((site) => editOf(program, site, to));
    if (changed.some((one) => one === undefined)) {
      preconditions.push({ text: `The code sets ${key} in a way that can be changed by an edit.`, holds: false });
      continue;
    }
    place ??= sites[0];
    edits.push(...changed.flatMap((one) => one as Edit[]));
    if (sites.length === 0) conf.push({ key, from: set, to, why: wanted.why });
  }
  const [computed] = program.computedKeys;
  if (conf.length > 0 && computed !== undefined)
    preconditions.push({
      text: `Line ${lineOf(computed)} sets keys that the code does not show, and what the code sets wins over files and --conf: ${conf.map((one) => one.key).join(', ')} ${conf.length === 1 ? 'is' : 'are'} not among them.`,
      holds: undefined,
    });
  const { leave, rewrite } = proposer(draft.fixer, context, place?.node);
  if (conf.length === 0 && edits.length === 0) {
    const blocked = preconditions.find((one) => one.holds === false);
    return leave(
      blocked?.text ??
        (kept.length > 0
          ? kept.join(' ')
          : `Nothing would change: ${draft.wanted.map((one) => one.key).join(', ')} ${draft.wanted.length === 1 ? 'has' : 'have'} that value already.`),
      preconditions,
    );
  }
  return rewrite({ title: draft.title, reason: draft.reason, preconditions, edits, conf });
}

type Allowed =
  | { readonly may: false; readonly said: string }
  | { readonly may: true; readonly to: string | undefined; readonly said: string | undefined };

const listed = (list: readonly string[], key: string): boolean =>
  list.some((one) => (one.endsWith('*') ? key.startsWith(one.slice(0, -1)) : one === key));

/** What the site's constraints make of a wanted change, with the sentence to show. */
export function constrain({ key, to }: Wanted, { enforce, preserve, exclude, ceilings }: ConfConstraints): Allowed {
  const forced = enforce[key];
  if (forced !== undefined) {
    const same = forced === to;
    return { may: true, to: forced, said: same ? undefined : `The project enforces ${key}=${forced}.` };
  }
  if (listed(preserve, key)) return { may: false, said: `The project keeps ${key} as it is.` };
  if (listed(exclude, key)) return { may: false, said: `The project excludes ${key} from proposals.` };
  const most = ceilings[key];
  if (most === undefined || to === undefined) return { may: true, to, said: undefined };
  const [asked, limit] = [sizeOf(key, to), sizeOf(key, most)];
  if (asked === undefined || limit === undefined)
    return { may: false, said: `The project limits ${key} to ${most}, and ${to} cannot be compared with it.` };
  return asked <= limit
    ? { may: true, to, said: undefined }
    : { may: true, to: most, said: `The project limits ${key} to ${most}; ${to} was wanted.` };
}

const sizeOf = (key: string, text: string): number | undefined => {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && !/memory|size|bytes|threshold/i.test(key)) return number;
  return parseBytes(text, /memory/i.test(key) ? 1024 ** 2 : 1);
};

/** Changes that the project enforces and that do not hold in the run. */
export function enforced(context: FixContext): ConfChange[] {
  return Object.entries(context.constraints?.enforce ?? {}).flatMap(([key, to]): ConfChange[] => {
    const { set } = effective(context, key);
    return set === to ? [] : [{ key, from: set, to, why: 'The project enforces it.' }];
  });
}

/** The edit that gives a setting of the code another value, or takes it away; undefined when the code does not allow it. */
export function editOf(program: Program, { node, how, key }: Setting, to: string | undefined): Edit[] | undefined {
  if (how === 'builder' || how === 'SparkConf' || how === 'conf.set') {
    if (node.type === 'argument_list') {
      const call = program.calls.find((one) => one.node.children.includes(node));
      const [first, value] = call?.arguments.map((one) => one.node) ?? [];
      if (call === undefined || first === undefined || value === undefined || call.arguments.length !== 2) return undefined;
      return to === undefined ? removal(call, how) : [replace(value, literalLike(textOf(bare(value)), to))];
    }
    // An entry of a list of pairs or of a dict: the value stands beside the key.
    const pair = node.parent;
    const parts = pair === undefined ? [] : named(pair);
    const value = parts[parts.indexOf(node) + 1];
    return to === undefined || value === undefined ? undefined : [replace(value, literalLike(textOf(value), to))];
  }
  if (how === 'sql' && to !== undefined) {
    const text = textOf(node);
    const at = new RegExp(`(\\bset\\s+${key.replaceAll('.', '\\.')}\\s*=\\s*)([^\\s;"']+)`, 'i').exec(text);
    if (at === null) return undefined;
    const start = node.start + at.index + (at[1] as string).length;
    return [{ file: node.source.path, start, end: start + (at[2] as string).length, text: to }];
  }
  return undefined;
}

function removal(call: Call, how: Setting['how']): Edit[] | undefined {
  const statement = wholeStatement(call.node);
  // A statement that is nothing but the setting goes as a whole.
  if (statement !== undefined && how !== 'builder' && statement.type === 'expression_statement' && named(statement)[0] === call.node)
    return /^\s*\w+(\.\w+)*\.set\(/.test(textOf(statement)) ? [dropStatement(statement)] : undefined;
  const edit = how === 'conf.set' ? undefined : (dropLink(call) ?? ownLine(call));
  return edit === undefined ? undefined : [edit];
}

/** The lines that a link of a chain has for itself: the comment of the link before it stays. */
function ownLine(call: Call): Edit | undefined {
  const { text, path: file } = call.node.source;
  const callee = child(call.node, 'function');
  const name = callee === undefined ? undefined : child(callee, 'attribute');
  if (name === undefined) return undefined;
  const start = text.lastIndexOf('\n', name.start) + 1;
  const newline = text.indexOf('\n', call.node.end);
  if (newline < 0 || !/^[ \t]*\.$/.test(text.slice(start, name.start)) || text.slice(call.node.end, newline).trim() !== '')
    return undefined;
  return hasComment(call.node, name.start, call.node.end) ? undefined : { file, start, end: newline + 1, text: '' };
}

/** A Python literal of the kind that stands there: a number stays a number, True stays a bool. */
function literalLike(before: string, to: string): string {
  if (/^(True|False)$/.test(before) && /^(true|false)$/.test(to)) return to === 'true' ? 'True' : 'False';
  if (/^\d+$/.test(before) && /^-?\d+$/.test(to)) return to;
  const text = pythonLiteral(to);
  return before.startsWith("'") ? `'${text.slice(1, -1)}'` : text;
}
