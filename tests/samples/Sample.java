// License.

package org.example.sample;

import java.util.List;
import java.util.function.Function;

/**
 * A sample.
 */
@SuppressWarnings({"unchecked", "rawtypes"})
public final class Sample<T extends Comparable<T>> extends Base implements Runnable {
    private static final int LIMIT = 10;
    private final List<T> items;

    static {
        System.out.println("loaded");
        System.out.println("twice");
        System.out.println("é");
    }

    public Sample(List<T> items) {
        super(items);
        this.items = items;
        check();
    }

    /** Runs. */
    @Override
    @Deprecated
    public void run() {
        if (items.isEmpty()) {
            throw new IllegalStateException(
                "nothing to run");
        }
        outer:
        for (T item : items) {
            // about the condition
            if (item == null) {
                items.remove(item);
                continue outer;
            } else if (item.equals(LIMIT)) {
                System.out.println(item);
                break;
            } else {
                check();
            }
        }
        try (var in = open(); var out = open()) {
            in.read();
            out.read();
        } catch (IllegalStateException | IllegalArgumentException error) {
            error.printStackTrace();
            throw error;
        } finally {
            check();
            check();
        }
        switch (items.size()) {
            case 1:
            case 2:
                check();
                check();
                break;
            default:
                run();
                break;
        }
        int size = switch (items.size()) {
            case 0 -> 1;
            case 1 -> {
                check();
                yield 2;
            }
            default -> throw new IllegalStateException();
        };
        Function<T, T> same = (item) -> {
            check();
            check();
            return item;
        };
        synchronized (this) {
            same.apply(null);
            check();
        }
        Runnable later = new Runnable() {
            private int count = 1;

            @Override
            public void run() {
                count += 1;
                check();
                check();
            }
        };
        do {
            size--;
            later.run();
        } while (size > 0);
    }

    // ---- helpers ----

    private native void check();

    private static final String TEXT = """
        not code {
        """;

    interface Visitor<R> {
        R visit(Sample<?> sample);

        default R twice(Sample<?> sample) {
            visit(sample);
            visit(sample);
            return visit(sample);
        }
    }

    enum Color {
        RED("r") {
            @Override
            String mark() {
                return "R";
            }
        },
        GREEN("g");

        private final String mark;

        Color(String mark) {
            this.mark = mark;
            assert mark != null;
            assert !mark.isEmpty();
        }

        String mark() {
            String found = mark;
            assert found != null;
            return found;
        }
    }

    record Point(int x, int y) {
        Point {
            assert x > 0;
            assert y > 0;
            assert x != y;
        }
    }

    @interface Marked {
        String value() default "";
        int count() default 1;
    }
}
