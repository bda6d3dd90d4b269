// One queue of svartid, as it is now: Reader phone/personbruker/helse [--follow]
// REDIS_URL names the Redis. It exits with 1 where nothing is known. The rules are in deploy/READING.md.
// Needs io.lettuce:lettuce-core, org.jetbrains.kotlinx:kotlinx-serialization-json and Kotlin's plugin for that.
import io.lettuce.core.ClientOptions
import io.lettuce.core.ClientOptions.DisconnectedBehavior.REJECT_COMMANDS
import io.lettuce.core.RedisClient
import io.lettuce.core.RedisException
import io.lettuce.core.RedisURI
import io.lettuce.core.SocketOptions
import io.lettuce.core.pubsub.RedisPubSubAdapter
import io.lettuce.core.resource.ClientResources
import io.lettuce.core.resource.Delay
import java.time.Duration
import java.time.Instant
import java.time.ZoneId
import java.time.format.DateTimeFormatter
import java.util.concurrent.ArrayBlockingQueue
import java.util.concurrent.TimeUnit.SECONDS
import kotlin.system.exitProcess
import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json

@Serializable
data class Believed(@SerialName("until_ms") val untilMs: Long)

@Serializable
data class Version(@SerialName("schema_version") val schemaVersion: Int)

/** Of the document the fields that are used here. Null is never 0. */
@Serializable
data class Small(
    val state: String,
    val waiting: Int?,
    @SerialName("oldest_entered_ms") val oldestEnteredMs: Long?,
    @SerialName("expected_wait") val expectedWait: ExpectedWait? = null,
)

/** Where nothing may be said of it there are no words: then say nothing. */
@Serializable
data class ExpectedWait(val said: Words?)

@Serializable
data class Words(val nb: String, val nn: String, val en: String)

sealed interface Found

data class Known(val now: Small) : Found

data class Unknown(val why: String) : Found

private val json = Json { ignoreUnknownKeys = true }
private val clock = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneId.systemDefault())
private val patience = Duration.ofSeconds(2) // below 5 s: no answer is no figure

class Reader(url: String, name: String) {
    private val key = "{svartid}:now:$name"
    private val announced = ArrayBlockingQueue<Unit>(1)
    private val resources = ClientResources.builder().reconnectDelay(Delay.constant(Duration.ofSeconds(1))).build()
    private val client = RedisClient.create(resources, RedisURI.create(url).apply { timeout = patience }).apply {
        options = ClientOptions.builder()
            .socketOptions(SocketOptions.builder().connectTimeout(patience).build())
            .disconnectedBehavior(REJECT_COMMANDS) // what cannot be asked now fails now
            .build()
    }

    /** By RESP3 one that reads and subscribes. Where it could not be made the next read tries again. */
    private val connection by lazy {
        client.connectPubSub().apply {
            addListener(object : RedisPubSubAdapter<String, String>() {
                override fun message(channel: String, message: String) {
                    announced.offer(Unit)
                }
            })
            async().subscribe(key)
        }
    }

    fun get(): Found = try {
        val (document, believed) = connection.sync().mget(key, "{svartid}:now").map { it.getValueOrElse(null) }
        found(document, believed)
    } catch (_: RedisException) {
        Unknown("no answer")
    }

    /** Announcements may be lost, and nothing announces that all is old: so who follows reads again each second. */
    fun await() {
        announced.poll(1, SECONDS)
    }
}

fun found(document: String?, believed: String?): Found = try {
    when {
        believed == null -> Unknown("nobody writes")
        System.currentTimeMillis() > json.decodeFromString<Believed>(believed).untilMs -> Unknown("old")
        document == null -> Unknown("no such queue")
        json.decodeFromString<Version>(document).schemaVersion != 1 -> Unknown("unreadable")
        else -> Known(json.decodeFromString<Small>(document))
    }
} catch (_: IllegalArgumentException) { // as kotlinx.serialization has it
    Unknown("unreadable")
}

fun since(ms: Long?) = ms?.let { ", the first since ${clock.format(Instant.ofEpochMilli(it))}" } ?: ""

fun wait(said: Words?) = said?.let { "; who joins waits ${it.en}" } ?: ""

fun words(found: Found) = when (found) {
    is Unknown -> "nothing is known: ${found.why}"
    is Known -> with(found.now) {
        when {
            waiting == null -> "nobody knows who waits: $state"
            else -> "$waiting waiting" + since(oldestEnteredMs) + wait(expectedWait?.said)
        }
    }
}

fun main(arguments: Array<String>) {
    val reader = Reader(System.getenv("REDIS_URL") ?: "redis://localhost:6379", arguments[0])
    if ("--follow" !in arguments) {
        val found = reader.get()
        println(words(found))
        exitProcess(if (found is Known) 0 else 1)
    }
    var said = ""
    while (true) {
        val found = words(reader.get())
        if (found != said) println(found)
        said = found
        reader.await()
    }
}
