package io.cairn.engine.fuzz;

/**
 * What the guided fuzzer calls: the target that {@value #TARGET} names.
 */
public final class JazzerEntry {
    /** System property with the name of the target's class. */
    static final String TARGET = "fuzz.target";

    private static FuzzTarget target;

    private JazzerEntry() {
    }

    /**
     * Once, before the first input.
     *
     * @throws ReflectiveOperationException when there is no such target.
     */
    public static void fuzzerInitialize() throws ReflectiveOperationException {
        target = FuzzRegression.open(Class.forName(System.getProperty(TARGET)).asSubclass(FuzzTarget.class));
    }

    /**
     * One input.
     *
     * @param input any bytes.
     */
    public static void fuzzerTestOneInput(final byte[] input) {
        FuzzCheck.accept(target, input);
    }
}
