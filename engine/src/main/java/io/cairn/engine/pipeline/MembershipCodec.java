package io.cairn.engine.pipeline;

import io.cairn.engine.raft.Membership;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A {@link Membership} as bytes, in configuration entries and snapshot manifests. Little-endian:
 *
 * <pre>
 *   0             4           8          16           24           32         40                 48
 *   | version i32 | count i32 | voters i64 | outgoing | learners   | target   | targetLearners   | count × (id i32, zero i32, incarnation i64)
 * </pre>
 *
 * The sets are masks by member id; the list has the members that have an incarnation, by ascending id.
 */
public final class MembershipCodec {
    private static final int VERSION = 2;
    private static final int MASKS_OFFSET = 8;
    private static final int MASKS = 5;
    private static final int HEADER_LENGTH = MASKS_OFFSET + MASKS * Long.BYTES;
    private static final int MEMBER_LENGTH = 16;

    private MembershipCodec() {
    }

    /**
     * @param membership to encode.
     * @return its bytes.
     */
    public static byte[] encode(final Membership membership) {
        int count = 0;
        for (int id = 0; id < Membership.MEMBERS_MAX; id++) {
            count += 0 != membership.incarnation(id) ? 1 : 0;
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[HEADER_LENGTH + count * MEMBER_LENGTH]);
        buffer.putInt(0, VERSION, LITTLE_ENDIAN);
        buffer.putInt(4, count, LITTLE_ENDIAN);
        final long[] masks = {
            membership.voters(), membership.outgoing(), membership.learners(), membership.target(), membership.targetLearners()};
        for (int i = 0; i < MASKS; i++) {
            buffer.putLong(MASKS_OFFSET + i * Long.BYTES, masks[i], LITTLE_ENDIAN);
        }
        int offset = HEADER_LENGTH;
        for (int id = 0; id < Membership.MEMBERS_MAX; id++) {
            if (0 != membership.incarnation(id)) {
                buffer.putInt(offset, id, LITTLE_ENDIAN);
                buffer.putLong(offset + 8, membership.incarnation(id), LITTLE_ENDIAN);
                offset += MEMBER_LENGTH;
            }
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
        final int count = buffer.getInt(4, LITTLE_ENDIAN);
        if (count < 0 || count > Membership.MEMBERS_MAX || bytes.length != HEADER_LENGTH + count * MEMBER_LENGTH) {
            throw new IllegalArgumentException("a configuration that lists " + count + " members cannot have " + bytes.length + " bytes");
        }
        final long[] masks = new long[MASKS];
        for (int i = 0; i < MASKS; i++) {
            masks[i] = buffer.getLong(MASKS_OFFSET + i * Long.BYTES, LITTLE_ENDIAN);
        }
        Membership membership = Membership.ofMasks(masks[0], masks[1], masks[2], masks[3], masks[4]);
        int before = -1;
        for (int offset = HEADER_LENGTH; offset < bytes.length; offset += MEMBER_LENGTH) {
            final int id = buffer.getInt(offset, LITTLE_ENDIAN);
            if (id <= before || id >= Membership.MEMBERS_MAX || 0 != buffer.getInt(offset + 4, LITTLE_ENDIAN)) {
                throw new IllegalArgumentException("a configuration lists member " + id + " after member " + before);
            }
            before = id;
            membership = membership.withIncarnation(id, buffer.getLong(offset + 8, LITTLE_ENDIAN));
        }
        return membership;
    }
}
