/** An ICMP message, in the words of `tcpdump -n`. */

import { u16 } from "./big-endian.ts";
import {
  ICMP_HEADER,
  type IcmpMessage,
  type IcmpRedirect,
  type IcmpUnreachable,
  readIcmp,
  UNREACHABLE,
} from "./icmp.ts";
import { PROTOCOL, parseIpv4Quote } from "./ipv4.ts";
import { printIpv4 } from "./ipv4-number.ts";
import { wrongChecksum } from "./print-checksum.ts";

/** @internal `length` is what the packet's payload should have. */
export function printIcmp(bytes: Uint8Array, length: number, isWhole: boolean): string {
  const message = readIcmp(bytes);
  const what =
    message !== undefined ? printMessage(message) : bytes.length < ICMP_HEADER ? "[|icmp]" : `type-#${bytes[0]}`;
  const wrong = isWhole && bytes.length >= ICMP_HEADER ? wrongChecksum(bytes, 2, bytes.length) : undefined;
  const damage = wrong === undefined ? "" : ` (wrong icmp cksum ${wrong.is} -> ${wrong.shouldBe}!)`;
  return `ICMP ${what}, length ${length}${damage}`;
}

function printMessage(message: IcmpMessage): string {
  switch (message.kind) {
    case "echo request":
    case "echo reply":
      return `${message.kind}, id ${message.identifier}, seq ${message.sequence}`;
    case "unreachable":
      return printUnreachable(message);
    case "redirect":
      return printRedirect(message);
    case "time exceeded":
      return message.code === 0 ? "time exceeded in-transit" : "ip reassembly time exceeded";
    case "parameter problem":
      return `parameter problem - octet ${message.pointer}`;
  }
}

/** What is said of the destination, before and behind its address; of codes that are not here, the number. */
const WHY: Record<number, [before: string, behind: string]> = {
  [UNREACHABLE.net]: ["net ", ""],
  [UNREACHABLE.host]: ["host ", ""],
  [UNREACHABLE.sourceRouteFailed]: ["", " - source route failed"],
  [UNREACHABLE.netUnknown]: ["net ", " - unknown"],
  [UNREACHABLE.hostUnknown]: ["host ", " - unknown"],
  [UNREACHABLE.netProhibited]: ["net ", " - admin prohibited"],
  [UNREACHABLE.hostProhibited]: ["host ", " - admin prohibited"],
  [UNREACHABLE.administratively]: ["host ", " - admin prohibited filter"],
};

function printUnreachable({ code, mtu, original }: IcmpUnreachable): string {
  const quote = parseIpv4Quote(original);
  if (quote === undefined) return `unreachable - #${code} [|ip]`;
  const destination = printIpv4(quote.destination);
  if (code === UNREACHABLE.protocol) return `${destination} protocol ${quote.protocol} unreachable`;
  if (code === UNREACHABLE.port) {
    const name = quote.protocol === PROTOCOL.tcp ? "tcp " : quote.protocol === PROTOCOL.udp ? "udp " : "";
    const port = quote.payload.length < 4 ? "?" : u16(quote.payload, 2);
    return `${destination} ${name}port ${port} unreachable`;
  }
  if (code === UNREACHABLE.fragmentationNeeded) {
    return `${destination} unreachable - need to frag${mtu === 0 ? "" : ` (mtu ${mtu})`}`;
  }
  const [before, behind] = WHY[code] ?? ["", ` - #${code}`];
  return `${before}${destination} unreachable${behind}`;
}

function printRedirect({ code, gateway, original }: IcmpRedirect): string {
  const quote = parseIpv4Quote(original);
  const whom = quote === undefined ? "[|ip]" : printIpv4(quote.destination);
  return `redirect${code > 1 ? "-tos" : ""} ${whom} to ${code & 1 ? "host" : "net"} ${printIpv4(gateway)}`;
}
