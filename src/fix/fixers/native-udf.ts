// Row UDF → Spark's own functions: the function keeps its name and its uses, and returns the native expression.
// Laws: what is not shown equal is left with the reason; a function that plain Python calls too keeps its body, and a new one stands beside it.

import {
  above,
  bare,
  child,
  type Edit,
  type Node,
  named,
  type Program,
  rangeOf,
  textOf,
  translateUdf,
  type Udf,
} from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Precondition, type Proposal } from '../define.ts';
import { dropStatement, replace } from '../edits.ts';
import { functionsImport } from '../imports.ts';
import { assignmentOf, firstOf, identifiers, indentOf, wholeStatement } from '../places.ts';
import { leave, mark, rewrite, ruleOf, since, wentThrough } from '../propose.ts';
import { typeOf } from './column-types.ts';
import { bodyEdits, returned, spelledFor } from './native-udf-body.ts';
import { columnName, framesBehind, usedAsFunction } from './native-udf-uses.ts';

const FIXER = 'native-udf';

export const nativeUdf = defineFixer({
  id: FIXER,
  title: 'Python UDF as Spark functions',
  rules: ['python-row-udf', 'udf-in-filter', 'unpruned-partitions', 'unpushed-filter'],
  codeRules: ['udf-translatable', 'udf-filter', 'filter-on-derived-partition'],
  safety: 'safe',
  order: 5,
  propose: (context) => udfsOf(context).map((udf) => proposalFor(context, udf)),
});

/** The UDFs a finding is about. */
function udfsOf({ program, places, lint }: FixContext): Udf[] {
  const isMeant = (udf: Udf): boolean => {
    const { definition } = udf;
    return (
      definition !== undefined &&
      (places.some((one) => one.udf === udf) ||
        lint.some((one) =>
          [{ range: one.range }, ...one.places].some(
            ({ range }) => range.file === definition.source.path && range.start.offset === definition.start,
          ),
        ))
    );
  };
  return firstOf(
    program.udfs.filter((udf) => udf.kind === 'row' && isMeant(udf)),
    (udf) => udf.definition,
  );
}

