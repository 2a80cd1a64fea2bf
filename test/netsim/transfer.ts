/** Two machines, a cable with weather, and a transfer between them: what arrived, and when. */

import { Random } from "../../src/base/random.ts";
import { Host } from "../../src/host/host.ts";
import type { TcpDefaults } from "../../src/host/tcp.ts";
import type { TcpListening } from "../../src/host/tcp-listening.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { Cable } from "../../src/link/cable.ts";
import { Faults } from "../../src/link/faults.ts";
import type { Weather } from "../../src/link/weather.ts";
import { QuickClock } from "./quick-clock.ts";

export interface Setting {
  readonly seed: number;
  /** Of each direction. */
  readonly weather: Weather;
  /** Bits per second, each way. */
  readonly rate?: number;
  readonly mtu?: number;
  readonly tcp?: TcpDefaults;
  /** How many bytes are sent, each way. */
  readonly up: number;
  readonly down: number;
  /** Give up after so many milliseconds; or so many without a byte. */
  readonly latest: number;
  readonly stall?: number;
}

export interface Outcome {
  readonly isDone: boolean;
  /** Whether each side got exactly what the other had said. */
  readonly isWhole: boolean;
  readonly heardUp: number;
  readonly heardDown: number;
  /** From the first SYN until all had been heard, in milliseconds. */
  readonly ms: number;
  readonly failures: readonly (string | undefined)[];
}

const CLIENT = "10.0.0.1/24";
const SERVER = "10.0.0.2/24";
const SERVER_ADDRESS = 0x0a000002;

export function transfer({ seed, weather, rate, mtu, tcp, up, down, latest, stall = latest }: Setting): Outcome {
  const clock = new QuickClock();
  const random = new Random(seed);
  const cable = new Cable({ clock, rate, mtu });
  const client = new Host({ clock, random: new Random(random.u32()), name: "client" });
  const server = new Host({ clock, random: new Random(random.u32()), name: "server" });
  client.attach(new Faults(cable.a, { clock, random, ...weather }), { address: CLIENT });
  server.attach(cable.b, { address: SERVER });
  for (const host of [client, server]) if (tcp !== undefined) host.tcp.defaults = tcp;

  const listening = server.tcp.listen({ port: 80 }) as TcpListening;
  const connect = (): Side => new Side(client.tcp.connect({ address: SERVER_ADDRESS, port: 80 }) as TcpStream, up, 1);
  let near = connect();
  let far: Side | undefined;
  listening.onChange = () => {
    const accepted = listening.accept();
    if (accepted !== undefined) far = new Side(accepted, down, 2);
  };
  const hasHeard = (): boolean => near.hasHeardAll && far?.hasHeardAll === true;
  const hasFailed = (): boolean => near.stream.error !== undefined || far?.stream.error !== undefined;
  let [heard, heardAt] = [0, 0];
  const isStalled = (): boolean => {
    const now = near.heard + (far?.heard ?? 0);
    if (now !== heard) [heard, heardAt] = [now, clock.now()];
    return clock.now() - heardAt > stall;
  };
  clock.run(() => {
    // ARP has little patience, and a server with those who only knock: one tries again, as a person would.
    if (near.stream.error !== undefined && far === undefined) near = connect();
    return hasHeard() || hasFailed() || isStalled();
  }, latest);
  const ms = clock.now();
  const outcome = {
    isDone: hasHeard(),
    isWhole: near.isRight && far?.isRight === true && far.heard === up && near.heard === down,
    heardUp: far?.heard ?? 0,
    heardDown: near.heard,
    ms,
    failures: [near.stream.error, far?.stream.error],
  };
  client.close();
  server.close();
  return outcome;
}

/** The byte at each place, other ones for each direction: which is lost, doubled or moved, shows. */
const byteAt = (at: number, salt: number): number => ((at * 31) ^ (at >> 8) ^ (at >> 16) ^ (salt * 97)) & 0xff;

/** One end of the conversation: says so many bytes, then the end, and checks what it hears. */
class Side {
  readonly stream: TcpStream;
  heard = 0;
  isRight = true;
  hasHeardAll = false;
  readonly #total: number;
  readonly #salt: number;
  #said = 0;
  #isEnded = false;

  constructor(stream: TcpStream, total: number, salt: number) {
    this.stream = stream;
    this.#total = total;
    this.#salt = salt;
    stream.onChange = () => this.#go();
    this.#go();
  }

  #go(): void {
    const { stream } = this;
    for (let bytes = stream.read(); bytes !== undefined; bytes = stream.read()) this.#hear(bytes);
    if (stream.isEnded) this.hasHeardAll = true;
    if (!stream.isConnected) return;
    while (this.#said < this.#total && stream.room > 0) this.#say(Math.min(8192, this.#total - this.#said));
    if (this.#said < this.#total || this.#isEnded) return;
    this.#isEnded = true;
    stream.end();
  }

  #say(length: number): void {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = byteAt(this.#said + i, this.#salt);
    this.#said += length;
    this.stream.write(bytes);
  }

  #hear(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) {
      if (bytes[i] !== byteAt(this.heard + i, 3 - this.#salt)) this.isRight = false;
    }
    this.heard += bytes.length;
  }
}
