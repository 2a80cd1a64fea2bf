/** What an application may say when it listens or connects (RFC 9293 §3.9.1.1). */

/** How packets are marked on their way. */
export interface TcpMarks {
  /** How many routers a segment may pass (RFC 9293 MUST-49). Default 64. */
  readonly ttl?: number;
  /** The Differentiated Services field (MUST-48, RFC 2474). Default 0. */
  readonly tos?: number;
}

export interface ListenWishes extends TcpMarks {
  /** Default 0: all addresses of the machine. */
  readonly address?: number;
  /** 0: one that is free. */
  readonly port: number;
  /** How many may wait to be accepted. Default 511. */
  readonly backlog?: number;
}

export interface ConnectWishes extends TcpMarks {
  readonly address: number;
  readonly port: number;
  /** Where to speak from; what is missing or 0 is chosen. */
  readonly from?: { readonly address?: number; readonly port?: number };
}

/**
 * A port, or a RangeError.
 *
 * @example
 * checkPort(80, "connect to"); // 80
 */
export function checkPort(port: number, what: string): number {
  if (Number.isInteger(port) && port >= 0 && port <= 0xffff) return port;
  throw new RangeError(`Cannot ${what} port ${port}: ports are numbers from 0 to 65535`);
}

/**
 * A byte of the IP header, or a RangeError which names it.
 *
 * @example
 * checkByte(0xb8, "tos"); // 184
 */
export function checkByte(value: number, name: "ttl" | "tos"): number {
  const least = name === "ttl" ? 1 : 0;
  if (Number.isInteger(value) && value >= least && value <= 0xff) return value;
  throw new RangeError(`Cannot use the ${name} ${value}: it is a number from ${least} to 255`);
}
