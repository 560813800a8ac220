const unstorable = /\0|\p{Cs}/u;

/** Whether a text can be stored: PostgreSQL refuses U+0000, and a lone surrogate has no UTF-8 form. */
export function isStorable(text: string): boolean {
  return !unstorable.test(text);
}
