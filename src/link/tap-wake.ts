/** Two ways to be told that a TAP device has frames: by Node's own loop, and by a thread that waits. */

import { closeSync, constants } from "node:fs";
import { Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import { O_CLOEXEC, type System } from "./linux.ts";
import { Poll } from "./poll.ts";
import { TapError } from "./tap-error.ts";

/**
 * Calls `wake` whenever there may be something to read, until `stop`. Where one frame has been read into the buffer
 * already, its length is said, else 0. `gone` is told, at most once, that nothing will ever come again.
 */
export type Waiting = (
  system: System,
  fd: number,
  buffer: Uint8Array,
  wake: (length: number) => void,
  gone: () => void,
) => { stop(): void };

/**
 * Node watches pipes and sockets, but refuses devices. So it is given a pipe, whose descriptor becomes one of the device
 * before the loop looks at it; from there on it reads the device, a frame each time.
 *
 * @internal
 */
export const waitByPipe: Waiting = (system, fd, buffer, wake, gone) => {
  const ends = [0, 0];
  check(system, system.pipe2(ends, O_CLOEXEC | constants.O_NONBLOCK));
  const [end, other] = ends as [number, number];
  const callback = (length: number): boolean => {
    wake(length);
    return true;
  };
  const handle = new Socket({ fd: end, readable: true, writable: false, onread: { buffer, callback } });
  handle.on("error", gone);
  handle.on("end", gone);
  system.dup3(fd, end, O_CLOEXEC);
  closeSync(other);
  return { stop: () => handle.destroy() };
};

/**
 * The same with nothing that Node does not promise. Each wake-up takes its way through a thread.
 *
 * @internal
 */
export const waitByPoll: Waiting = (system, fd, _, wake) => {
  const poll = new Poll(system, fd, check(system, system.eventfd(0, O_CLOEXEC | constants.O_NONBLOCK)));
  let isStopped = false;
  const wait = (): void =>
    poll.wait(() => {
      if (!isStopped) wake(0);
      if (isStopped) poll.close();
      else wait();
    });
  wait();
  return {
    stop: () => {
      if (isStopped) return;
      isStopped = true;
      poll.ring();
    },
  };
};

function check(system: System, result: number): number {
  if (result >= 0) return result;
  const code = getSystemErrorName(-system.errno());
  throw new TapError(code, `Cannot wait for frames: ${code}`);
}
