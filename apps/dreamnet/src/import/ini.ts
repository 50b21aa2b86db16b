/** One section of an INI file. */
export interface IniSection {
  name: string;
  values: Record<string, string>;
}

/** Reads INI as supervisord does: `;` and `#` begin a comment, ` ;` ends a value, indented lines go on with it. */
export function parseIni(text: string): IniSection[] {
  const sections: IniSection[] = [];
  let key: string | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.replace(/\s;.*$/, '');
    if (/^\s*([;#]|$)/.test(line)) continue;
    const header = /^\[([^\]]+)\]/.exec(line)?.[1];
    const section = sections.at(-1);
    const at = line.search(/[=:]/);
    if (header !== undefined) {
      sections.push({ name: header.trim(), values: Object.create(null) as Record<string, string> });
      key = undefined;
    } else if (section && /^\s/.test(line) && key !== undefined)
      section.values[key] = `${section.values[key]} ${line.trim()}`;
    else if (section && at > 0 && !/^\s/.test(line)) {
      key = line.slice(0, at).trim().toLowerCase();
      section.values[key] = line.slice(at + 1).trim();
    }
  }
  return sections;
}
