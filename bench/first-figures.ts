// Transfers per second through unary gRPC: group commit against one transaction per request, in the same run, held to what
// it was built for. `npm run bench:first` takes some three minutes; `npm run bench -- a b` writes the same into the report.
import { thorough } from "./efforts.js";
import { type Held, holdEach } from "./held.js";
import { inSession } from "./session.js";

const figures: readonly Held[] = [
  { id: "a", name: "Transfer, uniform", traffic: "uniform", ratioMin: 5 },
  { id: "b", name: "TopUp, one treasury", traffic: "hot treasury", ratioMin: 10 },
];

await inSession(thorough, (session) => holdEach(session, figures, { again: false }));
