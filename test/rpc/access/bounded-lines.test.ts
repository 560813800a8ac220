import { expect } from "chai";
import { boundedLines } from "../../../src/rpc/access/bounded-lines.js";

describe("the lines about those who are not let in", () => {
  it("are 60 a minute, and the next minute tells how many were left out", () => {
    let nowMs = 0;
    const lines: object[] = [];
    const write = boundedLines(
      (line) => lines.push(line),
      () => nowMs,
    );
    for (let number = 1; number <= 100; number++) write({ number });
    expect(lines).to.have.length(60);
    nowMs = 59_999;
    write({ number: 101 });
    expect(lines).to.have.length(60);
    nowMs = 60_000;
    write({ number: 102 });
    write({ number: 103 });
    expect(lines.slice(60)).to.deep.equal([{ number: 102, leftOut: 41 }, { number: 103 }]);
  });
});
