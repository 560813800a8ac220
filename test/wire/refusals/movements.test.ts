import { describeRefusals } from "./describe-refusals.js";
import { movementCases } from "./movement-cases.js";

describeRefusals("a movement of one amount", movementCases);
