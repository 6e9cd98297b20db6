package io.cairn.engine.fuzz;

import com.sun.management.ThreadMXBean;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * One input, with what holds for every target: nothing is thrown, and what is allocated is bounded by the length of the input.
 */
final class FuzzCheck {
    private static final int SHOWN_MAX = 4096;
    private static final ThreadMXBean THREADS = (ThreadMXBean)ManagementFactory.getThreadMXBean();

    private FuzzCheck() {
    }

    static void accept(final FuzzTarget target, final byte[] input) {
        final long before = THREADS.getCurrentThreadAllocatedBytes();
        target.accept(input);
        final long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        if (allocated > target.allocationMax(input.length)) {
            // What was loaded for the first time is allocated once; what the input causes is allocated again.
            final long again = THREADS.getCurrentThreadAllocatedBytes();
            target.accept(input);
            final long repeated = THREADS.getCurrentThreadAllocatedBytes() - again;
            if (repeated > target.allocationMax(input.length)) {
                throw new AssertionError(repeated + " bytes are allocated for an input of " + input.length);
            }
        }
    }

    static String hex(final byte[] input) {
        return HexFormat.of().formatHex(Arrays.copyOf(input, Math.min(input.length, SHOWN_MAX))) + (input.length > SHOWN_MAX ? "…" : "");
    }
}
