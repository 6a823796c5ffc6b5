// Timeouts. Every wait has one, and its error names what it waited for.

/** The timeout of one step: an `evaluate`, a click, a condition. */
export const STEP_WITHIN_MS = 20_000;

/** The timeout of a test, and of its setup and teardown. Two busy cores need a fraction of it. */
export const TEST_WITHIN_MS = 120_000;

const waitingFor = new Set();

/** Settles as the promise does, or rejects after `ms` with an error that names `what`. */
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

/** `within` for one step. */
export const step = (what, promise) => within(STEP_WITHIN_MS, what, promise);

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
