import { loneCharacter, type RegexTree } from './regex-tree.js';

/** Every text that an expression matches holds one of these. */
export interface RequiredTexts {
  readonly texts: readonly string[];
  /** They are in small letters, and the expression takes them in any case. ASCII only. */
  readonly isFolded: boolean;
}

/** More alternatives say too little to be looked up. */
const MOST_TEXTS = 16;
/** Enough to tell texts apart; of a longer one its end counts, where names of a kind differ. */
const LONGEST_TEXT = 32;
const LAST_ASCII = 0x7f;

/**
 * What a text must hold for an expression to match it: `-42.` of `.*-42\..*`, `eu-` or `us-` of `.*(eu|us)-[0-9]+`.
 *
 * @returns undefined when the expression promises nothing.
 * @source the idea of RE2's FilteredRE2: look for strings first, for expressions then
 */
export function requiredTexts(tree: RegexTree): RequiredTexts | undefined {
  const found = requiredOf(tree);
  return found && { ...found, texts: found.texts.map((text) => text.slice(-LONGEST_TEXT)) };
}

function requiredOf(tree: RegexTree): RequiredTexts | undefined {
  if (tree.kind === 'assert') return undefined;
  if (tree.kind === 'repeat') return tree.min > 0 ? requiredOf(tree.part) : undefined;
  if (tree.kind === 'choice') return ofChoice(tree.parts);
  return best(candidatesOf(flat(tree)));
}

/** Characters in a row make one text; every other part makes what it makes. */
function candidatesOf(parts: readonly RegexTree[]): RequiredTexts[] {
  const found: RequiredTexts[] = [];
  let text = '';
  let isFolded = false;
  const close = (): void => {
    if (text !== '') found.push({ texts: [isFolded ? text.toLowerCase() : text], isFolded });
    text = '';
    isFolded = false;
  };
  for (const part of parts) {
    const code = part.kind === 'set' ? loneCharacter(part.set) : undefined;
    // In other scripts letters have more than two cases.
    if (part.kind === 'set' && code !== undefined && (!part.set.isFolded || code <= LAST_ASCII)) {
      if (isFolded !== part.set.isFolded) close();
      isFolded = part.set.isFolded;
      text += String.fromCodePoint(code);
      continue;
    }
    close();
    const own = part.kind === 'set' ? undefined : requiredOf(part);
    if (own) found.push(own);
  }
  close();
  return found;
}

function flat(tree: RegexTree): readonly RegexTree[] {
  return tree.kind === 'sequence' ? tree.parts.flatMap(flat) : [tree];
}

function ofChoice(parts: readonly RegexTree[]): RequiredTexts | undefined {
  const texts: string[] = [];
  const found = parts.map(requiredOf);
  const isFolded = found[0]?.isFolded ?? false;
  for (const one of found) {
    if (!one || one.isFolded !== isFolded || texts.length + one.texts.length > MOST_TEXTS) return undefined;
    texts.push(...one.texts);
  }
  return { texts, isFolded };
}

/** The longest says most; of equally long ones the fewest. */
function best(candidates: readonly RequiredTexts[]): RequiredTexts | undefined {
  const lengthOf = ({ texts }: RequiredTexts) => Math.min(...texts.map(({ length }) => length));
  return [...candidates].sort((a, b) => lengthOf(b) - lengthOf(a) || a.texts.length - b.texts.length)[0];
}
