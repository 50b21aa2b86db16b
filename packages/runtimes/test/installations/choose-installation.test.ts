import { expect, test } from 'vitest';
import {
  type Candidate,
  chooseInstallation,
  pickInstallation,
} from '../../src/installations/choose-installation.js';

/** Paths are named by what the program there answers; `?` is one that answers nothing. */
function readerOf(asked: string[] = []) {
  return {
    read: async (path: string) => {
      asked.push(path);
      return path.startsWith('/?') ? undefined : `nodejs-${path.slice(1)}`;
    },
  };
}
const at = (path: string, rank: number, foundBy = 'PATH'): Candidate => ({ path, rank, foundBy });
const CANDIDATES = [
  at('/20.1.0', 0, 'the daemon’s own'),
  at('/?', 1),
  at('/22.1.0', 2),
  at('/22.9.0', 3, 'nvm'),
  at('/22.10.0', 3, 'nvm'),
  at('/18.2.0', 3, 'nvm'),
];

const CASES: readonly [string | undefined, string | undefined, string][] = [
  ['nodejs', '/20.1.0', 'found by the daemon’s own, which comes first'],
  ['nodejs-22.x', '/22.1.0', 'found by PATH, which comes first'],
  ['nodejs-18', '/18.2.0', 'the only one that is nodejs-18'],
  ['nodejs-16.x', undefined, 'none of 6 is nodejs-16.x'],
  ['python-3.11', undefined, 'none of 6 is python-3.11'],
  [undefined, '/20.1.0', 'found by the daemon’s own, which comes first'],
];

for (const [wanted, path, because] of CASES)
  test(`choice: ${wanted ?? 'anything'} → ${path ?? 'none'}, ${because}`, async () => {
    const choice = await chooseInstallation(CANDIDATES, wanted, readerOf());
    expect([choice.chosen?.path, choice.because]).toEqual([path, because]);
    expect(choice.considered.map((one) => one.path)).toEqual([
      ...['/20.1.0', '/?', '/22.1.0', '/22.10.0', '/22.9.0', '/18.2.0'],
    ]);
    // What a launch picks is what was explained.
    expect((await pickInstallation(CANDIDATES, wanted, readerOf())).chosen?.path).toBe(path);
  });

test('choice: among equals the newest by number, not by text', async () => {
  const managed = CANDIDATES.filter(({ foundBy }) => foundBy === 'nvm');
  expect(await chooseInstallation(managed, 'nodejs-22.x', readerOf())).toMatchObject({
    chosen: { path: '/22.10.0' },
    because: 'the newest of those that fit',
  });
});

test('choice: a launch asks no further than it must', async () => {
  const asked: string[] = [];
  await pickInstallation(CANDIDATES, 'nodejs-20.x', readerOf(asked));
  expect(asked).toEqual(['/20.1.0']);
});
