package io.cairn.bench.load;

import java.util.List;

/**
 * The operations a {@link Target} can be asked for, as small consecutive integers so that a generator can index arrays with them.
 */
public final class Operation {
    /** Stores a value under a key. */
    public static final int PUT = 0;
    /** Reads the value under a key; a missing key is an error of the run. */
    public static final int GET = 1;
    /** Reads a few entries in key order from a key on. */
    public static final int SCAN = 2;
    /** Stores a value under a key nobody has used before. */
    public static final int INSERT = 3;
    /** Number of operations. */
    public static final int COUNT = 4;

    private static final List<String> NAMES = List.of("put", "get", "scan", "insert");

    private Operation() {
    }

    /**
     * The name of an operation as it appears in reports.
     *
     * @param operation one of the constants of this class.
     * @return its lower-case name.
     */
    public static String name(final int operation) {
        return NAMES.get(operation);
    }
}
