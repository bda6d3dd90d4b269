// One queue of svartid, as it is now: node reader.mjs phone/personbruker/helse [--follow]
// REDIS_URL names the Redis. It exits with 1 where nothing is known. The rules are in deploy/READING.md.
// Needs Node 20 or later, and `npm ci` in this folder.
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "redis";

const [name, follow] = process.argv.slice(2);
const key = `{svartid}:now:${name}`;
const patience = 2000; // ms, below 5 s: no answer is no figure
const client = createClient({
  url: process.env.REDIS_URL ?? "redis://localhost:6379",
  RESP: 3, // so that one connection reads and subscribes
  disableOfflineQueue: true, // what cannot be asked now fails now
  socket: { connectTimeout: patience, socketTimeout: patience, reconnectStrategy: 1000 },
});
client.on("error", (error) => console.error(error.message)); // it connects again by itself

async function get() {
  try {
    const [document, believed] = await client.mGet([key, "{svartid}:now"]);
    return found(document, believed);
  } catch {
    return { why: "no answer" };
  }
}

function found(document, believed) {
  if (believed === null) return { why: "nobody writes" };
  try {
    const { until_ms } = JSON.parse(believed);
    if (!Number.isInteger(until_ms)) return { why: "unreadable" };
    if (Date.now() > until_ms) return { why: "old" };
    if (document === null) return { why: "no such queue" };
    const now = JSON.parse(document);
    return now.schema_version === 1 ? { now } : { why: "unreadable" };
  } catch {
    return { why: "unreadable" };
  }
}

function words({ now, why }) {
  if (why) return `nothing is known: ${why}`;
  if (now.waiting === null) return `nobody knows who waits: ${now.state}`; // null is never 0
  const first = now.oldest_entered_ms; // null where nobody waits
  const since = first === null ? "" : `, the first since ${new Date(first).toLocaleTimeString("sv")}`;
  const said = now.expected_wait?.said; // null where nothing may be said of it: then say nothing
  return `${now.waiting} waiting${since}${said ? `; who joins waits ${said.en}` : ""}`;
}

let announce = () => {};
const connected = client.connect().then(() => client.subscribe(key, () => announce()));
await Promise.race([connected, sleep(patience)]);

if (follow !== "--follow") {
  const found = await get();
  console.log(words(found));
  process.exit(found.now ? 0 : 1);
}
for (let said; ; ) {
  const announced = new Promise((resolve) => (announce = resolve));
  const found = words(await get());
  if (found !== said) console.log(found);
  said = found;
  // Announcements may be lost, and nothing announces that all is old: so it reads again each second.
  await Promise.race([announced, sleep(1000)]);
}
