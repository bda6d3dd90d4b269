// On a wall, where all cards do not fit, a page of them after another. It stands still while it is paused.

const SHOWN_S = 15;
let main = null, told = null, words = null, page = 0, isPaused = false, isWall = false;

function pages() {
  return Math.max(1, Math.round(main.scrollWidth / main.clientWidth));
}

function show() {
  const of = pages();
  page %= of;
  main.scrollLeft = page * (main.clientWidth + gap());
  const said = of > 1 ? words(page + 1, of) : "";
  if (told.textContent !== said) told.textContent = said;
  told.hidden = of === 1;
}

function gap() {
  return parseFloat(getComputedStyle(main).columnGap) || 0;
}

export const rotate = {
  begin(asked, of, where, say) {
    [main, told, words, isWall] = [of, where, say, asked.has("kiosk")];
    const seconds = Number(asked.get("bytt")) || SHOWN_S;
    if (isWall) setInterval(() => { if (!isPaused) { page += 1; show(); } }, Math.max(5, seconds) * 1000);
  },
  pause(is) {
    isPaused = is;
  },
  look() {
    if (isWall) show();
  },
};
