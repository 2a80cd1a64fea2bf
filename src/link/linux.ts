/** The calls of Linux that its devices need and Node does not have, by way of `koffi`, an optional dependency. */

import { platform } from "node:os";

/** A call that fails answers -1, and `errno` says why. */
export interface System {
  readonly errno: () => number;
  /** The numbers of requests are those of <linux/if_tun.h> and <linux/sockios.h>. */
  readonly ioctl: (fd: number, request: number, argument: Uint8Array) => number;
  readonly ioctlNumber: (fd: number, request: number, argument: number) => number;
  readonly socket: (family: number, type: number, protocol: number) => number;
  readonly bind: (fd: number, address: Uint8Array, length: number) => number;
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number;
  readonly getsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array) => number;
  readonly read: (fd: number, bytes: Uint8Array, length: number) => number;
  readonly write: (fd: number, bytes: Uint8Array, length: number) => number;
  /** The memory that the kernel shares by this descriptor; nobody may look at it any more once it is given back. */
  readonly share: (fd: number, length: number) => { bytes: ArrayBuffer; giveBack: () => void } | undefined;
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

/** From <sys/mman.h>: read and written, by both sides. */
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

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
    const mmap = libc.func("void *mmap(void *at, size_t length, int protection, int flags, int fd, intptr_t offset)");
    const munmap = libc.func("int munmap(void *at, size_t length)");
    /** MAP_FAILED is the address of the last byte that there can be. */
    const failed = 2n ** BigInt(8 * koffi.sizeof("void *")) - 1n;
    return {
      errno: () => koffi.errno(),
      ioctl: libc.func("int ioctl(int fd, unsigned long request, void *argument)"),
      ioctlNumber: libc.func("int ioctl(int fd, unsigned long request, unsigned long argument)"),
      socket: libc.func("int socket(int family, int type, int protocol)"),
      bind: libc.func("int bind(int fd, const uint8_t *address, int length)"),
      setsockopt: libc.func("int setsockopt(int fd, int level, int name, const uint8_t *value, int length)"),
      getsockopt: libc.func("int getsockopt(int fd, int level, int name, uint8_t *value, uint8_t *length)"),
      read: libc.func("int read(int fd, uint8_t *bytes, int length)"),
      write: libc.func("int write(int fd, const uint8_t *bytes, int length)"),
      share: (fd, length) => {
        const at = mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
        if (at === failed) return undefined;
        return { bytes: koffi.view(at, length), giveBack: () => munmap(at, length) };
      },
      pipe2: libc.func("int pipe2(_Out_ int *ends, int flags)"),
      dup3: libc.func("int dup3(int from, int to, int flags)"),
      eventfd: libc.func("int eventfd(unsigned int count, int flags)"),
      pollLater: libc.func("int poll(void *fds, unsigned long count, int ms)").async,
    };
  } catch (error) {
    return `koffi cannot call the C library: ${(error as Error).message}`;
  }
}
