import { expect, test } from 'vitest';
import { textBeside } from '../../src/labels/alert-text.js';

test('alert text: beside its name the subsystem is not named again, and nothing else is cut', () => {
  expect(textBeside({ subsystem: 'feed', message: 'feed: it cannot serve' })).toBe('it cannot serve');
  expect(textBeside({ subsystem: 'feed', message: 'feed is down' })).toBe('feed is down');
  expect(textBeside({ subsystem: 'fee', message: 'feed: down' })).toBe('feed: down');
});
