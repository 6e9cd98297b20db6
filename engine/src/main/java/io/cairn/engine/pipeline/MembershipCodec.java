package io.cairn.engine.pipeline;

import io.cairn.engine.raft.Membership;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A {@link Membership} as bytes, in configuration entries and snapshot manifests. Little-endian:
 *
 * <pre>
 *   i32 version = 1 | i32 voters | i32 outgoing | i32 learners | ids, i32 each, in that order
 * </pre>
 */
public final class MembershipCodec {
    private static final int VERSION = 1;
    private static final int HEADER_LENGTH = 16;

    private MembershipCodec() {
    }

    /**
     * @param membership to encode.
     * @return its bytes.
     */
    public static byte[] encode(final Membership membership) {
        final int count = membership.voterCount() + membership.outgoingCount() + membership.learnerCount();
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[HEADER_LENGTH + count * Integer.BYTES]);
        buffer.putInt(0, VERSION, LITTLE_ENDIAN);
        buffer.putInt(4, membership.voterCount(), LITTLE_ENDIAN);
        buffer.putInt(8, membership.outgoingCount(), LITTLE_ENDIAN);
        buffer.putInt(12, membership.learnerCount(), LITTLE_ENDIAN);
        int offset = HEADER_LENGTH;
        for (int i = 0; i < membership.voterCount(); i++, offset += Integer.BYTES) {
            buffer.putInt(offset, membership.voter(i), LITTLE_ENDIAN);
        }
        for (int i = 0; i < membership.outgoingCount(); i++, offset += Integer.BYTES) {
            buffer.putInt(offset, membership.outgoing(i), LITTLE_ENDIAN);
        }
        for (int i = 0; i < membership.learnerCount(); i++, offset += Integer.BYTES) {
            buffer.putInt(offset, membership.learner(i), LITTLE_ENDIAN);
        }
        return buffer.byteArray();
    }

    /**
     * @param bytes as encoded.
     * @return the membership.
     * @throws IllegalArgumentException when the bytes are not one.
     */
    public static Membership decode(final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        if (bytes.length < HEADER_LENGTH || buffer.getInt(0, LITTLE_ENDIAN) != VERSION) {
            throw new IllegalArgumentException("a configuration of " + bytes.length + " bytes is none of version " + VERSION);
        }
        final int[] counts = {buffer.getInt(4, LITTLE_ENDIAN), buffer.getInt(8, LITTLE_ENDIAN), buffer.getInt(12, LITTLE_ENDIAN)};
        int total = 0;
        for (final int count : counts) {
            if (count < 0 || count > Membership.MEMBERS_MAX) {
                throw new IllegalArgumentException("a configuration names " + count + " members, more than " + Membership.MEMBERS_MAX);
            }
            total += count;
        }
        if (bytes.length != HEADER_LENGTH + total * Integer.BYTES) {
            throw new IllegalArgumentException("a configuration of " + total + " members cannot have " + bytes.length + " bytes");
        }
        final int[][] ids = {new int[counts[0]], new int[counts[1]], new int[counts[2]]};
        int offset = HEADER_LENGTH;
        for (final int[] group : ids) {
            for (int i = 0; i < group.length; i++, offset += Integer.BYTES) {
                group[i] = buffer.getInt(offset, LITTLE_ENDIAN);
            }
        }
        return Membership.joint(ids[0], ids[1], ids[2]);
    }
}
