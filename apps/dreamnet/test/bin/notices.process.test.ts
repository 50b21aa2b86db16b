import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

/** A tool of the repository, no package. */
const TOOL = new URL('../../../../tools/notices.mjs', import.meta.url).href;
const { collectNotices } = (await import(TOOL)) as { collectNotices(modules: Iterable<string>): string };

const made = (path: string) =>
  fileURLToPath(new URL(`../../../../apps/${path}/third-party.txt`, import.meta.url));

/** Name and version of each package, and what is said of it. */
function entriesOf(text: string): Map<string, string> {
  const parts = text.split(/^-{100}\n/m).slice(1);
  return new Map(parts.map((part) => [part.split('\n')[0] ?? '', part]));
}

function packageIn(root: string, files: Record<string, string>): string {
  const folder = join(root, 'node_modules/@some/thing');
  mkdirSync(join(folder, 'lib'), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return join(folder, 'lib/index.js');
}

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), 'dreamnet-notices-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

for (const [what, path, some] of [
  ['program', 'dreamnet/dist/bundle', ['commander', 'fastify', 'yaml', 'zod']],
  ['console', 'console/dist', ['react', 'react-dom', 'uplot']],
] as const)
  test(`notices: the ${what} is built with the licence of all it is made of`, () => {
    expect(existsSync(made(path)), 'run npm run build').toBe(true);
    const entries = entriesOf(readFileSync(made(path), 'utf8'));
    const names = [...entries.keys()].map((name) => name.replace(/ \S+$/, ''));
    expect(names).toEqual(expect.arrayContaining([...some]));
    for (const text of entries.values()) expect(text).toMatch(/^Licence: \S/m);
    const withoutText = [...entries].filter(([, text]) => !/copyright|permission|free software/i.test(text));
    // It brings none; its author and address stand there instead.
    expect(withoutText.map(([name]) => name)).toEqual(
      path.startsWith('dreamnet') ? ['abstract-logging 2.0.1'] : [],
    );
    for (const [, text] of withoutText) expect(text).toMatch(/Made by \S.*http/);
  });

test('notices: each package once, with its licence and its notice, whatever the bundler puts around a path', () => {
  const root = folder();
  const files = { 'package.json': '{"name":"@some/thing","version":"1.2.3","license":"MIT"}' };
  const module = packageIn(root, { ...files, 'LICENSE.md': 'Copyright some', NOTICE: 'made by others' });
  const text = collectNotices([module, `\0${module}?commonjs`, join(root, 'src/own.js'), '\0virtual']);
  expect([...entriesOf(text).keys()]).toEqual(['@some/thing 1.2.3']);
  expect(text).toContain('Licence: MIT\n\nCopyright some\n\nmade by others');
});

test('notices: a package that does not say its licence is not bundled', () => {
  const module = packageIn(folder(), { 'package.json': '{"name":"@some/thing","version":"1.2.3"}' });
  expect(() => collectNotices([module])).toThrow('does not say its licence');
});
