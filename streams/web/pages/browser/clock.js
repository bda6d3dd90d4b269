// What time it is at the server. The browser's own clock may be wrong: it is asked only how long something took.

export class ServerClock {
  #base = null; // the server's ms when #at was
  #at = 0;
  #speed = 1;

  get known() {
    return this.#base !== null;
  }

  // It said this time in an answer that took from one instant of performance.now() to another.
  heard(nowMs, speed, askedAt, toldAt) {
    this.#base = nowMs;
    this.#speed = speed;
    this.#at = (askedAt + toldAt) / 2;
  }

  now() {
    return this.#base === null ? Date.now() : this.#base + (performance.now() - this.#at) * this.#speed;
  }

  // How long ago, in real ms, something was at performance.now(); longer where the machine slept meanwhile.
  static since(mark) {
    return Math.max(performance.now() - mark.steady, Date.now() - mark.wall);
  }

  static mark() {
    return { steady: performance.now(), wall: Date.now() };
  }
}
