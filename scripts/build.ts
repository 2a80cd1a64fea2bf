/** What the package carries: dist/, JavaScript and declarations of src/. */

import { rmSync } from "node:fs";
import { step } from "./steps.ts";

rmSync("dist", { recursive: true, force: true });
step("build", ["tsc", "-p", "tsconfig.build.json"]);
