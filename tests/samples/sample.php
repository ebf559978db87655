<?php

declare(strict_types=1);

namespace Shop\Orders;

use DateTimeImmutable;
use InvalidArgumentException as Invalid;
use function array_map;

require_once __DIR__ . '/prices.php';

const VAT = 0.19;

/**
 * What an order may be in.
 */
enum State: string
{
    case Open = 'open';
    case Paid = 'paid';

    public static function fallback(): self
    {
        return self::Open;
    }
}

interface Priced
{
    /** The price in cents. */
    public function price(): int;
}

trait Logs
{
    private array $log = [];

    protected function log(string $line): void
    {
        $this->log[] = $line;
    }
}

#[Entity(table: 'orders')]
final class Order implements Priced, \Countable
{
    use Logs;

    public const MOST = 100;

    /** @var array<int, array{name: string, price: int}> */
    private array $lines = [];
    private ?State $state = null;

    public function __construct(
        private readonly string $customer,
        private DateTimeImmutable $at = new DateTimeImmutable(),
    ) {
        $this->state = State::Open;
    }

    // Adds a line; refuses free ones.
    #[Pure]
    public function add(string $name, int $price): static
    {
        if ($price <= 0) {
            // Free lines would never be paid.
            throw new Invalid(
                "no price for $name"
            );
        }
        if (count($this->lines) >= self::MOST) return $this;
        foreach ($this->lines as $index => $line) {
            if ($line['name'] !== $name) {

                continue;
            }
            $this->lines[$index]['price'] += $price;
            $this->log("more of {$name}");

            return $this;
        }
        $this->lines[] = [
            'name' => $name,
            'price' => $price,
        ];

        return $this;
    }

    public function price(): int
    {
        $sum = array_sum(array_map(function (array $line) use (&$count): int {
            $count++;
            $price = $line['price'];
            return $price;
        }, $this->lines));
        $taxed = fn (int $cents): float => $cents * (1 + VAT);
        switch ($this->state) {
            case State::Open:
                $sum = (int) $taxed($sum);
                break;
            case State::Paid:
            default:
                $sum = 0;
        }

        return $sum;
    }

    public function count(): int { return count($this->lines); }

    public function describe(): string
    {
        $word = match (true) {
            $this->count() > 10 => 'large',
            default => 'small',
        };
        try {
            $text = json_encode($this->lines, JSON_THROW_ON_ERROR);
            $this->log($text);
        } catch (\JsonException | \TypeError $e) {
            $text = '';
            $this->log($e->getMessage());
        } finally {
            $this->log('described');
        }
        if ($text === '') {
            $text = 'nothing';
            $word = 'no';
        } elseif (strlen($text) > 1000) {
            $text = substr($text, 0, 1000);
            $text .= '...';
        } else {
            $text = trim($text);
        }

        return <<<TEXT
            A $word order of {$this->customer}:
              $text
            TEXT;
    }
}

if (!function_exists('order')) {
    /** An order of nobody. */
    function order(): Order
    {
        static $made = 0;
        $made++;
        $later = new class {
            public int $delay = 0;
            public function at(): int
            {
                $now = time();
                return $now + $this->delay;
            }
        };

        return new Order("nobody $made");
    }
}

$order = order();
?>
<h1>Order</h1>
<?php if ($order->count()): ?>
  <p><?= $order->describe() ?></p>
<?php else: ?>
  <p>Nothing here.</p>
<?php endif; ?>
<?php
foreach ($order as $line):
    echo $line;
    echo "\n";
endforeach;

function footer(): void
{
    echo 'Thanks'
    ?>
    <footer>
      <p>Come again.</p>
    </footer>
    <?php
    flush();
    $ended = true;
}
