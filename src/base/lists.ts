// Lists. Law: order is kept.

/** Each thing once, in order. */
export const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];
