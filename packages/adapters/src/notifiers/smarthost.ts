/** Where mails are handed in. */
export interface MailServer {
  host: string;
  port: number;
}

/** The mail server of a text such as `mail.example.org:587` or `[::1]:25`; undefined when it is not `host:port`. */
export function parseSmarthost(text: string): MailServer | undefined {
  const match = /^\[?([^[\]]+?)\]?:(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  return match?.[1] !== undefined && port > 0 && port < 65_536 ? { host: match[1], port } : undefined;
}
