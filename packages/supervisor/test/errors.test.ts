import { expect, test } from 'vitest';
import { SUPERVISOR_ERRORS } from '../src/index.js';

test('errors: every code is of this area and every text is a sentence', () => {
  for (const [code, { template }] of Object.entries(SUPERVISOR_ERRORS)) {
    expect(code).toMatch(/^DN_SUPERVISOR_[A-Z_]+$/);
    expect(template).toMatch(/[.]$/);
  }
});
