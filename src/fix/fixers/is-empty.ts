// count() only to see whether there are rows → isEmpty(), which stops at the first.
// Law: only where the number itself is never used; `not` stands where the question was turned around.

import { type Action, child, constantOf, type Edit, type Node, named, type Program, textOf, walk } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { replace } from '../edits.ts';
import {
  actionsAt,
  assignmentOf,
  firstOf,
  freshName,
  hasComment,
  identifiers,
  lineOf,
  linkOf,
  nameOfCall,
  rootOf,
  scopeOf,
} from '../places.ts';
import { leave, rewrite, ruleOf, since } from '../propose.ts';

const FIXER = 'is-empty';

export const isEmpty = defineFixer({
  id: FIXER,
  title: 'isEmpty() instead of a count',
  rules: [],
  codeRules: ['count-as-empty-check'],
  safety: 'safe',
  propose: (context) =>
    firstOf(
      context.lint.filter((one) => one.id === 'count-as-empty-check').flatMap((one) => actionsAt(context.program, one.file, one.range)),
      (one) => one.call,
    ).map((action) => proposalFor(context, action)),
});

/** Where the answer to "are there no rows?" is asked, and whether it is asked the other way round. */
interface Question {
  readonly node: Node;
  readonly turned: boolean;
}

function proposalFor(context: FixContext, action: Action): Proposal {
  const { node } = action.call;
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(action.call) };
  const refuse = (why: string) => leave({ ...given, title: 'The count stays', reason: `Left as it is: ${why}.` });
  const name = nameOfCall(action.call);
  const list = child(node, 'arguments');
  if (list === undefined) return refuse('it has no brackets');
  const counted = countedFor(context.program, action);
  if (counted !== undefined) return refuse(counted);
  const asked = `${node.source.text.slice(node.start, name.start)}isEmpty${textOf(list)}`;
  const edits = direct(node, asked) ?? throughName(context.program, node, asked);
  if (typeof edits === 'string') return refuse(edits);
  if (edits === undefined) return refuse('how the number is used is not one of the plain questions');
  return rewrite({
    ...given,
    title: 'isEmpty() instead of count()',
    reason: 'count() reads every row only to see whether there is one; isEmpty() stops at the first.',
    edits,
    preconditions: [since(context, 'DataFrame.isEmpty', 3, 3)],
  });
}

/** What the reading of every row is wanted for beside its number; undefined when it is for nothing else. */
function countedFor(program: Program, { frames }: Action): string | undefined {
  // A cache that is filled at once keeps rows whose source is written over, or is random.
  const cache = frames.map((one) => program.cacheOf(one)).find((one) => one !== undefined);
  if (cache !== undefined) return `the count fills the cache of line ${lineOf(linkOf(cache.call))}, and what follows may build on that`;
  const above = frames.flatMap((one) => program.upstream(one));
  if (above.some((one) => one.method === 'observe')) return 'what is observed on the way is measured over all rows';
  if (program.calls.some((one) => one.name === 'accumulator')) return 'an accumulator may count the rows on their way';
  return undefined;
}

function direct(node: Node, asked: string): Edit[] | string | undefined {
  const question = questionOf(node);
  if (question === undefined) return undefined;
  const { start, end } = question.node;
  if (hasComment(question.node, start, node.start) || hasComment(question.node, node.end, end)) return 'a comment stands in the question';
  // The brackets that held the lines of a chain together go with the question.
  return [answer(question, asked.includes('\n') && node.parent !== question.node ? `(${asked})` : asked)];
}

function answer({ node, turned }: Question, asked: string): Edit {
  const outer = node.parent;
  // `not df.count() > 0` needs no second `not`.
  if (turned && outer?.type === 'not_operator') return replace(outer, asked);
  return replace(node, turned ? `not ${asked}` : asked);
}

/** `n = df.count()` that is only ever asked whether it is 0. */
function throughName(program: Program, node: Node, asked: string): Edit[] | string | undefined {
  const assigned = assignmentOf(node);
  if (assigned === undefined) return undefined;
  const scope = scopeOf(node);
  if (isSeenElsewhere(program, scope, assigned.name)) return `${assigned.name} may be read from elsewhere`;
  const uses = identifiers(scope, assigned.name).filter((one) => one !== assigned.target);
  const questions = uses.map(questionOf);
  if (uses.length === 0 || questions.some((one) => one === undefined)) return undefined;
  const name = freshName(rootOf(node), 'is_empty');
  return [replace(assigned.target, name), replace(node, asked), ...questions.map((one) => answer(one as Question, name))];
}

/** A name of a class, or one of a module that others may take or that is asked for by its text. */
function isSeenElsewhere(program: Program, scope: Node, name: string): boolean {
  if (scope.type === 'class_definition') return true;
  const root = rootOf(scope);
  const byText = [...walk(root)].some(
    (one) =>
      (one.type === 'identifier' && /^(globals|locals|vars|exec|eval)$/.test(textOf(one))) ||
      (one.type === 'string' && constantOf(one) === name),
  );
  if (byText || scope.type !== 'module') return byText;
  return program.roots.some((other) => other !== root && [...walk(other)].some((one) => one.type === 'identifier' && textOf(one) === name));
}

/** `x == 0`, `x > 0`, `x >= 1`, `x < 1`, `0 < x`, `not x`, `if x`, `bool(x)`; undefined when the number is used. */
function questionOf(node: Node): Question | undefined {
  let at = node;
  while (at.parent?.type === 'parenthesized_expression') at = at.parent;
  const parent = at.parent;
  if (parent === undefined) return undefined;
  if (parent.type === 'comparison_operator') {
    if (parent.children.length !== 3) return undefined;
    const [left, operator, right] = parent.children as [Node, Node, Node];
    const isLeft = left === at;
    const other = textOf(isLeft ? right : left);
    const sign = textOf(operator);
    const plain = isLeft ? sign : ({ '<': '>', '>': '<', '<=': '>=', '>=': '<=' }[sign] ?? sign);
    if ((other === '0' && /^(==|<=)$/.test(plain)) || (other === '1' && plain === '<')) return { node: parent, turned: false };
    if ((other === '0' && /^(!=|>)$/.test(plain)) || (other === '1' && plain === '>=')) return { node: parent, turned: true };
    return undefined;
  }
  if (parent.type === 'not_operator') return { node: parent, turned: false };
  const isAsked =
    at.field === 'condition' ||
    (parent.type === 'conditional_expression' && named(parent)[1] === at) ||
    (parent.type === 'assert_statement' && named(parent)[0] === at);
  if (isAsked) return { node: at, turned: true };
  if (parent.type === 'argument_list' && parent.parent !== undefined) {
    const callee = child(parent.parent, 'function');
    if (callee !== undefined && textOf(callee) === 'bool' && named(parent).length === 1) return { node: parent.parent, turned: true };
  }
  return undefined;
}
