// Check on UDFs: the ones that Spark can express itself.
// Law: only a UDF that is used, and only when the translation stands.

import { isSimple } from '../udf/simple.ts';
import { translateUdf } from '../udf/translate.ts';
import { linkNode } from './shared.ts';
import type { Check, Draft } from './types.ts';

export const udfTranslatable: Check = (program) =>
  program.udfs.flatMap((udf): Draft[] => {
    if (udf.kind === 'java' || udf.uses.length === 0 || udf.definition === undefined) return [];
    const places = udf.uses.map((one) => ({ node: linkNode(one), what: 'used here' }));
    const translation = translateUdf(udf);
    if (translation.ok)
      return [
        {
          node: udf.definition,
          message: `${udf.name} can be written with Spark's own functions: every row goes to Python and back for nothing.`,
          certainty: translation.preconditions.length === 0 ? 'certain' : 'likely',
          places,
        },
      ];
    if (udf.kind === 'row' && isSimple(udf.definition))
      return [
        {
          node: udf.definition,
          message: `${udf.name} is a simple expression of its arguments, and may be written with Spark's own functions by hand (not done here: ${translation.why}).`,
          certainty: 'possible',
          places,
        },
      ];
    return [];
  });
