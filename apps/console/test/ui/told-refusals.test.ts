import { expect, test } from 'vitest';
import { forgetRefusal, refusalsNow, subscribeRefusals, tellRefusal } from '../../src/ui/told-refusals.js';

test('refusals: each stays until it is put away; the same asked again is told once', () => {
  let changes = 0;
  const stop = subscribeRefusals(() => {
    changes += 1;
  });
  const [first, again, other] = [new TypeError('first'), new TypeError('again'), new TypeError('other')];
  tellRefusal('Stop a', first);
  tellRefusal('Start b', other);
  tellRefusal('Stop a', again);
  expect(refusalsNow()).toEqual([
    { what: 'Start b', error: other },
    { what: 'Stop a', error: again },
  ]);
  forgetRefusal('Start b');
  forgetRefusal('nothing');
  expect(refusalsNow()).toEqual([{ what: 'Stop a', error: again }]);
  forgetRefusal('Stop a');
  expect(refusalsNow()).toEqual([]);
  expect(changes).toBe(5);
  stop();
});
