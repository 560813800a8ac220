const subjectCharactersMax = 64;

/** Whether this may be the `sub` of a token: 1 to 64 characters, no control character, no lone surrogate. */
export function isSubject(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value !== "" &&
    [...value].length <= subjectCharactersMax &&
    !/[\p{Cc}\p{Cs}]/u.test(value)
  );
}
