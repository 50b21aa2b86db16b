import { expect, test } from 'vitest';
import { chooseReactions, parseEnvironmentBinding } from '../../src/index.js';

test('reactions: a restart makes signals needless, every signal is sent once, nothing is what is left', () => {
  expect(chooseReactions(['none', 'signal:HUP', 'restart'])).toEqual(['restart']);
  expect(chooseReactions(['signal:USR1', 'none', 'signal:HUP', 'signal:USR1'])).toEqual([
    'signal:USR1',
    'signal:HUP',
  ]);
  expect(chooseReactions(['none'])).toEqual(['none']);
  expect(chooseReactions([])).toEqual(['none']);
});

test('bindings: a signal without a file is refused: the variables of a running process cannot change', () => {
  const bind = (more: object) =>
    parseEnvironmentBinding({
      id: 'b',
      processId: 'p',
      environmentId: 'env-production',
      type: 'secrets',
      config: { KEY: { from: 'vault', key: 'k', onChange: 'signal:HUP', ...more } },
    });
  expect(() => bind({})).toThrow(/as: file/);
  expect(bind({ as: 'file' }).config).toMatchObject({ KEY: { as: 'file' } });
});
