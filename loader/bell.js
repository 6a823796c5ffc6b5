// The sound of a new message that stays unread: two soft notes, synthesized with Web Audio.

const UNREAD_FOR_MS = 1000; // by then a tab that shows the conversation has marked it read
const QUIET_MS = 2000; // throttle: one sound for a burst of messages, across all tabs
const NOTES = [659, 880]; // hertz
const NOTE_S = 0.14;
const LOUDNESS = 0.12;

/**
 * Returns a function to call at each message. `count()` is the number of unread messages, `isOn()` the visitor's setting.
 */
export function bell(site, count, isOn) {
  return () => {
    const before = count();
    setTimeout(() => {
      // Without user activation browsers block the sound, and log a warning in the page's console.
      const mayPlay = navigator.userActivation && navigator.userActivation.hasBeenActive;
      if (count() > before && isOn() && mayPlay) once("porchlight:" + site, play);
    }, UNREAD_FOR_MS);
  };
}

let rungAtMs = 0;

// The first tab takes the lock, and holds it as long as `run`'s promise; the others find it taken. Locks need a secure context.
const once = (name, run) => {
  if (Date.now() - rungAtMs < QUIET_MS) return;
  rungAtMs = Date.now();
  if (!navigator.locks) return run();
  navigator.locks.request(name, { __proto__: null, ifAvailable: true }, (lock) => lock && run()).catch(() => {});
};

// Returns a promise that resolves when the next sound may play.
const play = () =>
  new Promise((done) => {
    setTimeout(done, QUIET_MS);
    const context = new AudioContext();
    setTimeout(() => context.close(), QUIET_MS);
    const gain = context.createGain();
    gain.connect(context.destination);
    gain.gain.value = 0;
    NOTES.forEach((hertz, index) => {
      const note = context.createOscillator();
      const at = context.currentTime + index * NOTE_S;
      note.frequency.value = hertz;
      note.connect(gain);
      gain.gain.setTargetAtTime(LOUDNESS, at, 0.01);
      gain.gain.setTargetAtTime(0, at + NOTE_S / 2, NOTE_S);
      note.start(at);
      note.stop(at + 1);
    });
  });
