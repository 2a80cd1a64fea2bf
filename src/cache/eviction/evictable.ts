/**
 * What a policy of eviction needs to know of an item, and what it does. The links and the mark are on the item itself: a
 * million items need no million wrappers.
 */

/** Something that takes up room in a cache. All but `weight` and `hash` belongs to the policy, as long as the item is with it. */
export interface Evictable<Item> {
  /** How much room it takes. Does not change while a policy has the item. */
  readonly weight: number;
  /** A 32-bit number that is the same for the same key; so that one who comes back is known again. */
  readonly hash: number;
  /** A small whole number. */
  mark: number;
  /** Who came, or was moved here, next after this one, and who next before. */
  newer: Item | undefined;
  older: Item | undefined;
}

/** Decides who has to go. An item is with one policy at most, and once. */
export interface Eviction<Item extends Evictable<Item>> {
  /** A newcomer. */
  add(item: Item): void;
  /** It was used: called on every hit, so that it must cost next to nothing. */
  touch(item: Item): void;
  /** It left, for another reason than want of room. */
  remove(item: Item): void;
  /** `item` takes the place of `old`, and its merits. They have the same key; `item` is not here yet. */
  replace(old: Item, item: Item): void;
  /** Whoever has to go, already removed, so that one may come that weighs `coming`; undefined where nobody is left. */
  evict(coming: number): Item | undefined;
}
