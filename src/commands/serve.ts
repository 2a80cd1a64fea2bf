/** `maitred serve`: opens the door for a folder, or for a program of the user's. */

import { type AnswerFlags, answersFor } from "./answers.ts";
import { type KeepFlags, keepHouse } from "./keep.ts";

/** What the options say. */
export type ServeFlags = KeepFlags & AnswerFlags;

/**
 * Serves until somebody asks it to end, and then until what is being answered is answered. Fails with a
 * Refusal where it cannot even begin; then one of the `commands` may have been meant by what is no folder.
 *
 * @example
 * await serveCommand("public", { port: 0, host: "localhost" }, ["serve", "echo"]);
 */
export async function serveCommand(what: string, flags: ServeFlags, commands: readonly string[]): Promise<void> {
  const { handler, settled, also = "" } = await answersFor(what, flags, commands);
  try {
    await keepHouse({ handler, does: `serves "${what}"${also}`, settled }, flags);
  } catch (error) {
    await settled();
    throw error;
  }
}