function proposalFor(context: FixContext, udf: Udf): Proposal {
  const { program } = context;
  const definition = udf.definition as Node;
  const given = { fixer: FIXER, rule: ruleOf(context), at: definition };
  const title = `${udf.name} as Spark's own functions`;
  const refuse = (why: string): Proposal => leave({ ...given, title: `${udf.name} stays a Python UDF`, reason: `Left as it is: ${why}.` });
  const types = typesOf(context, udf);
  const made = translateUdf(udf, { types });
  if (!made.ok) {
    if (context.finding === undefined) return refuse(made.why);
    return mark({
      ...given,
      at: outermost(definition),
      title: `${udf.name} needs a person`,
      reason: `Not rewritten: ${made.why}.`,
      comment: [
        `every row goes through Python here. Not rewritten: ${made.why}. Write it with pyspark.sql.functions, or as a pandas UDF over whole columns.`,
      ],
    });
  }
  if (udf.sqlName !== undefined || udf.how === 'register') return refuse('SQL text calls it by its registered name');
  if (made.parameters.includes(made.expression)) return refuse('it gives its argument back, whose name would be seen');
  const newer = [...new Set([...made.expression.matchAll(/\bF\.(btrim|replace|try_divide|weekday)\(/g)].map((one) => one[1] as string))];
  const edits: Edit[] = [];
  let needsFunctions = /\bF\./.test(made.expression);
  for (const use of udf.uses) {
    const used = usedAsFunction(program, udf, use, made.parameters);
    if (typeof used === 'string') return refuse(used);
    edits.push(...used.edits);
    if (used.needsFunctions && use.node.source.path !== definition.source.path) return refuse('a use stands in another file');
    needsFunctions ||= used.needsFunctions;
  }
  const own = definition.type === 'lambda' ? ofLambda(context, udf, made.expression) : ofFunction(context, udf, made.expression);
  if (typeof own === 'string') return refuse(own);
  edits.push(...own);
  return rewrite({
    ...given,
    title,
    reason: `Every row went to a Python process and back; Spark computes the same value itself, ${udf.uses.length > 1 ? `at ${udf.uses.length} places, ` : ''}and can push it down and skip data by it.`,
    edits: firstOf(edits, (one) => `${one.file} ${one.start} ${one.end} ${one.text}`),
    preconditions: [
      ...made.preconditions.map((one) => asPrecondition(context, udf, one)),
      ...newer.map((name) => since(context, `functions.${name}`, 3, 5)),
    ],
    imports: needsFunctions ? [functionsImport(program, definition.source.path)] : [],
  });
}

/** Argument types by parameter, where all uses agree on one that the run tells. */
function typesOf(context: FixContext, udf: Udf): Record<string, string> {
  const types: Record<string, string> = {};
  const parameters = named(child(udf.definition as Node, 'parameters') ?? (udf.definition as Node)).map((one) =>
    textOf(one.type === 'identifier' ? one : (named(one)[0] ?? one)),
  );
  parameters.forEach((parameter, i) => {
    const told = udf.uses.map((use) => {
      const one = use.arguments.find((argument) => argument.name === parameter) ?? use.arguments[i];
      const name = one === undefined ? undefined : columnName(one);
      return name === undefined ? undefined : typeOf(context, framesBehind(context.program, use), name);
    });
    const [first] = told;
    if (first !== undefined && told.every((one) => one === first)) types[parameter] = first;
  });
  return types;
}

function asPrecondition(
  context: FixContext,
  udf: Udf,
  one: { readonly kind: string; readonly argument: string | undefined; readonly text: string },
): Precondition {
  const isOfArgument = one.argument !== undefined && one.text.startsWith(`${one.argument} `);
  const text = isOfArgument
    ? `\`${one.argument}\`${one.text.slice(one.argument?.length)}.`
    : `${one.text[0]?.toUpperCase()}${one.text.slice(1)}.`;
  // Where Python raises, the original gives no output at all: a run that went through had no such row.
  if (one.kind === 'no-raise' && wentThrough(context) && udf.uses.length > 0)
    return { text: `${text} In this run no row broke it.`, holds: true };
  return { text, holds: undefined };
}

/** The decorated definition around a function, or the function. */
const outermost = (definition: Node): Node => (definition.parent?.type === 'decorated_definition' ? definition.parent : definition);

function ofFunction(context: FixContext, udf: Udf, expression: string): Edit[] | string {
  const { program } = context;
  const definition = udf.definition as Node;
  const outer = outermost(definition);
  const body = child(definition, 'body');
  if (body === undefined || named(body).length === 0) return 'its body is empty';
  const name = textOf(child(definition, 'name') as Node);
  const decorators = outer.children.filter((one) => one.type === 'decorator');
  if (udf.how === 'decorator') {
    if (decorators.length !== 1) return 'it has another decorator';
    const foreign = usesOfName(program, definition, name).filter((node) => !isCallee(udf, node));
    if (foreign.length > 0) return `${name} is used in line ${rangeOf(foreign[0] as Node).start.line} in a way that is not followed`;
    const decorator = decorators[0] as Node;
    const next = outer.children[outer.children.indexOf(decorator) + 1] as Node;
    return [{ file: outer.source.path, start: decorator.start, end: next.start, text: '' }, ...bodyEdits(program, definition, expression)];
  }
  // `clean = udf(strip, "string")`: the call that makes it gives way to the function itself.
  const call = udf.node;
  if (call.type !== 'call' || decorators.length > 0) return 'how it is made is not followed';
  const others = usesOfName(program, definition, name).filter((node) => !inside(node, call) && !isCallee(udf, node));
  const assigned = assignmentOf(call);
  if (call.source !== definition.source) return 'it is made in another file than its function';
  if (others.length === 0) {
    const statement = assigned === undefined ? undefined : wholeStatement(call);
    const isSameName = assigned?.name === name && statement !== undefined;
    return [isSameName ? dropStatement(statement as Node) : replace(call, name), ...bodyEdits(program, definition, expression)];
  }
  // Plain Python calls the function too: a new one stands where the UDF was made.
  const statement = assigned === undefined ? undefined : wholeStatement(call);
  if (assigned === undefined || statement === undefined) return `plain Python uses ${name} too`;
  const parameters = named(child(definition, 'parameters') as Node).map((one) =>
    textOf(one.type === 'identifier' ? one : (named(one)[0] as Node)),
  );
  const indent = indentOf(statement);
  const text = spelledFor(program, definition.source.path, expression);
  return [replace(statement, `def ${assigned.name}(${parameters.join(', ')}):\n${indent}    ${returned(text, `${indent}    `)}`)];
}

function ofLambda(context: FixContext, udf: Udf, expression: string): Edit[] | string {
  const { program } = context;
  const definition = udf.definition as Node;
  const call = udf.node;
  if (call.type !== 'call' || !inside(definition, call) || !isArgument(definition, call)) return 'how it is made is not followed';
  const text = spelledFor(program, definition.source.path, expression);
  const parameters = child(definition, 'parameters');
  const lambda = `lambda ${parameters === undefined ? '' : textOf(parameters)}: ${text}`;
  const isCalledAtOnce = call.parent?.type === 'call' && call.field === 'function';
  if (isCalledAtOnce) return [replace(call, `(${lambda})`)];
  const assigned = assignmentOf(call);
  if (assigned === undefined) return 'it is handed on in a way that is not followed';
  const foreign = usesOfName(program, assigned.statement, assigned.name).filter((node) => node !== assigned.target && !isCallee(udf, node));
  if (foreign.length > 0) return `${assigned.name} is used in line ${rangeOf(foreign[0] as Node).start.line} in a way that is not followed`;
  return [replace(call, lambda)];
}

/** The UDF is made of this lambda directly: `udf(lambda x: …, type)`. */
const isArgument = (lambda: Node, call: Node): boolean => {
  const list = child(call, 'arguments');
  return list !== undefined && named(list).some((one) => bare(child(one, 'value') ?? one) === lambda || one === lambda);
};

const inside = (node: Node, outer: Node): boolean => node.source === outer.source && node.start >= outer.start && node.end <= outer.end;

/** Is this name what a use calls? */
const isCallee = (udf: Udf, node: Node): boolean => udf.uses.some((use) => child(use.node, 'function') === node);

/** Where a name stands for the thing defined here, in all files, its own definition and imports of it apart. */
function usesOfName(program: Program, definition: Node, name: string): Node[] {
  return program.roots.flatMap((root) =>
    identifiers(root, name).filter((node) => {
      if (node.parent === definition && node.field === 'name') return false;
      if (above(node, (one) => /^import/.test(one.type)) !== undefined) return false;
      // A parameter or local of another function with the same name.
      const scope = above(node, (one) => one.type === 'function_definition' || one.type === 'lambda');
      const own = scope === undefined ? undefined : child(scope, 'parameters');
      return own === undefined || identifiers(own, name).length === 0;
    }),
  );
}
