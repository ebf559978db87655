package post.office

import java.time.Instant
import scala.collection.mutable.{ArrayBuffer, Map => Bag}
import scala.util.Try

/** Where letters go. */
sealed trait Address {
  def lines: Seq[String]

  def label: String = {
    val text = lines.mkString("\n")
    text.trim
  }
}

case class Street(name: String, number: Int) extends Address {
  override def lines = Seq(name, number.toString)
}

/** A post office box.
  *
  * Nobody lives there.
  */
@deprecated("use a street", "1.0")
final case class Box(number: Int)(implicit val zone: Zone)
    extends Address
    with Ordered[Box] {
  type Key = Int

  def this(text: String)(implicit zone: Zone) = {
    this(text.toInt)
    require(number > 0)
  }

  def lines: Seq[String] = Seq(s"Box $number", zone.name)

  def compare(that: Box): Int = number - that.number
}

class Zone(val name: String)

trait Sorting {
  // what it sorts into
  self: Office =>

  protected def sort(letter: Letter): Unit = {
    if (letter == null) {
      // Nothing was posted.

      throw new IllegalArgumentException("no letter")
    }
    val box = boxes.getOrElseUpdate(letter.to.label, ArrayBuffer.empty)
    box += letter
  }
}

case class Letter(to: Address, text: String, at: Instant = Instant.now)

class Office(limit: Int = 10) extends Sorting {
  private[office] val boxes = Bag.empty[String, ArrayBuffer[Letter]]

  lazy val greeting: String = {
    val name = "office"
    s"""Welcome to the $name,
       |  def of nothing {
       |""".stripMargin
  }

  // Takes letters; tells how many it kept.
  def take(letters: List[Letter]): Int = {
    def fits(letter: Letter): Boolean = {
      val size = letter.text.length
      size < 1000
    }

    var kept = 0
    for (letter <- letters if fits(letter)) {
      sort(letter)
      kept += 1
    }
    val late = for {
      letter <- letters
      if letter.at.isBefore(Instant.EPOCH)
    } yield {
      val who = letter.to
      who.label
    }
    late.foreach { label =>
      println(label)
      boxes.remove(label)
    }
    letters.map(_.to).collect {
      case street: Street if street.number > 1 =>
        val odd = street.number % 2
        println(odd)
      // boxes wait
      case Box(number) => println(number)
      case _ =>
    }
    try {
      Try(kept / late.size).get
      kept -= late.size
    } catch {
      case error: ArithmeticException =>
        println(error)
        kept = 0
    } finally {
      println("done")
      println(kept)
    }
    if (kept == 0) {
      println("nothing")
      println("at all")
    } else if (kept > limit) {
      println("too much")
      kept = limit
    } else {
      println(kept)
      kept += 0
    }
    while (kept > limit) {
      kept -= 1
      println(kept)
    }
    kept
  }
}

object Office {
  val closed: Office = new Office(0) {
    override def take(letters: List[Letter]): Int = {
      println("closed")
      0
    }
  }

  def main(args: Array[String]): Unit = {
    val office = new Office
    println(office.greeting)
    office.take(Nil)
  }
}

object Stamps:
  enum Value(val cents: Int):
    case Small extends Value(85)
    case Large extends Value(160)

  given ordering: Ordering[Value] with
    def compare(left: Value, right: Value): Int =
      val by = left.cents - right.cents
      by

  def forWeight(grams: Int): Value =
    val heavy = grams > 50
    if heavy then
      println("heavy")
      Value.Large
    else
      println("light")
      Value.Small

  def total(values: List[Value]): Int =
    var sum = 0
    for value <- values do
      sum += value.cents
      println(sum)
    sum
  end total
end Stamps
