import { expect } from "chai";
import { acts } from "../support/acts.js";
import { topUp } from "../support/engine.js";
import { useSuite } from "../support/suite.js";

for (const isolation of ["read committed", "serializable"] as const) {
  describe(`the isolation ${isolation}`, () => {
    const suite = useSuite({ holders: ["alice"], isolation });

    it(`is that of every transaction that changes anything: ${isolation}`, async () => {
      const owner = await suite.stranger();
      await owner.query("create table seen (isolation text)");
      await owner.query(`create function note_isolation() returns trigger language plpgsql security definer as
        'begin insert into seen values (current_setting(''transaction_isolation'')); return null; end'`);
      await owner.query(
        "create trigger note after insert on audit_log for each statement execute function note_isolation()",
      );
      await topUp(suite.engine, "alice", 1n);
      await acts.setWallet(suite.engine, "alice", "FROZEN");
      await acts.setWallet(suite.engine, "alice", "ACTIVE");
      const { rows } = await owner.query("select isolation, count(*) from seen group by 1");
      expect(rows).to.deep.equal([{ isolation, count: "3" }]);
    });
  });
}
