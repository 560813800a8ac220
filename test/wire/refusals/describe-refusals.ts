import { expectSound, startApp, type TestApp } from "../../support/app.js";
import { givenPlace } from "./place.js";
import { expectRefusal, type RefusalCase } from "./refusal-case.js";

/** A suite with one test for each case, all of them against one service. */
export function describeRefusals(what: string, cases: readonly RefusalCase[]): void {
  describe(`${what} is refused, and moves nothing:`, () => {
    let app: TestApp;

    before(async () => {
      app = await startApp();
    });
    after(() => app.close());
    afterEach(() => expectSound(app));

    for (const refusal of cases) {
      it(`${refusal.rpc} ${refusal.when}: ${refusal.reason}`, async () => {
        await expectRefusal(await givenPlace(app), refusal);
      });
    }
  });
}
