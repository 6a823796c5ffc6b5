// Timeouts end every wait, and name what it was for.

import assert from "node:assert/strict";
import { test } from "../test-support/harness.mjs";
import { within } from "../test-support/limits.mjs";

const never = () => new Promise(() => {});

test("what comes in time is given back, also an error", async () => {
  assert.equal(await within(1000, "a value", Promise.resolve(7)), 7);
  await assert.rejects(within(1000, "a value", Promise.reject(new Error("broken"))), /^Error: broken$/);
});

test("what does not come is named, together with the step that a test hangs at", async () => {
  await assert.rejects(within(10, "a pony", never()), /^Error: Waited 10 ms in vain for a pony\./);
  const whole = within(20, "the whole test", within(200, "a click", never()));
  await assert.rejects(whole, /in vain for the whole test\. It was waiting for .*a click/);
});
