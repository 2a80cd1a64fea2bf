/** What a machine counts, by the names of the MIBs (RFC 1213 §6, RFC 4293): where packets went that did not arrive. */

/**
 * Plain numbers, so that counting costs nothing. Who adds a protocol adds its fields.
 *
 * @example
 * new Counters().ipInReceives; // 0
 */
export class Counters {
  /** Announcements that this machine's address is another's (RFC 5227 §2.4). */
  arpConflicts = 0;
  /** Neighbours that did not answer. */
  arpFailures = 0;
  /** Claims that nobody had asked for, and that were not believed. */
  arpUnasked = 0;
  arpInPackets = 0;
  arpOutPackets = 0;
  /** Packets dropped while they waited for an answer. */
  arpQueueDrops = 0;

  ipInReceives = 0;
  /** Version, length, checksum, options. */
  ipInHdrErrors = 0;
  /** Not for this machine, or from where nobody is. */
  ipInAddrErrors = 0;
  ipForwDatagrams = 0;
  ipInUnknownProtos = 0;
  ipInDiscards = 0;
  ipInDelivers = 0;
  ipOutRequests = 0;
  ipOutDiscards = 0;
  ipOutNoRoutes = 0;
  ipReasmReqds = 0;
  ipReasmOKs = 0;
  ipReasmFails = 0;
  ipReasmTimeouts = 0;
  ipFragOKs = 0;
  ipFragFails = 0;
  ipFragCreates = 0;

  icmpInMsgs = 0;
  icmpInErrors = 0;
  icmpOutMsgs = 0;
  /** Errors that were not sent, since there were too many. */
  icmpOutLimited = 0;

  udpInDatagrams = 0;
  udpNoPorts = 0;
  udpInErrors = 0;
  /** Datagrams for which the port's queue had no room. */
  udpInOverflows = 0;
  udpOutDatagrams = 0;

  tcpInSegs = 0;
  tcpInErrs = 0;
  tcpOutSegs = 0;
  /** SYNs, and cookies that came back, for which a listener had no room. */
  tcpListenDrops = 0;
  /** Answers to SYNs of which nothing was kept, and those that came back. */
  tcpSynCookiesSent = 0;
  tcpSynCookiesReceived = 0;
}

/**
 * One line for each counter that has counted something.
 *
 * @example
 * const counters = new Counters();
 * counters.ipInReceives += 2;
 * printCounters(counters); // "ipInReceives 2"
 */
export function printCounters(counters: object): string {
  return Object.entries(counters)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${name} ${count}`)
    .join("\n");
}
