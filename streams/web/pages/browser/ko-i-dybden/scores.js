// How good expected waits have been, by day and queue, and of each day together: of sums of squares, never of means.

// As the core compares them: of fewer it says nothing.
const LEAST_COMPARED = 100;

// The newest day first: { day, queue or null where it is all of them, score }.
export function rows(days, lines) {
  const wanted = new Set(lines), by = new Map();
  for (const one of days) if (wanted.has(one.queue)) by.set(one.day, [...(by.get(one.day) ?? []), one]);
  return [...by].sort(([a], [b]) => (a < b ? 1 : -1)).flatMap(([day, of]) => {
    return of.length > 1 ? [{ day, queue: null, score: together(of.map(({ score }) => score)) }, ...of] : of;
  });
}

export function together(scores) {
  const answered = scores.reduce((sum, of) => sum + of.answered, 0);
  const weighed = (name, up = (x) => x) => {
    if (scores.some((of) => of[name] === null)) return null;
    return scores.reduce((sum, of) => sum + of.answered * up(of[name]), 0) / answered;
  };
  const root = (name) => { const mean = weighed(name, (x) => x * x); return mean === null ? null : Math.sqrt(mean); };
  const ours = root("root_mean_square_ms"), plain = root("plain_root_mean_square_ms");
  return {
    answered, mean_error_ms: weighed("mean_error_ms"), root_mean_square_ms: ours, plain_root_mean_square_ms: plain,
    is_worse_than_plain: ours !== null && plain !== null && answered >= LEAST_COMPARED && ours > plain,
  };
}
