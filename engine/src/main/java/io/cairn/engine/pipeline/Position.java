package io.cairn.engine.pipeline;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

@SuppressWarnings("unused")
class PositionLeftPadding {
    private long p00, p01, p02, p03, p04, p05, p06, p07, p08, p09, p10, p11, p12, p13, p14;
}

class PositionValue extends PositionLeftPadding {
    protected volatile long value;
}

@SuppressWarnings("unused")
class PositionRightPadding extends PositionValue {
    private long q00, q01, q02, q03, q04, q05, q06, q07, q08, q09, q10, q11, q12, q13, q14;
}

/**
 * A monotone position with one writer, alone on its cache lines (two of them: the adjacent-line prefetcher pulls pairs).
 * The writer releases, everybody else acquires.
 */
public final class Position extends PositionRightPadding {
    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(PositionValue.class, "value", long.class);
        } catch (final ReflectiveOperationException ex) {
            throw new ExceptionInInitializerError(ex);
        }
    }

    /**
     * @param initial first value.
     */
    public Position(final long initial) {
        VALUE.setRelease(this, initial);
    }

    /** @return the value, with everything its writer did before it. */
    public long get() {
        return (long)VALUE.getAcquire(this);
    }

    /** @return the value, for the writer itself. */
    public long getPlain() {
        return (long)VALUE.get(this);
    }

    /**
     * Owner thread only.
     *
     * @param newValue the new value.
     */
    public void set(final long newValue) {
        VALUE.setRelease(this, newValue);
    }
}
