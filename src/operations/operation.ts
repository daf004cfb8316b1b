// Makes an operation from its body: input is parsed before the handler sees it, and the result remembers how it is rendered.
// Law: wrong input is a FiresteelError that names the field and what it may be.

import type { z } from 'zod';
import { FiresteelError } from '../base/index.ts';
import type { AnyOperation, Context, Format, OperationBody } from './define.ts';

export function defineOperation<I extends z.ZodObject, R, F extends Format>(body: OperationBody<I, R, F>): AnyOperation {
  const { description, input, examples, formats } = body;
  return {
    description,
    input,
    examples,
    formats,
    fileName: body.fileName,
    async start(raw: unknown, context: Context, nameOf = (field: string) => field) {
      const parsed = input.safeParse(raw);
      if (!parsed.success) {
        const field = String(parsed.error.issues[0]?.path[0] ?? '');
        const name = field === '' ? 'the input' : nameOf(field);
        const given = JSON.stringify((raw as Readonly<Record<string, unknown>> | undefined)?.[field])?.slice(0, 80);
        const what = (input.shape[field] as z.ZodType | undefined)?.meta()?.description;
        throw new FiresteelError(
          'wrong-usage',
          given === undefined ? `${name} is missing or does not fit.` : `${given} does not fit ${name}.`,
          what === undefined ? 'See the help of this command.' : `${name}: ${what}`,
        );
      }
      const value = parsed.data as z.output<I>;
      const result = await body.handler(value, context);
      return {
        result,
        outcome: body.outcome?.(result, value) ?? { kind: 'done' },
        // A caller that asks for a format takes it from `formats`.
        render: (format, options) => body.render(result, format as F, value, options),
      };
    },
  };
}
