/** The families of addresses (AF_UNIX, AF_INET, AF_INET6): what looks like one of theirs. */

import { errorOf } from "./errors.ts";
import { type Address, type InternetAddress, printAddress } from "./socket.ts";

export interface Family<A extends Address = Address> {
  /** Whatever addresses this machine has, and whatever port. */
  readonly any: A;
  /** The address, if it is of this family. Else fails with EAFNOSUPPORT, or EINVAL if it is none at all. */
  fit(address: Address, what: string): A;
}

/** @internal */
export const UNIX: Family = {
  any: { path: "" },
  fit(address, what) {
    if (!("path" in address)) throw errorOf("EAFNOSUPPORT", `${what} ${printAddress(address)}`);
    return address;
  },
};

/** @internal */
export const IPV4: Family<InternetAddress> = internet("0.0.0.0", "127.0.0.1");

/** @internal */
export const IPV6: Family<InternetAddress> = internet("::", "::1");

function internet(any: string, loopback: string): Family<InternetAddress> {
  const isSix = any.includes(":");
  return {
    any: { host: any, port: 0 },
    fit(address, what) {
      const action = `${what} ${printAddress(address)}`;
      if ("path" in address || isOther(address.host, isSix)) throw errorOf("EAFNOSUPPORT", action);
      if (!Number.isInteger(address.port) || address.port < 0 || address.port > 65_535) throw errorOf("EINVAL", action);
      return { host: address.host === "localhost" ? loopback : address.host, port: address.port };
    },
  };
}

/** Of a name, other than `localhost`, the network alone knows what it stands for. */
const isOther = (host: string, isSix: boolean): boolean => (isSix ? /^[\d.]+$/.test(host) : host.includes(":"));
