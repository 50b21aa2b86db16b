/** Asks whether a whole text matches. */
export type TextTest = (text: string) => boolean;

export type CompiledRegex =
  | { readonly ok: true; readonly test: TextTest }
  | { readonly ok: false; readonly problem: string };

/** Compiles an expression of Go's RE2 syntax, anchored at both ends. */
export function compileRegex(source: string): CompiledRegex {
  try {
    const expression = new RegExp(
      `^(?:${source.replace(/^\(\?s\)/, '')})$`,
      source.startsWith('(?s)') ? 's' : '',
    );
    return { ok: true, test: (text) => expression.test(text) };
  } catch (thrown) {
    return { ok: false, problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
