import { expect, test } from 'vitest';
import { pm2AppsIn, readPm2 } from '../../src/import/read-pm2.js';

test('PM2: scripts of every kind have the interpreter PM2 has for them', () => {
  const apps = ['x.ts', 'x.tsx', 'x.coffee', 'x.ls'].map((script) => ({ name: script, script }));
  const source = { path: 'ecosystem.json', folder: '/', text: '' };
  const { agents } = readPm2(source, pm2AppsIn({ apps }) ?? [], { apps });
  expect(agents.map(({ command }) => command)).toEqual([
    ['bun', 'x.ts'],
    ['bun', 'x.tsx'],
    ['coffee', 'x.coffee'],
    ['lsc', 'x.ls'],
  ]);
  const note = 'PM2 runs it with bun, before version 6 with ts-node: name the one that is installed here';
  expect(agents.map(({ notes }) => notes.includes(note))).toEqual([true, true, false, false]);
});

test('PM2: an interpreter that is given counts, and so does none', () => {
  const apps = [
    { script: 'x.ts', interpreter: 'tsx' },
    { script: 'x.ts', interpreter: 'none' },
  ];
  const { agents } = readPm2({ path: 'ecosystem.json', folder: '/', text: '' }, apps, { apps });
  expect(agents.map(({ command }) => command)).toEqual([['tsx', 'x.ts'], ['x.ts']]);
  expect(agents.flatMap(({ notes }) => notes)).toEqual([]);
});
