package io.cairn.engine.sim;

import org.agrona.DirectBuffer;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * Bytes of commands and answers, copied and shown.
 */
final class Bytes {
    private static final int SHOWN_MAX = 60;

    private Bytes() {
    }

    static byte[] copy(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        if (length > 0) {
            buffer.getBytes(offset, bytes);
        }
        return bytes;
    }

    /** As text where it is that, else in hexadecimal. */
    static String text(final byte[] bytes) {
        if (null == bytes) {
            return "no command";
        }
        for (final byte value : bytes) {
            if (value < ' ' || value > '~') {
                final String hex = HexFormat.of().formatHex(bytes);
                return "0x" + hex.substring(0, Math.min(2 * SHOWN_MAX, hex.length()));
            }
        }
        return "'" + new String(bytes, 0, Math.min(SHOWN_MAX, bytes.length), StandardCharsets.US_ASCII) + "'";
    }
}
