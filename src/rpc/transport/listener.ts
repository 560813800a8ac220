/** A port that is being served. */
export interface Listener {
  /** The port that was bound; the real one when 0 was asked for. */
  readonly port: number;
  /** Stops listening, lets answers under way leave, and cuts what is still connected after `graceMs`. */
  close(graceMs: number): Promise<void>;
}
