/** How large the caches are that are compared: the same for all. */

const MIB = 2 ** 20;

/** Of all of a cache's bodies, and of whatever else it counts. */
export const MEMORY = { mib: 256, bytes: 256 * MIB };
/** The largest body that is stored. */
export const LARGEST = { mib: 16, bytes: 16 * MIB };
