/**
 * The media type in a `Content-Type`, without its parameters and in small letters; empty when there is none.
 *
 * @source RFC 9110 §8.3.1: type and subtype ignore case
 */
export function mediaTypeOf(contentType: string | undefined): string {
  const [type = ''] = (contentType ?? '').split(';', 1);
  return type.trim().toLowerCase();
}
