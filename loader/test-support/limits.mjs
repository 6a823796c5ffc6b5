// Nothing here waits without an end, and whatever ends says what it waited for.

/** For one step: a question to a document, a click, a condition that has to come true. */
export const STEP_WITHIN_MS = 20_000;

/** For a test, and for starting and stopping what tests need. Two busy cores need a fraction of it. */
export const TEST_WITHIN_MS = 120_000;

const waitingFor = new Set();

/** The promise's outcome, or an error that says what did not come in time. */
export async function within(ms, what, promise) {
  let timer;
  const step = { what };
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      const inside = [...waitingFor].filter((other) => other != step).map((other) => other.what);
      const where = inside.length ? ` It was waiting for ${inside.join(", and for ")}.` : "";
      reject(new Error(`Waited ${ms} ms in vain for ${what}.${where}`));
    }, ms);
  });
  waitingFor.add(step);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    waitingFor.delete(step);
  }
}

/** The same for one step. */
export const step = (what, promise) => within(STEP_WITHIN_MS, what, promise);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
