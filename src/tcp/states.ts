/**
 * The TCP state diagram (RFC 9293 §3.3.2, figure 5) as a table: in this state, when this happens, go there. What is
 * not in the table does not move us.
 *
 * The names are the RFC's own.
 */

export const NEXT = {
  CLOSED: { open: "SYN-SENT", listen: "LISTEN" },
  LISTEN: { SYN: "SYN-RECEIVED", close: "CLOSED" },
  "SYN-SENT": { "SYN,ACK": "ESTABLISHED", SYN: "SYN-RECEIVED", close: "CLOSED" },
  "SYN-RECEIVED": { "ACK of SYN": "ESTABLISHED", close: "FIN-WAIT-1", FIN: "CLOSE-WAIT" },
  ESTABLISHED: { close: "FIN-WAIT-1", FIN: "CLOSE-WAIT" },
  "FIN-WAIT-1": { "ACK of FIN": "FIN-WAIT-2", FIN: "CLOSING" },
  "FIN-WAIT-2": { FIN: "TIME-WAIT" },
  "CLOSE-WAIT": { close: "LAST-ACK" },
  CLOSING: { "ACK of FIN": "TIME-WAIT" },
  "LAST-ACK": { "ACK of FIN": "CLOSED" },
  "TIME-WAIT": { "2MSL": "CLOSED" },
} as const satisfies Record<string, Record<string, string>>;

export type TcpState = keyof typeof NEXT;

/** What may happen to a connection; a reset ends it in every state, so it needs no row. */
export type TcpHappening =
  | "open"
  | "listen"
  | "close"
  | "SYN"
  | "SYN,ACK"
  | "ACK of SYN"
  | "FIN"
  | "ACK of FIN"
  | "2MSL"
  | "reset";

/**
 * Where that leads.
 *
 * @example
 * next("ESTABLISHED", "FIN"); // "CLOSE-WAIT"
 */
export function next(state: TcpState, happening: TcpHappening): TcpState {
  if (happening === "reset") return "CLOSED";
  const row: Partial<Record<TcpHappening, TcpState>> = NEXT[state];
  return row[happening] ?? state;
}
