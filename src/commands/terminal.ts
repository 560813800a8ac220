/** Where a command writes, without it knowing of the process. */
export interface Terminal {
  /** What was asked for: standard output. */
  print(text: string): void;
  /** What is said meanwhile: standard error. */
  say(text: string): void;
  /** Whether what is said is read by a person at this moment. */
  readonly isInteractive: boolean;
}
