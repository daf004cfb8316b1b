// A JDBC read through one connection → one part for each slot, cut by a remainder of a whole-number column that the run knows.
// Laws: each row is in exactly one part, null keys with them; several connections see no common snapshot, so a person or a proof must look.

import { FACTS } from '../../facts/index.ts';
import { child, type Edit, type Node, named, optionOf, type Read, textOf } from '../../pyspark/index.ts';
import { defineFixer, type FixContext, type Proposal } from '../define.ts';
import { insert, replace } from '../edits.ts';
import { firstOf, linkOf, receiverOf } from '../places.ts';
import { leave, mark, rewrite, ruleOf } from '../propose.ts';
import { columnsRead } from './column-types.ts';

const FIXER = 'jdbc-partitioned';

/** Connections that a database of one's colleagues bears: Spark's own guide warns of large numbers. */
const MOST_CONNECTIONS = 16;
/** Rows a round trip; drivers' own defaults are 10 (Oracle) to all (PostgreSQL, MySQL). */
const FETCH = 10_000;
const PART = 'firesteel_part';
/** Remainders by this prime are cut into parts: keys that come in steps (by sequence, by shard) would else fall into few of them. */
const PRIME = 1009;

export const jdbcPartitioned = defineFixer({
  id: FIXER,
  title: 'JDBC read in parts',
  rules: ['serial-jdbc-read'],
  codeRules: ['jdbc-unpartitioned'],
  safety: 'review',
  propose: (context) => firstOf(readsOf(context), (one) => one.call.node).map((one) => proposalFor(context, one)),
});

function readsOf({ program, lint, places }: FixContext): Read[] {
  const linted = program.reads.filter((read) =>
    lint.some(
      (one) =>
        one.id === 'jdbc-unpartitioned' &&
        one.file === read.call.node.source.path &&
        one.range.start.offset >= read.call.node.start &&
        one.range.end.offset <= read.call.node.end,
    ),
  );
  const placed = places.flatMap((one) => (one.read?.format === 'jdbc' ? [one.read] : []));
  return [...linted, ...placed].filter(
    (one) => optionOf(one.options, 'predicates') === undefined && optionOf(one.options, 'partitionColumn') === undefined,
  );
}

function proposalFor(context: FixContext, read: Read): Proposal {
  const given = { fixer: FIXER, rule: ruleOf(context), at: linkOf(read.call) };
  const byHand = (why: string): Proposal =>
    mark({
      ...given,
      title: 'The read needs a column to cut it by',
      reason: `Not rewritten: ${why}.`,
      comment: [
        'one connection reads the whole table. Give a whole-number or date column that is indexed and spread evenly: partitionColumn, lowerBound (its least value), upperBound (its greatest), numPartitions (as many as the database bears), and fetchsize.',
      ],
    });
  const columns = columnsRead(context, read);
  if (columns === undefined) return byHand('which columns it has is known from a run only');
  const slots = slotsOf(context);
  if (slots < 2) return leave({ ...given, title: 'One connection is enough', reason: 'The run had a single slot.' });
  const key = keyOf(columns);
  if (key === undefined) return byHand('the run took no column of whole numbers from it');
  const parts = Math.min(slots, MOST_CONNECTIONS);
  const url = optionOf(read.options, 'url');
  const amount = nameOf(columns, /^decimal/);
  const mixed = amount === undefined ? key : `${key} + COALESCE(FLOOR(${amount} * 100), 0)`;
  const remainder = /sqlserver/i.test(url === undefined ? '' : textOf(url.node))
    ? `ABS((${mixed}) % ${PRIME} % ${parts})`
    : `ABS(MOD(MOD(${mixed}, ${PRIME}), ${parts}))`;
  const edits = read.call.name === 'jdbc' ? inCall(read, key, remainder, parts) : inOptions(read, remainder, parts);
  if (typeof edits === 'string') return byHand(edits);
  const by = amount === undefined ? key : `${key} and ${amount}`;
  return rewrite({
    ...given,
    title: `Read in ${parts} parts by ${by}`,
    reason: `One connection fetched every row while ${slots} slots were there; ${parts} connections read the rows whose ${by} leave${amount === undefined ? 's' : ''} the same remainder. An indexed key with its bounds (partitionColumn, lowerBound, upperBound) spares the database the other rows.`,
    safety: 'review',
    edits,
    preconditions: [
      { text: `Each row is in exactly one part: a remainder of ${by}, nulls of ${key} with the first.`, holds: true },
      { text: 'Nobody writes to the table meanwhile, or rows of several moments may be mixed.', holds: undefined },
      { text: `The database bears ${parts} connections.`, holds: undefined },
    ],
  });
}

