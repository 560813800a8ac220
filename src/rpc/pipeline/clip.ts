const utf8 = new TextEncoder();

/**
 * Cuts a text to a number of UTF-8 bytes, and replaces lone surrogates. Error texts quote the caller, travel in HTTP
 * trailers of a few kilobytes, and are percent-encoded there by code that throws on a lone surrogate.
 */
export function clip(text: string, bytesMax: number): string {
  const { read } = utf8.encodeInto(text, new Uint8Array(bytesMax));
  const whole = read === text.length ? text : `${text.slice(0, read)}…`;
  return whole.replace(/\p{Cs}/gu, "\ufffd");
}
