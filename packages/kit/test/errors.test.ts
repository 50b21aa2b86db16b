import { expect, test } from 'vitest';
import { createErrors, DreamnetError, KIT_ERRORS } from '../src/errors.js';

const failure = createErrors({
  DN_TEST_PLACE: { template: "'{file}' line {line}: {list} {missing}", httpStatus: 400, isRetryable: false },
  DN_TEST_BUSY: { template: 'busy', httpStatus: 503, isRetryable: true },
});

test('errors: a code of the table fills its template and carries the row’s facts', () => {
  const cause = new Error('below');
  const error = failure('DN_TEST_PLACE', { file: 'a.yaml', line: 3, list: ['x'] }, cause);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: 'DN_TEST_PLACE', retryable: false, httpStatus: 400, cause });
  expect(error.message).toBe(`'a.yaml' line 3: ["x"] {missing}`);
  expect(failure('DN_TEST_BUSY').retryable).toBe(true);
});

test('errors: details never become part of the template', () => {
  expect(failure('DN_TEST_PLACE', { file: '{line} $& $1', line: 1, list: '' }).message).toContain(
    "'{line} $& $1'",
  );
});

test('errors: another copy of the package is recognised by the brand, look-alikes are not', async () => {
  // A query makes another module of the same file, as a second installed copy would be.
  const second: string = new URL('../src/errors.ts?copy', import.meta.url).href;
  const copy = (await import(second)) as typeof import('../src/errors.js');
  expect(copy.DreamnetError).not.toBe(DreamnetError);
  const foreign = copy.createErrors({ DN_TEST_X: { template: 'x', httpStatus: 500, isRetryable: true } })(
    'DN_TEST_X',
  );
  expect(foreign).not.toBeInstanceOf(DreamnetError);
  expect(DreamnetError.is(foreign)).toBe(true);
  expect(DreamnetError.from(foreign)).toBe(foreign);
  for (const other of [null, undefined, 'DN_TEST_X', { code: 'DN_TEST_X' }, new Error('x')])
    expect(DreamnetError.is(other)).toBe(false);
});

test('errors: anything else thrown becomes DN_KIT_UNEXPECTED with the cause kept', () => {
  const thrown = new TypeError('x is not a function');
  expect(DreamnetError.from(thrown)).toMatchObject({
    code: 'DN_KIT_UNEXPECTED',
    message: 'x is not a function',
    retryable: false,
    httpStatus: KIT_ERRORS.DN_KIT_UNEXPECTED.httpStatus,
    cause: thrown,
  });
  expect(DreamnetError.from('text').message).toBe('text');
  expect(DreamnetError.from(undefined).code).toBe('DN_KIT_UNEXPECTED');
});

test('errors: on the wire only code, message, retryable and details', () => {
  const body = JSON.parse(JSON.stringify(failure('DN_TEST_BUSY', { a: 1 }, new Error('secret'))));
  expect(body).toEqual({ code: 'DN_TEST_BUSY', message: 'busy', retryable: true, details: { a: 1 } });
});
