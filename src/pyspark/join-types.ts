// The words for join types that PySpark takes, as Spark's plans name them.
// Law: Spark's own table (JoinType.apply): case and underscores do not count; a word it does not know is undefined.

const TYPES: Readonly<Record<string, string>> = {
  inner: 'Inner',
  cross: 'Cross',
  outer: 'FullOuter',
  full: 'FullOuter',
  fullouter: 'FullOuter',
  left: 'LeftOuter',
  leftouter: 'LeftOuter',
  right: 'RightOuter',
  rightouter: 'RightOuter',
  semi: 'LeftSemi',
  leftsemi: 'LeftSemi',
  anti: 'LeftAnti',
  leftanti: 'LeftAnti',
};

/** The type of a join written `how`, as plans name it; undefined when it is computed or not known. */
export function joinTypeOf(how: string | undefined): string | undefined {
  const word = (how ?? '').toLowerCase().replaceAll('_', '');
  return Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
}
