import { describeRefusals } from "./describe-refusals.js";
import { holdCases } from "./hold-cases.js";
import { jobCases } from "./job-cases.js";

describeRefusals("a change of a hold", holdCases);
describeRefusals("a step of a job", jobCases);
