/** Who listens where (RFC 9293 §3.9.1.1): at one address of the machine, or at all of them. */

import type { TcpListening } from "./tcp-listening.ts";

/** @internal Of `Tcp`. */
export class TcpListeners {
  readonly #byPort = new Map<number, readonly TcpListening[]>();

  add(listening: TcpListening): void {
    this.#byPort.set(listening.port, [...this.#on(listening.port), listening]);
  }

  remove(listening: TcpListening): void {
    const others = this.#on(listening.port).filter((other) => other !== listening);
    if (others.length === 0) this.#byPort.delete(listening.port);
    else this.#byPort.set(listening.port, others);
  }

  /** Who listens at all addresses shares a port with nobody. */
  isTaken(address: number, port: number): boolean {
    return this.#on(port).some((other) => other.address === 0 || address === 0 || other.address === address);
  }

  /** Whom somebody means who knocks there. */
  at(address: number, port: number): TcpListening | undefined {
    return this.#on(port).find((one) => one.address === address || one.address === 0);
  }

  #on(port: number): readonly TcpListening[] {
    return this.#byPort.get(port) ?? NOBODY;
  }
}

const NOBODY: readonly TcpListening[] = [];
