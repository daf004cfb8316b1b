// pyspark: PySpark text → Program (what it reads, makes, computes and writes, with exact places), findings of the code alone, UDF translation,
// edits as data. Imports base only; knows nothing of runs, rules or fixes.
export type { FileReader } from './analyse.ts';
export type { ColumnsUsed } from './columns-used.ts';
export * from './edits.ts';
export { partitionsOf } from './flow/frames.ts';
export { importsOf } from './flow/imports.ts';
export { optionOf } from './flow/io.ts';
export { type ColumnValue, stringOf, type Value } from './flow/values.ts';
export { joinTypeOf } from './join-types.ts';
export { type Certainty, CODE_RULES, type CodeFinding, type CodePlace, type CodeRuleId, lint, runtimeRuleOf } from './lint/index.ts';
export { columnsIn, linkNode } from './lint/shared.ts';
export { type Constant, constantOf, pythonLiteral, textParts } from './literal.ts';
export { loadPySpark, type PySpark } from './load.ts';
export type * from './model.ts';
export { above, bare, child, childrenIn, type Node, named, rangeOf, statementOf, textOf, walk } from './node.ts';
export { nameNode, type Program } from './program.ts';
export { type Cell, cellAt, type NotAnalysed, type Source, type SourceText } from './source.ts';
export type { Position, Range } from './text.ts';
export { type Precondition, type TranslateOptions, translateUdf, type UdfTranslation } from './udf/translate.ts';
