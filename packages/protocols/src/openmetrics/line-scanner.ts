/** How lines are written in one of the two formats. */
export interface LineSyntax {
  /** Any run of spaces and tabs separates, and a comma may follow the last label. */
  readonly isLoose: boolean;
  readonly labelLimit: number;
}

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const CLOSING_BRACE = 0x7d;
const UNESCAPED: Readonly<Record<string, string>> = { '\\': '\\', '"': '"', n: '\n' };

/** Bit 1: begins the name of a label; bit 2: goes on in it. A metric's name may have colons, too. */
const LETTERS = new Uint8Array(128);
for (let code = 0; code < LETTERS.length; code += 1) {
  const letter = String.fromCharCode(code);
  LETTERS[code] = /[a-zA-Z_]/.test(letter) ? 3 : /[0-9]/.test(letter) ? 2 : 0;
}
const COLON = 0x3a;

/** Walks a line once, from left to right. One scanner serves all lines of a text: making one costs more than a line. */
export class LineScanner {
  private line = '';
  private at = 0;

  constructor(private readonly syntax: LineSyntax) {}

  begin(line: string): void {
    this.line = line;
    this.at = 0;
  }

  /** Empty when there is none. */
  metricName(): string {
    if (this.syntax.isLoose) this.skipBlanks();
    return this.name(true);
  }

  /** The labels in braces, or why they are none; without braces none. */
  labels(): Record<string, string> | string {
    // Without a prototype: a label may be called like any property.
    const found: Record<string, string> = Object.create(null);
    if (this.line.charAt(this.at) !== '{') return found;
    this.step();
    for (let count = 0; this.line.charCodeAt(this.at) !== CLOSING_BRACE; count += 1) {
      if (count === this.syntax.labelLimit) return `more than ${this.syntax.labelLimit} labels`;
      const why = this.label(found);
      if (why !== undefined) return why;
      if (this.line.charCodeAt(this.at) === CLOSING_BRACE) break;
      if (this.line.charCodeAt(this.at) !== COMMA) return "expected ',' or '}' after a label";
      this.step();
      if (!this.syntax.isLoose && this.line.charCodeAt(this.at) === CLOSING_BRACE)
        return 'a comma after the last label';
    }
    this.at += 1;
    return found;
  }

  /** Passes the separator: exactly one space, or any run of blanks where the syntax is loose. */
  gap(): boolean {
    const begin = this.at;
    if (this.syntax.isLoose) this.skipBlanks();
    else if (this.line.charCodeAt(this.at) === SPACE) this.at += 1;
    return this.at > begin;
  }

  /** Everything up to the next separator. */
  token(): string {
    const begin = this.at;
    while (this.at < this.line.length && !this.isBlank(this.line.charCodeAt(this.at))) this.at += 1;
    return this.line.slice(begin, this.at);
  }

  take(text: string): boolean {
    if (!this.line.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  isAt(code: number): boolean {
    return this.line.charCodeAt(this.at) === code;
  }

  isBehind(code: number): boolean {
    return this.line.charCodeAt(this.at - 1) === code;
  }

  isDone(): boolean {
    return this.at === this.line.length;
  }

  private isBlank(code: number): boolean {
    return code === SPACE || (code === TAB && this.syntax.isLoose);
  }

  private skipBlanks(): void {
    while (this.at < this.line.length && this.isBlank(this.line.charCodeAt(this.at))) this.at += 1;
  }

  /** Passes one character and, where the syntax is loose, the blanks after it. */
  private step(): void {
    this.at += 1;
    if (this.syntax.isLoose) this.skipBlanks();
  }

  private name(isMetric: boolean): string {
    const begin = this.at;
    for (let wanted = 1; this.at < this.line.length; this.at += 1, wanted = 2) {
      const code = this.line.charCodeAt(this.at);
      const isPart = ((LETTERS[code] ?? 0) & wanted) !== 0 || (isMetric && code === COLON);
      if (!isPart) break;
    }
    return this.line.slice(begin, this.at);
  }

  /** Reads one label into the record. @returns why it is none */
  private label(into: Record<string, string>): string | undefined {
    const name = this.name(false);
    if (name === '') return 'expected the name of a label';
    if (this.syntax.isLoose) this.skipBlanks();
    if (this.line.charCodeAt(this.at) !== EQUALS) return `expected '=' after the label '${name}'`;
    this.step();
    const value = this.quoted();
    if (value === undefined) return `expected a value in double quotes for the label '${name}'`;
    if (name in into) return `the label '${name}' is given twice`;
    into[name] = value;
    if (this.syntax.isLoose) this.skipBlanks();
    return undefined;
  }

  private quoted(): string | undefined {
    const { line } = this;
    if (line.charCodeAt(this.at) !== QUOTE) return undefined;
    const begin = this.at + 1;
    const end = line.indexOf('"', begin);
    if (end < 0) return undefined;
    const plain = line.slice(begin, end);
    if (plain.includes('\\')) return this.escaped(begin);
    this.at = end + 1;
    return plain;
  }

  /** A backslash before any other character stands for itself. */
  private escaped(begin: number): string | undefined {
    const { line } = this;
    let text = '';
    for (let at = begin; at < line.length; at += 1) {
      const letter = line.charAt(at);
      if (letter === '"') {
        this.at = at + 1;
        return text;
      }
      const meant = letter === '\\' ? UNESCAPED[line.charAt(at + 1)] : undefined;
      text += meant ?? letter;
      if (meant !== undefined) at += 1;
    }
    return undefined;
  }
}
