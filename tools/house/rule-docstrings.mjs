import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { lineOf } from './sources.mjs';

/**
 * Every export of a package's entry has a docstring where it is declared (HOUSE rule 13). A shape whose every line is
 * a literal or another named type says itself: type aliases and interfaces of the catalogue are not asked.
 */
export function* checkDocstrings(sources) {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  for (const entry of sources) {
    if (!/^packages\/[^/]+\/src\/index\.ts$/.test(entry.path)) continue;
    for (const statement of entry.tree.statements) {
      if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) continue;
      if (!statement.exportClause || !ts.isNamedExports(statement.exportClause)) continue;
      const target = join(dirname(entry.path), statement.moduleSpecifier.text).replace(/\.js$/, '.ts');
      const source = byPath.get(target) ?? byPath.get(`${target}x`);
      if (!source) continue;
      for (const element of statement.exportClause.elements)
        yield* checkDeclaration(source, (element.propertyName ?? element.name).text);
    }
  }
}

function* checkDeclaration(source, name) {
  const declaration = source.tree.statements.find((one) => declares(one, name));
  if (!declaration || ts.isTypeAliasDeclaration(declaration) || ts.isInterfaceDeclaration(declaration))
    return;
  if (ts.getJSDocCommentsAndTags(declaration).length > 0) return;
  yield {
    source,
    rule: 'docstring',
    line: lineOf(source, declaration),
    message: `'${name}' is public and says nothing`,
  };
}

function declares(statement, name) {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.some((one) => one.name.getText() === name);
  return statement.name?.getText() === name;
}
