import { expectSound, startApp, type TestApp } from "../../support/app.js";
import { givenPlace } from "./place.js";
import { expectRefusal, type RefusalCase } from "./refusal-case.js";

/** So many that a service is worth starting, and so few that looking at the whole ledger after each takes no time. */
const casesEach = 40;

/** A suite with one test for each case, many of them against one service. */
export function describeRefusals(what: string, cases: readonly RefusalCase[]): void {
  describe(`${what} is refused, and moves nothing:`, () => {
    for (let begin = 0; begin < cases.length; begin += casesEach)
      describe(`from case ${begin + 1} on`, () => {
        let app: TestApp;

        before(async () => {
          app = await startApp();
        });
        after(() => app.close());
        afterEach(() => expectSound(app));

        for (const refusal of cases.slice(begin, begin + casesEach)) {
          it(`${refusal.rpc} ${refusal.when}: ${refusal.reason}`, async () => {
            await expectRefusal(await givenPlace(app), refusal);
          });
        }
      });
  });
}
