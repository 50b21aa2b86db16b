import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const PAGE = 'docs/reference/errors.md';
/** The program has no entry for others; its table stands in a file of its own. */
const PROGRAM_TABLE = 'apps/dreamnet/dist/errors.js';

/** `docs/reference/errors.md` says exactly what the error tables of the built packages say. */
export async function checkErrorPage(root, { write }) {
  const { tables, problems } = await readTables(root);
  const expected = renderPage(tables);
  const path = join(root, PAGE);
  if (write) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, expected);
  }
  const actual = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (actual !== expected)
    problems.push(`${PAGE}: is not what the error tables say; run 'node tools/docs/check.mjs --write'`);
  return [...problems, ...doubleCodes(tables)];
}

async function readTables(root) {
  const names = readdirSync(join(root, 'packages'))
    .filter((name) => name !== 'testkit' && existsSync(join(root, 'packages', name, 'src/index.ts')))
    .sort();
  const entries = [
    ...names.map((name) => ({ owner: `@dreamnet/${name}`, file: `packages/${name}/dist/index.js` })),
    { owner: 'dreamnet', file: PROGRAM_TABLE },
  ];
  const problems = [];
  const tables = [];
  for (const { owner, file } of entries) {
    const path = join(root, file);
    if (!existsSync(path)) {
      problems.push(`${file}: is not built; run 'npm run build'`);
      continue;
    }
    const exported = await import(pathToFileURL(path).href);
    const rows = Object.entries(exported)
      .filter(([name]) => name.endsWith('_ERRORS'))
      .flatMap(([, table]) => Object.entries(table));
    if (rows.length > 0) tables.push({ owner, rows: rows.sort(([a], [b]) => a.localeCompare(b)) });
  }
  return { tables, problems };
}

function doubleCodes(tables) {
  const ownerOf = new Map();
  return tables.flatMap(({ owner, rows }) =>
    rows.flatMap(([code]) => {
      const other = ownerOf.get(code);
      ownerOf.set(code, owner);
      return other === undefined ? [] : [`${code}: is in the tables of ${other} and of ${owner}`];
    }),
  );
}

function renderPage(tables) {
  const sections = tables.map(({ owner, rows }) => {
    const lines = rows.map(
      ([code, { httpStatus, isRetryable, template }]) =>
        `| \`${code}\` | ${httpStatus} | ${isRetryable ? 'yes' : 'no'} | ${template.replaceAll('|', '\\|').replace(/\s+/g, ' ')} |`,
    );
    return `## ${owner}\n\n| code | HTTP | try again | message |\n| --- | --- | --- | --- |\n${lines.join('\n')}\n`;
  });
  return `# Errors

Made from the error tables of the packages by \`node tools/docs/check.mjs --write\`; do not edit.

Every error has a \`code\`, a \`message\`, \`retryable\` and \`details\`; tell errors apart by the code. Words in braces stand for
values of \`details\`. "Try again" says whether the same call may succeed later without a change.

${sections.join('\n')}`;
}
