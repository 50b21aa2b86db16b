import { expect, test } from 'vitest';
import { createId } from '../src/ids.js';

test('ids: the kind, a dash and ten letters that cannot be misread; ten thousand without a double', () => {
  const ids = Array.from({ length: 10_000 }, () => createId('alert'));
  for (const id of ids) expect(id).toMatch(/^alert-[0-9a-hjkmnp-tv-z]{10}$/);
  expect(new Set(ids).size).toBe(ids.length);
});