const slotsOf = ({ store }: FixContext): number =>
  store === undefined ? 0 : store.get(FACTS.executors).reduce((sum, one) => sum + (one.executor.cores ?? 0), 0);

/** The widest whole-number column. */
const keyOf = (columns: ReadonlyMap<string, string>): string | undefined =>
  nameOf(columns, /^(bigint|long)$/) ?? nameOf(columns, /^int$/) ?? nameOf(columns, /^smallint$/);

/** The first column of a type; names that databases would spell with quotes are left out. */
const nameOf = (columns: ReadonlyMap<string, string>, type: RegExp): string | undefined =>
  [...columns].find(([name, one]) => type.test(one) && /^([a-z_][a-z0-9_]*|[A-Z_][A-Z0-9_]*)$/.test(name))?.[0];

/** `spark.read.jdbc(url, table, …)`: a list of conditions. */
function inCall(read: Read, key: string, remainder: string, parts: number): Edit[] | string {
  const list = child(read.call.node, 'arguments');
  const last = list === undefined ? undefined : named(list).at(-1);
  if (list === undefined || last === undefined || read.call.arguments.some((one) => one.splat)) return 'its arguments are computed';
  const positions = read.call.arguments.filter((one) => one.name === undefined).length;
  if (positions > 2) return 'its arguments are not named';
  const conditions = `["${remainder} = 0 OR ${key} IS NULL"] + [f"${remainder} = {part}" for part in range(1, ${parts})]`;
  return [insert(last, last.end, `, predicates=${conditions}`)];
}

/** `.format("jdbc").option(…).load()`: a column for the part, gone again behind the read. */
function inOptions(read: Read, remainder: string, parts: number): Edit[] | string {
  const table = optionOf(read.options, 'dbtable');
  const receiver = receiverOf(read.call);
  if (table === undefined || typeof table.value !== 'string' || receiver === undefined) return 'the table is computed';
  if (/["\\{}]/.test(table.value) || table.node.type !== 'string') return 'the table is computed';
  const query = /^\s*(\([\s\S]*\))\s*(?:as\s+)?(\w+)?\s*$/i.exec(table.value);
  const from = query === null ? `${table.value} t` : `${query[1]} ${query[2] ?? 't'}`;
  const name = query?.[2] ?? 't';
  const text = `(SELECT ${name}.*, ${remainder} AS ${PART} FROM ${from}) parts`;
  const links = [
    `.option("partitionColumn", "${PART}")`,
    '.option("lowerBound", 0)',
    `.option("upperBound", ${parts})`,
    `.option("numPartitions", ${parts})`,
    ...(optionOf(read.options, 'fetchsize') === undefined ? [`.option("fetchsize", ${FETCH})`] : []),
  ];
  const gap = gapBefore(read, receiver);
  return [
    replace(table.node, `"${text}"`),
    insert(receiver, receiver.end, links.map((one) => gap + one).join('')),
    insert(read.call.node, read.call.node.end, `${gap}.drop("${PART}")`),
  ];
}

/** The white space before the last link of the chain. */
function gapBefore(read: Read, receiver: Node): string {
  return /^\s*/.exec(read.call.node.source.text.slice(receiver.end, read.call.node.end))?.[0] ?? '';
}
