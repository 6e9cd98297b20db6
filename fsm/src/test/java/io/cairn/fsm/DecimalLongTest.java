package io.cairn.fsm;

import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DecimalLongTest {
    private final DecimalLong number = new DecimalLong();

    @Test
    void shouldReadWhatItWroteWhenTheNumberIsAny() {
        final Random random = new Random(5);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[DecimalLong.LENGTH_MAX]);
        for (int i = 0; i < 100_000; i++) {
            final long expected = switch (i) {
                case 0 -> Long.MIN_VALUE;
                case 1 -> Long.MAX_VALUE;
                case 2 -> 0;
                default -> random.nextLong() >> random.nextInt(64);
            };
            final int length = DecimalLong.write(expected, buffer, 0);
            assertEquals(Long.toString(expected), buffer.getStringWithoutLengthAscii(0, length));
            assertTrue(number.parse(buffer, 0, length));
            assertEquals(expected, number.value());
        }
    }

    @Test
    void shouldRefuseWhenItDoesNotFit() {
        for (final String text : new String[] {
            "9223372036854775808", "-9223372036854775809", "9999999999999999999", "-9999999999999999999", "10000000000000000000"}) {
            final UnsafeBuffer buffer = new UnsafeBuffer(text.getBytes(US_ASCII));
            assertFalse(number.parse(buffer, 0, buffer.capacity()), text);
        }
    }
}
