import { spawnChild } from "../../src/handlers/child-process.ts";
import { startContract } from "./start-contract.ts";

startContract("child_process", spawnChild);
