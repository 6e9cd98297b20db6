package io.cairn.fsm;

import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Replies come from another process: what they say of their own lengths is checked, whether or not buffers check their bounds.
 */
class KeyValueRepliesTest {
    private final UnsafeBuffer buffer = MachineFixture.buffer(256);
    private final KeyValueReplies replies = new KeyValueReplies();
    private final Bytes bytes = new Bytes();

    private void row(final int rows, final int keyLength, final int valueLength) {
        buffer.putInt(8, rows, ByteOrder.LITTLE_ENDIAN);
        buffer.putByte(12, (byte) 0);
        buffer.putInt(13, keyLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(17, valueLength, ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void shouldGiveNoRowThatReachesBeyondTheReply() {
        final int length = KeyValueReplies.ROWS_HEADER + KeyValueReplies.ROW_HEADER + 5;
        row(1, 3, 2);
        replies.wrap(buffer, 8, length);
        assertTrue(replies.nextRow());
        assertEquals(3, replies.rowKey(bytes).length());
        assertFalse(replies.nextRow());
        final int[][] wrong = {{1, 3, 3}, {1, -3, 8}, {1, 3, -1}, {1, Integer.MAX_VALUE, Integer.MAX_VALUE}, {-1, 3, 2}};
        for (final int[] lengths : wrong) {
            row(lengths[0], lengths[1], lengths[2]);
            replies.wrap(buffer, 8, length);
            assertThrows(IndexOutOfBoundsException.class, replies::nextRow);
        }
        row(2, 3, 2);
        replies.wrap(buffer, 8, length);
        assertTrue(replies.nextRow());
        assertThrows(IndexOutOfBoundsException.class, replies::nextRow, "a second row is announced and not there");
    }

    @Test
    void shouldGiveNoValueThatIsShorterThanItsHeader() {
        buffer.putByte(8, StoredValue.EXPIRING);
        for (int length = 0; length < StoredValue.EXPIRING_HEADER; length++) {
            replies.wrap(buffer, 8, length);
            assertThrows(IndexOutOfBoundsException.class, () -> replies.value(bytes));
        }
        assertEquals(0, replies.wrap(buffer, 8, StoredValue.EXPIRING_HEADER).value(bytes).length());
    }
}
