/**
 * JSON as editors keep it: comments and commas before a closing bracket are left out, texts are left alone. A comment that
 * does not end goes on to the end: looking for the end of each would take forever in a file made for that.
 */
export function stripJsonComments(text: string): string {
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, keepText);
  return plain.replace(/"(?:[^"\\]|\\.)*"|,(?=\s*[\]}])/g, keepText);
}

function keepText(piece: string): string {
  return piece.startsWith('"') ? piece : '';
}
