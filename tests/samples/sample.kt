@file:JvmName("Ferries")

package harbour.ferry

import java.time.Duration
import java.time.Instant
import kotlin.math.max

/** Nobody waits longer. */
const val LONGEST_WAIT = 90

typealias Quay = String

val quays: List<Quay> = listOf(
    "north",
    "south",
)

interface Timetable {
    val name: String

    fun next(after: Instant): Instant?

    fun late(by: Duration): Boolean {
        val minutes = by.toMinutes()
        return minutes > LONGEST_WAIT
    }
}

/**
 * What may happen on a crossing.
 */
sealed class Event {
    data class Delay(val minutes: Int) : Event()
    object Storm : Event()
}

enum class Size(val cars: Int) {
    SMALL(10),
    LARGE(120) {
        override fun crew() = 12
    };

    open fun crew(): Int = 4
}

// Takes cars and people across.
@Suppress("unused")
class Ferry(
    override val name: String,
    private val size: Size = Size.SMALL,
) : Timetable {
    private val events = mutableListOf<Event>()

    var load: Int = 0
        get() {
            val cars = field
            return max(0, cars)
        }
        private set(value) {
            if (value > size.cars) {
                // The ramp stays up.
                throw IllegalArgumentException(
                    "too many cars: $value",
                )
            }
            field = value
        }

    init {
        require(name.isNotBlank()) { "no name" }
        load = 0
    }

    constructor(name: String, cars: Int) : this(name) {
        load = cars
        events.clear()
    }

    companion object {
        private const val SPEED = 8.5

        fun of(text: String): Ferry {
            val parts = text.split(" ")
            return Ferry(parts[0])
        }
    }

    /** The next crossing. */
    override fun next(after: Instant): Instant? {
        if (events.any { it is Event.Storm }) return null
        var at = after
        loop@ for (event in events) {
            if (event is Event.Storm) {
                // Wait for better weather.

                continue@loop
            }
            at = when (event) {
                is Event.Delay -> {
                    val wait = Duration.ofMinutes(event.minutes.toLong())
                    at.plus(wait)
                }
                // nothing leaves
                Event.Storm -> at
                else -> at.plusSeconds(1)
            }
        }
        return at
    }

    fun board(cars: List<String>) {
        fun paid(car: String): Boolean {
            val ticket = car.substringAfter('#')
            return ticket.isNotEmpty()
        }

        val boarded = cars
            .filter { paid(it) }
            .mapIndexed { index, car ->
                println("$index $car")
                car.uppercase()
            }
        try {
            load += boarded.size
            report()
        } catch (error: IllegalArgumentException) {
            println(error.message)
            load = size.cars
        } finally {
            events.add(Event.Delay(1))
            report()
        }
        val word = if (load == 0) {
            val nothing = "empty"
            nothing
        } else if (load < size.cars) {
            println("room left")
            "partly full"
        } else {
            println("full")
            "full"
        }
        do {
            println(word)
            load--
        } while (load > 0)
    }

    private fun report() = println(
        """
        Ferry $name {
            carries $load
        """.trimIndent()
    )
}

fun Quay.label(): String = replaceFirstChar { it.uppercase() }

fun main() {
    val listener = object : Runnable {
        override fun run() {
            println("left")
            println(quays)
        }
    }
    Thread(listener).start()
    Ferry.of("Albatross 3").apply {
        board(listOf("a#1", "b"))
        next(Instant.now())
    }
}
