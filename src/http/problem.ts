// Errors as problem+json (RFC 9457): what happened, and the next step.
// Law: an expected error is told; a defect is not: its words may hold what nobody should read.

import { type ErrorCode, FiresteelError, redacted } from '../base/index.ts';
import { Stopped } from './threads/crew.ts';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly nextStep: string | undefined;
}

/** An error of the face itself: a status that no operation knows. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly nextStep: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, nextStep: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.code = code;
    this.nextStep = nextStep;
    this.headers = headers;
  }
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  'not-found': 404,
  'no-permission': 403,
  'not-an-event-log': 422,
  'unknown-codec': 422,
  'corrupt-input': 422,
  'too-large': 413,
  'wrong-usage': 400,
  unwritable: 409,
  environment: 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'This request does not fit',
  401: 'A token is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Not for this method',
  406: 'Not in this format',
  409: 'Not possible as it stands',
  410: 'Gone',
  413: 'Too large',
  415: 'Not in this media type',
  422: 'This input cannot be read',
  429: 'Too many requests',
  499: 'Stopped',
  500: 'A defect of Firesteel',
  503: 'Not possible now',
};

const made = (status: number, code: string, detail: string, nextStep: string | undefined): Problem => ({
  type: `urn:firesteel:problem:${code}`,
  title: TITLES[status] ?? 'Error',
  status,
  code,
  detail: redacted(detail),
  nextStep: nextStep === undefined ? undefined : redacted(nextStep),
});

/** The problem behind whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof HttpError) return made(error.status, error.code, error.message, error.nextStep);
  if (error instanceof FiresteelError) return made(STATUS[error.code], error.code, error.message, error.nextStep);
  if (error instanceof Stopped || (error instanceof Error && error.name === 'AbortError'))
    return made(499, 'stopped', 'The work was stopped before its end.', 'Ask again.');
  return made(500, 'defect', 'This is a defect of Firesteel.', 'The server wrote what happened to its standard error.');
}
