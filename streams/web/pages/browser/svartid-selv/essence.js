// What of the whole snapshot is shown, and kept: its windows and targets are ten times as much, and other boards'.

const OF_A_QUEUE = ["channel", "audience", "queue", "external", "waiting", "reported", "reported_more", "disputed", "disputed_oldest_ms"];
const LEFT_OUT = ["lines", "groups", "targets", "counted_since"];

export function essence(snapshot) {
  const kept = Object.entries(snapshot).filter(([name]) => !LEFT_OUT.includes(name));
  const lines = Object.entries(snapshot.lines).map(([name, of]) => ({ name, ...Object.fromEntries(OF_A_QUEUE.map((field) => [field, of[field]])) }));
  return { ...Object.fromEntries(kept), lines };
}
