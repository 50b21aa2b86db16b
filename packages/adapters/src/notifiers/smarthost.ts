/** Where mails are handed in. */
export interface MailServer {
  host: string;
  port: number;
}

/** A host with colons of its own stands in brackets. */
const HOST_AND_PORT = /^(?:\[([^[\]\s]+)\]|([^[\]:\s]+)):(\d{1,5})$/;

/** The mail server of a text such as `mail.example.org:587` or `[::1]:25`; undefined when it is not `host:port`. */
export function parseSmarthost(text: string): MailServer | undefined {
  const [, inBrackets, plain, digits] = HOST_AND_PORT.exec(text) ?? [];
  const host = inBrackets ?? plain;
  const port = Number(digits);
  return host !== undefined && port > 0 && port < 65_536 ? { host, port } : undefined;
}
