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
    const assigned = /^([^\s=:][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
    if (header !== undefined) {
      sections.push({ name: header.trim(), values: {} });
      key = undefined;
    } else if (section && /^\s/.test(line) && key !== undefined)
      section.values[key] = `${section.values[key]} ${line.trim()}`;
    else if (section && assigned) {
      key = assigned[1]?.toLowerCase() ?? '';
      section.values[key] = assigned[2]?.trim() ?? '';
    }
  }
  return sections;
}
