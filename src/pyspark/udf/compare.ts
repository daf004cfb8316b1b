// Comparisons and truth: Python's two values on top of Spark's three, and NaN, which Spark puts above every number.
// Laws: == and != are never NULL (eqNullSafe where a side may be null); an order with None raises in Python, so it asks for non-null rows;
// a comparison with NaN is false, as in Python.

import { type Body, neverNull } from './body.ts';
import {
  both,
  type Condition,
  column,
  condition,
  EXACT_IN_DOUBLE,
  either,
  NO_FACTS,
  negated,
  onArgument,
  operand,
  receiver,
  refuse,
  type Term,
  withFacts,
} from './terms.ts';

const isNumber = (one: Term) => one.type === 'int' || one.type === 'float';

/** Both sides are compared by Spark as Python compares them. */
function checkTypes(a: Term, b: Term): void {
  if (isNumber(a) && isNumber(b)) {
    const [int, other] = a.type === 'int' ? [a, b] : [b, a];
    if (int.type === 'int' && other.type === 'float' && (int.low < -EXACT_IN_DOUBLE || int.high > EXACT_IN_DOUBLE))
      refuse('Spark compares a bigint with a float as two doubles, Python exactly');
    return;
  }
  if (a.type !== b.type) refuse(`a ${a.type} is compared with a ${b.type}`);
  if (a.type === 'bool' && a.driver && b.driver) refuse('two constants are compared');
}

export function isNone(one: Term): Condition {
  if (one.type === 'none') return condition('F.lit(True)', { atom: true, constant: true });
  if (!one.mayNull) return condition('F.lit(False)', { atom: true, constant: false });
  return condition(`${receiver(one)}.isNull()`, { atom: true, whenTrue: onArgument('isNull', one), whenFalse: onArgument('notNull', one) });
}

export function isNotNone(one: Term): Condition {
  const asked = isNone(one);
  return asked.constant === undefined ? { ...negated(asked), text: `${receiver(one)}.isNotNull()`, atom: true } : negated(asked);
}

export function equal(a: Term, b: Term): Condition {
  if (b.type === 'none') return isNone(a);
  if (a.type === 'none') return isNone(b);
  checkTypes(a, b);
  const [left, right] = a.driver && !b.driver ? [b, a] : [a, b];
  if (left.driver) refuse('two constants are compared');
  const safe = left.mayNull || right.mayNull;
  const plain = safe
    ? condition(`${receiver(left)}.eqNullSafe(${operand(right)})`, { atom: true })
    : condition(`${operand(left)} == ${operand(right)}`);
  const facts = withFacts(
    right.mayNull ? NO_FACTS : onArgument('notNull', left),
    withFacts(
      left.mayNull ? NO_FACTS : onArgument('notNull', right),
      right.constant === 0 ? NO_FACTS : right.nonZero ? onArgument('nonZero', left) : NO_FACTS,
    ),
  );
  const isZero = right.constant === 0;
  const made: Condition = { ...plain, whenTrue: facts, whenFalse: isZero ? onArgument('nonZero', left) : NO_FACTS };
  if (!(left.mayNaN && right.mayNaN)) return made;
  return {
    ...both(made, negated(condition(`F.isnan(${column(left)})`, { atom: true }))),
    whenTrue: made.whenTrue,
    whenFalse: made.whenFalse,
  };
}

/** `<`, `<=`, `>`, `>=`. */
export function ordered(body: Body, a: Term, operator: string, b: Term): Condition {
  if (a.type === 'bool' || b.type === 'bool') refuse('an order of booleans');
  const left = neverNull(body, a);
  const right = neverNull(body, b);
  checkTypes(left, right);
  if (left.driver && right.driver) refuse('two constants are compared');
  const text = left.driver ? `${column(left)} ${operator} ${operand(right)}` : `${operand(left)} ${operator} ${operand(right)}`;
  const notNull = onArgument('notNull', left, right);
  const excludesZero =
    (right.constant === 0 && (operator === '<' || operator === '>')) ||
    (typeof right.constant === 'number' && ((right.constant > 0 && /^>/.test(operator)) || (right.constant < 0 && /^</.test(operator))));
  const plain = condition(text, {
    whenTrue: withFacts(notNull, excludesZero ? onArgument('nonZero', left) : NO_FACTS),
    whenFalse: notNull,
  });
  // NaN is the largest to Spark; to Python no order with it holds.
  const large = operator.startsWith('<') ? right : left;
  if (!large.mayNaN) return plain;
  const guarded = both(plain, negated(condition(`F.isnan(${column(large)})`, { atom: true })));
  return { ...guarded, whenTrue: plain.whenTrue, whenFalse: plain.whenFalse };
}

/** `x in ("a", "b")`. */
export function among(one: Term, members: readonly Term[]): Condition {
  if (one.driver) refuse('a constant is looked for among constants');
  if (members.length === 0) return condition('F.lit(False)', { atom: true, constant: false });
  const values = members.filter((member) => member.type !== 'none');
  for (const member of values) {
    checkTypes(one, member);
    if (one.type === 'bool' || !member.driver) refuse('a list of what is not constant');
  }
  const text = `${receiver(one)}.isin(${values.map((member) => member.text).join(', ')})`;
  const found: Condition =
    values.length === 0
      ? condition('F.lit(False)', { atom: true })
      : one.mayNull
        ? condition(`F.coalesce(${text}, F.lit(False))`, { atom: true })
        : condition(text, { atom: true });
  if (values.length < members.length) return one.mayNull ? either(condition(`${receiver(one)}.isNull()`, { atom: true }), found) : found;
  return { ...found, whenTrue: onArgument('notNull', one) };
}

/** What `if x:` asks. */
export function truth(one: Term): Condition {
  if (one.type === 'none') return condition('F.lit(False)', { atom: true, constant: false });
  if (typeof one.constant === 'boolean') return condition(`F.lit(${one.text})`, { atom: true, constant: one.constant });
  if (one.driver) return condition(`F.lit(bool(${one.text}))`, { atom: true });
  const present = one.mayNull
    ? condition(`${receiver(one)}.isNotNull()`, { atom: true, whenTrue: onArgument('notNull', one), whenFalse: NO_FACTS })
    : undefined;
  switch (one.type) {
    case 'bool':
      return one.mayNull
        ? condition(`F.coalesce(${column(one)}, F.lit(False))`, { atom: true, whenTrue: onArgument('notNull', one) })
        : condition(one.text, { atom: one.atom });
    case 'date':
      return present ?? condition('F.lit(True)', { atom: true, constant: true });
    case 'str': {
      const filled = condition(`${operand(one)} != ""`, { whenTrue: onArgument('notNull', one) });
      return present === undefined ? filled : both(present, filled);
    }
    default: {
      const nonZero = condition(`${operand(one)} != 0`, { whenTrue: withFacts(onArgument('notNull', one), onArgument('nonZero', one)) });
      return present === undefined ? nonZero : both(present, nonZero);
    }
  }
}
