/** The machine's clock for a stack of our own that is asked for by the world: what has come is looked at before anybody says that it is late. */

import { type Clock, realClock } from "../base/clock.ts";

/**
 * Whoever was busy for a while finds two things when he looks up: answers that have come meanwhile, and alarms that say
 * no answer has come. Node would let the alarms ring first; then what was never lost is sent again. Here they ring when
 * what had come has been read.
 *
 * @example
 * const alarm = patientClock.after(1000, () => console.log("nothing has come"));
 * alarm.cancel();
 */
export const patientClock: Clock = {
  now: realClock.now,
  date: realClock.date,
  after(ms, wake) {
    let immediate: NodeJS.Immediate | undefined;
    const alarm = realClock.after(ms, () => {
      // Node reads after its timers, and does this after it has read.
      immediate = setImmediate(wake);
    });
    return {
      cancel() {
        alarm.cancel();
        clearImmediate(immediate);
      },
    };
  },
};
