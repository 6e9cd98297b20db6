package io.cairn.engine.pipeline;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * What travels from the Sequencer to the Applier for a linearizable query. Little-endian, never stored.
 *
 * <pre>
 *   0           8        16       20       24       32
 *   +-----------+--------+--------+--------+--------+------------
 *   | readIndex | correl | client | unused | ticket | query ...
 *   +-----------+--------+--------+--------+--------+------------
 * </pre>
 *
 * The query is answered once {@code applied} has reached {@code readIndex} and, where it has a ticket (not 0), the ticket is confirmed and what it
 * was confirmed for is applied.
 */
final class QueryDescriptor {
    static final int HEADER_LENGTH = 32;

    private QueryDescriptor() {
    }

    static void encode(
        final MutableDirectBuffer buffer,
        final int offset,
        final long readIndex,
        final long ticket,
        final long correlationId,
        final int clientId,
        final DirectBuffer query,
        final int queryOffset,
        final int queryLength) {
        buffer.putLong(offset, readIndex);
        buffer.putLong(offset + 8, correlationId);
        buffer.putInt(offset + 16, clientId);
        buffer.putInt(offset + 20, 0);
        buffer.putLong(offset + 24, ticket);
        buffer.putBytes(offset + HEADER_LENGTH, query, queryOffset, queryLength);
    }

    static long readIndex(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset);
    }

    static long ticket(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + 24);
    }

    static long correlationId(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + 8);
    }

    static int clientId(final DirectBuffer buffer, final int offset) {
        return buffer.getInt(offset + 16);
    }
}
