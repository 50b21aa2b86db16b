import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Markdown files that git knows or would take. */
export function readPages(root) {
  const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed.stdout
    .split('\n')
    .filter((path) => path !== '' && existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** Fenced blocks with what stands behind the fence and the line of the fence. */
export function blocksOf({ text }) {
  const blocks = [];
  let open;
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line);
    if (open && fence?.[1].startsWith(open.fence)) {
      blocks.push(open);
      open = undefined;
    } else if (open) open.text += `${line}\n`;
    else if (fence) open = { fence: fence[1], info: fence[2].trim(), line: index + 1, text: '' };
  }
  return blocks;
}

/** Every relative link leads to a file, and its `#part` to a heading of it. */
export function checkLinks(root) {
  return readPages(root).flatMap((page) =>
    linksOf(page).flatMap(({ target, line }) => {
      const problem = brokenBecause(root, page, target);
      return problem ? [`${page.path}:${line} link '${target}' ${problem}`] : [];
    }),
  );
}

function linksOf({ text }) {
  const links = [];
  let isInBlock = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) isInBlock = !isInBlock;
    if (isInBlock) continue;
    for (const [, target] of line.replace(/`[^`]*`/g, '').matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g))
      links.push({ target, line: index + 1 });
  }
  return links;
}

function brokenBecause(root, page, target) {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [file, part] = target.split('#');
  const path = file === '' ? join(root, page.path) : join(root, dirname(page.path), decodeURIComponent(file));
  if (!existsSync(path)) return 'leads nowhere';
  if (!part || !path.endsWith('.md')) return undefined;
  return anchorsOf(readFileSync(path, 'utf8')).has(part) ? undefined : 'names no heading there';
}

/** Headings as the usual renderers turn them into anchors. */
function anchorsOf(text) {
  const headings = [...text.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)].map(([, heading]) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  );
}
