package io.cairn.engine.bootstrap;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * HOST:PORT as bytes. One that is not UTF-8 would be longer when it is said again, and so be refused by whoever hears it next: in a configuration
 * entry that would be every member of the cluster.
 */
public final class Endpoints {
    /** Longest one in bytes. */
    public static final int LENGTH_MAX = 260;

    private Endpoints() {
    }

    /**
     * @param bytes that hold it, and nothing else.
     * @return the text; null where the bytes are none that an endpoint is written as.
     */
    public static String decode(final byte[] bytes) {
        final String text = new String(bytes, StandardCharsets.UTF_8);
        return bytes.length <= LENGTH_MAX && Arrays.equals(bytes, text.getBytes(StandardCharsets.UTF_8)) ? text : null;
    }
}
