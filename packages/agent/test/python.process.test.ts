import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('../../../python', import.meta.url));

function python(...args: string[]) {
  return spawnSync('python3', args, {
    cwd: FOLDER,
    encoding: 'utf8',
    env: { ...process.env, PYTHONPATH: FOLDER, PYTHONDONTWRITEBYTECODE: '1' },
    timeout: 28_000,
  });
}

test('python: the tests of dreamnet_agent hold, and all of them ran', () => {
  const { status, stderr } = python('-m', 'unittest', 'discover', '-s', 'tests');
  expect(stderr).toMatch(/Ran \d{2,} tests[\s\S]*\nOK\n/);
  expect(status).toBe(0);
});

test('python: every file is in the syntax of Python 3.9', () => {
  const files = readdirSync(join(FOLDER, 'dreamnet_agent')).filter((file) => file.endsWith('.py'));
  const check = 'import ast,sys\nfor f in sys.argv[1:]: ast.parse(open(f).read(), f, feature_version=(3, 9))';
  const paths = files.map((file) => join('dreamnet_agent', file));
  expect(python('-c', check, ...paths)).toMatchObject({ status: 0, stderr: '' });
  expect(files.length).toBeGreaterThan(5);
});

test('python: nothing but the standard library is imported', () => {
  const check = `
import ast, glob, sys
for file in glob.glob('dreamnet_agent/*.py'):
    for node in ast.walk(ast.parse(open(file).read())):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        for name in names:
            if name.split('.')[0] not in sys.stdlib_module_names:
                print(file, name)
`;
  expect(python('-c', check)).toMatchObject({ status: 0, stdout: '', stderr: '' });
});
