// What in a program a rule's findings are about, for whoever looks for their lines.
// Law: a rule that says nothing of it is about no place of the code.

import type { CodeThing } from '../join/index.ts';
import { rules } from './index.generated.ts';

/** Kinds of things, the best first; empty for a rule that is not known. */
export const inCode = (id: string): readonly CodeThing[] => rules.find(({ meta }) => meta.id === id)?.meta.inCode ?? [];
