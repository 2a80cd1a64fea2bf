/** The calls of Linux that a TAP device needs and Node does not have, by way of `koffi`, an optional dependency. */

import { platform } from "node:os";

/** A call that fails answers -1, and `errno` says why. */
export interface System {
  readonly errno: () => number;
  /** The numbers of requests are those of <linux/if_tun.h> and <linux/sockios.h>. */
  readonly ioctl: (fd: number, request: number, argument: Uint8Array) => number;
  readonly ioctlNumber: (fd: number, request: number, argument: number) => number;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly read: (fd: number, bytes: Uint8Array, length: number) => number;
  readonly write: (fd: number, bytes: Uint8Array, length: number) => number;
  readonly pipe2: (ends: number[], flags: number) => number;
  readonly dup3: (from: number, to: number, flags: number) => number;
  readonly eventfd: (count: number, flags: number) => number;
  /** Waits on another thread. */
  readonly pollLater: (
    fds: Uint8Array,
    count: number,
    ms: number,
    done: (error: unknown, ready: number) => void,
  ) => void;
}

/** Nobody else's program inherits a descriptor of ours. */
export const O_CLOEXEC = 0o2000000;

/**
 * They are declared the way that calls them quickest: for each frame there is one call. A sentence instead of them says
 * why they cannot be had.
 *
 * @internal
 */
export async function linux(): Promise<System | string> {
  if (platform() !== "linux") return "only Linux has them";
  const koffi = await import("koffi").then((module) => module.default).catch(() => undefined);
  if (koffi === undefined) return 'it takes the optional package "koffi", which is not installed';
  try {
    // Those of the C library that this very program uses, whatever it is called.
    const libc = koffi.load(null);
    return {
      errno: () => koffi.errno(),
      ioctl: libc.func("int ioctl(int fd, unsigned long request, void *argument)"),
      ioctlNumber: libc.func("int ioctl(int fd, unsigned long request, unsigned long argument)"),
      socket: libc.func("int socket(int family, int type, int protocol)"),
      read: libc.func("int read(int fd, uint8_t *bytes, int length)"),
      write: libc.func("int write(int fd, const uint8_t *bytes, int length)"),
      pipe2: libc.func("int pipe2(_Out_ int *ends, int flags)"),
      dup3: libc.func("int dup3(int from, int to, int flags)"),
      eventfd: libc.func("int eventfd(unsigned int count, int flags)"),
      pollLater: libc.func("int poll(void *fds, unsigned long count, int ms)").async,
    };
  } catch (error) {
    return `koffi cannot call the C library: ${(error as Error).message}`;
  }
}
