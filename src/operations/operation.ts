// Makes an operation from its body: input is parsed before the handler sees it, and the result remembers how it is rendered.
// Law: wrong input is a FiresteelError that names the field and what it may be.

import type { z } from 'zod';
import { FiresteelError } from '../base/index.ts';
import type { AnyOperation, Context, OperationBody } from './define.ts';

export function defineOperation<I extends z.ZodObject, R>(body: OperationBody<I, R>): AnyOperation {
  const { description, input, examples, formats } = body;
  return {
    description,
    input,
    examples,
    formats,
    async start(raw: unknown, context: Context) {
      const parsed = input.safeParse(raw);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const field = issue?.path.map(String).join('.') ?? '';
        const told = input.shape[String(issue?.path[0])] as z.ZodType | undefined;
        const what = told?.meta()?.description;
        throw new FiresteelError(
          'wrong-usage',
          `The value of ${field === '' ? 'the input' : field} does not fit: ${issue?.message ?? 'invalid'}.`,
          what === undefined ? 'See the help of this command.' : `${field}: ${what}`,
        );
      }
      const value = parsed.data as z.output<I>;
      const result = await body.handler(value, context);
      return {
        result,
        outcome: body.outcome?.(result, value) ?? { kind: 'done' },
        render: (format, options) => body.render(result, format, value, options),
      };
    },
  };
}
