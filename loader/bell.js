// A soft sound for an answer that nobody has seen: two notes, made on the spot.

const UNREAD_FOR_MS = 1000; // whoever has the chat in view has read it by then, in whatever tab
const QUIET_MS = 2000; // a burst is one sound, and several tabs are one person
const NOTES = [659, 880]; // hertz
const NOTE_S = 0.14;
const LOUDNESS = 0.12;

/** A bell; `count()` is the number of unread messages, `isOn()` the visitor's wish. */
export function bell(site, count, isOn) {
  /** Somebody has written. */
  return () => {
    const before = count();
    setTimeout(() => {
      // Browsers are silent until the visitor has clicked or typed somewhere on the page, and say so in its console.
      const mayPlay = navigator.userActivation && navigator.userActivation.hasBeenActive;
      if (count() > before && isOn() && mayPlay) once("porchlight:" + site, play);
    }, UNREAD_FOR_MS);
  };
}

let rungAtMs = 0;

// The first tab to take the lock rings and holds it, the others find it taken. Without a secure context there are no locks.
const once = (name, run) => {
  if (Date.now() - rungAtMs < QUIET_MS) return;
  rungAtMs = Date.now();
  if (!navigator.locks) return run();
  navigator.locks.request(name, { __proto__: null, ifAvailable: true }, (lock) => lock && run()).catch(() => {});
};

// Gives a promise that is kept when the next sound may come.
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
