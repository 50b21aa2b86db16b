/**
 * Sequences that a terminal acts on and does not show: those that begin with `ESC [` (colours among them), and with `ESC ]` (titles, links).
 *
 * @source ECMA-48 §5.4 for `ESC [`; xterm's control sequences for `ESC ]`
 */
export const TERMINAL_SEQUENCE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /\u001b\[[0-9;:?<=>]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g;
