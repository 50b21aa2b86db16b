import { onlyCharacter, type RegexTree } from './regex-tree.js';

/** With more texts than these an expression is asked rather than listed. */
const MOST_TEXTS = 100;

/**
 * The only texts that an anchored expression matches, such as `a` and `b` for `a|b`.
 *
 * @returns undefined when they are too many, or cannot be told from the expression.
 */
export function textsOf(tree: RegexTree): readonly string[] | undefined {
  const parts = anchoredParts(tree);
  const last = parts?.at(-1);
  if (!parts || last?.kind !== 'assert' || last.what !== 'end') return undefined;
  return sequenceTexts(parts.slice(0, -1));
}

/** What every text that an anchored expression matches begins with; empty when nothing is known of it. */
export function prefixOf(tree: RegexTree): string {
  return leadingText(anchoredParts(tree) ?? []);
}

/** What follows the beginning of the text; undefined when the expression may begin anywhere. */
function anchoredParts(tree: RegexTree): readonly RegexTree[] | undefined {
  if (tree.kind !== 'sequence') return undefined;
  const [first, ...rest] = tree.parts;
  return first?.kind === 'assert' && first.what === 'begin' ? rest : undefined;
}

function leadingText(parts: readonly RegexTree[]): string {
  let text = '';
  for (const part of parts) {
    const texts = partTexts(part);
    const [only] = texts ?? [];
    if (only === undefined || texts?.length !== 1)
      return part.kind === 'sequence' ? text + leadingText(part.parts) : text;
    text += only;
  }
  return text;
}

function partTexts(tree: RegexTree): readonly string[] | undefined {
  if (tree.kind === 'set') {
    const code = onlyCharacter(tree.set);
    return code === undefined ? undefined : [String.fromCodePoint(code)];
  }
  if (tree.kind === 'sequence') return sequenceTexts(tree.parts);
  if (tree.kind === 'choice') return choiceTexts(tree.parts);
  if (tree.kind === 'assert' || tree.max > 1) return undefined;
  const texts = partTexts(tree.part);
  return texts && tree.min === 0 ? ['', ...texts] : texts;
}

function sequenceTexts(parts: readonly RegexTree[]): readonly string[] | undefined {
  let texts: readonly string[] = [''];
  for (const part of parts) {
    const next = partTexts(part);
    if (!next || texts.length * next.length > MOST_TEXTS) return undefined;
    texts = texts.flatMap((text) => next.map((more) => text + more));
  }
  return texts;
}

function choiceTexts(parts: readonly RegexTree[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const part of parts) {
    const next = partTexts(part);
    if (!next || texts.length + next.length > MOST_TEXTS) return undefined;
    texts.push(...next);
  }
  return texts;
}
