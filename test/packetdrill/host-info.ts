/** TCP_INFO of a stream of ours: what it has of what Linux would tell, in Linux's units. */

import type { TcpStream } from "../../src/host/tcp-stream.ts";
import type { TcpState } from "../../src/tcp/states.ts";

const STATES: Readonly<Record<TcpState, number>> = {
  "ESTABLISHED": 1,
  "SYN-SENT": 2,
  "SYN-RECEIVED": 3,
  "FIN-WAIT-1": 4,
  "FIN-WAIT-2": 5,
  "TIME-WAIT": 6,
  "CLOSED": 7,
  "CLOSE-WAIT": 8,
  "LAST-ACK": 9,
  "LISTEN": 10,
  "CLOSING": 11,
};

const LOSS_STATES = { open: 0, recovery: 3, loss: 4 } as const;
/** Something has been reported out of order, and nothing is believed lost: Linux's "Disorder". */
const DISORDER = 1;

/** Linux's "infinite". */
const NO_THRESHOLD = 0x7fffffff;

export function infoOf({ connection }: TcpStream): ReadonlyMap<string, number> {
  const { sender } = connection;
  const { loss, flights, rto, mss } = sender;
  const { state } = loss;
  const segments = (bytes: number): number => Math.round(bytes / mss);
  const threshold = segments(loss.congestion.threshold);
  return new Map([
    ["tcpi_state", STATES[connection.state]],
    ["tcpi_ca_state", state === "open" && flights.sackedCount > 0 ? DISORDER : LOSS_STATES[state]],
    ["tcpi_rto", Math.round(rto.current * 1000)],
    ["tcpi_rtt", Math.round((rto.smoothed ?? 0) * 1000)],
    ["tcpi_rttvar", Math.round(rto.variance * 1000)],
    ["tcpi_snd_mss", mss],
    ["tcpi_unacked", flights.count],
    ["tcpi_sacked", flights.sackedCount],
    ["tcpi_lost", segments(flights.lost)],
    ["tcpi_snd_cwnd", segments(loss.window)],
    ["tcpi_snd_ssthresh", Math.min(threshold, NO_THRESHOLD)],
  ]);
}
