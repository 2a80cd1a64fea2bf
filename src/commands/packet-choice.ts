/** Which packets are wanted: those of certain addresses and ports. */

import { type Parties, partiesOf } from "../wire/parties.ts";
import { isAmong, type Prefix } from "../wire/prefix.ts";

/** What the options say. */
export interface ChoiceFlags {
  /** From or to one of these. */
  readonly host?: readonly Prefix[];
  readonly port?: readonly number[];
}

/**
 * Says of a packet whether it is wanted; `linkType` is what it begins with.
 *
 * @example
 * const isWanted = choice({ host: [parsePrefix("10.0.0.0/8")!] });
 * isWanted(new Uint8Array(60), LINKTYPE.ethernet); // false
 */
export function choice({ host, port }: ChoiceFlags): (bytes: Uint8Array, linkType: number) => boolean {
  if (host === undefined && port === undefined) return () => true;
  return (bytes, linkType) => {
    const parties = partiesOf(bytes, linkType);
    return parties !== undefined && isOf(host, parties) && isAt(port, parties);
  };
}

const isOf = (host: readonly Prefix[] | undefined, { source, destination }: Parties): boolean =>
  host === undefined || isAmong(host, source) || isAmong(host, destination);

const isAt = (port: readonly number[] | undefined, { ports }: Parties): boolean =>
  port === undefined || (ports?.some((one) => port.includes(one)) ?? false);
