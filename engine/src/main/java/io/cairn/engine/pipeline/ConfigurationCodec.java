package io.cairn.engine.pipeline;

import io.cairn.engine.bootstrap.Endpoints;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * A {@link ClusterConfiguration} as bytes, in configuration entries and snapshot manifests. Little-endian:
 *
 * <pre>
 *   0             4           8            16         24         32       40               48          56
 *   | version i32 | count i32 | voters i64 | outgoing | learners | target | targetLearners | clusterId | count × member
 *   member: id i32 | endpoint length i32 | incarnation i64 | endpoint (UTF-8, HOST:PORT)
 * </pre>
 *
 * The sets are masks by member id; the list has the members that have an incarnation or an endpoint, by ascending id.
 */
public final class ConfigurationCodec {
    private static final int VERSION = 4;
    /** The last version without the identity of the cluster. */
    private static final int VERSION_WITHOUT_CLUSTER = 3;
    private static final int MASKS_OFFSET = 8;
    private static final int MASKS = 5;
    private static final int CLUSTER_ID_OFFSET = MASKS_OFFSET + MASKS * Long.BYTES;
    private static final int HEADER_LENGTH = CLUSTER_ID_OFFSET + Long.BYTES;
    private static final int MEMBER_LENGTH = 16;

    private ConfigurationCodec() {
    }

    /**
     * @param configuration to encode.
     * @return its bytes.
     */
    public static byte[] encode(final ClusterConfiguration configuration) {
        final Membership membership = configuration.membership();
        final byte[][] endpoints = new byte[Membership.MEMBERS_MAX][];
        int count = 0;
        int length = HEADER_LENGTH;
        for (int id = 0; id < endpoints.length; id++) {
            final String endpoint = configuration.endpoint(id);
            if (null != endpoint || 0 != membership.incarnation(id)) {
                endpoints[id] = (null == endpoint ? "" : endpoint).getBytes(StandardCharsets.UTF_8);
                count++;
                length += MEMBER_LENGTH + endpoints[id].length;
            }
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        buffer.putInt(0, VERSION, LITTLE_ENDIAN);
        buffer.putInt(4, count, LITTLE_ENDIAN);
        final long[] masks = {
            membership.voters(), membership.outgoing(), membership.learners(), membership.target(), membership.targetLearners()};
        for (int i = 0; i < MASKS; i++) {
            buffer.putLong(MASKS_OFFSET + i * Long.BYTES, masks[i], LITTLE_ENDIAN);
        }
        buffer.putLong(CLUSTER_ID_OFFSET, configuration.clusterId(), LITTLE_ENDIAN);
        int offset = HEADER_LENGTH;
        for (int id = 0; id < endpoints.length; id++) {
            if (null != endpoints[id]) {
                buffer.putInt(offset, id, LITTLE_ENDIAN);
                buffer.putInt(offset + 4, endpoints[id].length, LITTLE_ENDIAN);
                buffer.putLong(offset + 8, membership.incarnation(id), LITTLE_ENDIAN);
                buffer.putBytes(offset + MEMBER_LENGTH, endpoints[id]);
                offset += MEMBER_LENGTH + endpoints[id].length;
            }
        }
        return buffer.byteArray();
    }

    /**
     * @param bytes as encoded.
     * @return the configuration.
     * @throws IllegalArgumentException when the bytes are not one.
     */
    public static ClusterConfiguration decode(final byte[] bytes) {
        return decode(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    /**
     * @param buffer that holds it.
     * @param start  of its first byte.
     * @param length in bytes.
     * @return the configuration.
     * @throws IllegalArgumentException when the bytes are not one.
     */
    public static ClusterConfiguration decode(final DirectBuffer buffer, final int start, final int length) {
        final int version = length < Integer.BYTES ? 0 : buffer.getInt(start, LITTLE_ENDIAN);
        final int headerLength = VERSION_WITHOUT_CLUSTER == version ? CLUSTER_ID_OFFSET : HEADER_LENGTH;
        if (length < headerLength || version < VERSION_WITHOUT_CLUSTER || version > VERSION) {
            throw new IllegalArgumentException("a configuration of " + length + " bytes is none of version " + VERSION);
        }
        final int count = buffer.getInt(start + 4, LITTLE_ENDIAN);
        if (count < 0 || count > Membership.MEMBERS_MAX) {
            throw new IllegalArgumentException("a configuration lists " + count + " members, more than " + Membership.MEMBERS_MAX);
        }
        final long[] masks = new long[MASKS];
        for (int i = 0; i < MASKS; i++) {
            masks[i] = buffer.getLong(start + MASKS_OFFSET + i * Long.BYTES, LITTLE_ENDIAN);
        }
        Membership membership = Membership.ofMasks(masks[0], masks[1], masks[2], masks[3], masks[4]);
        final String[] endpoints = new String[Membership.MEMBERS_MAX];
        int offset = headerLength;
        int before = -1;
        for (int i = 0; i < count; i++) {
            if (length - offset < MEMBER_LENGTH) {
                throw new IllegalArgumentException("a configuration ends within the list of its members");
            }
            final int id = buffer.getInt(start + offset, LITTLE_ENDIAN);
            final int endpointLength = buffer.getInt(start + offset + 4, LITTLE_ENDIAN);
            if (id <= before || id >= Membership.MEMBERS_MAX) {
                throw new IllegalArgumentException("a configuration lists member " + id + " after member " + before);
            }
            if (endpointLength < 0 || endpointLength > Endpoints.LENGTH_MAX || endpointLength > length - offset - MEMBER_LENGTH) {
                throw new IllegalArgumentException("a configuration has an endpoint of " + endpointLength + " bytes");
            }
            membership = membership.withIncarnation(id, buffer.getLong(start + offset + 8, LITTLE_ENDIAN));
            if (endpointLength > 0) {
                final byte[] endpoint = new byte[endpointLength];
                buffer.getBytes(start + offset + MEMBER_LENGTH, endpoint);
                endpoints[id] = Endpoints.decode(endpoint);
                if (null == endpoints[id]) {
                    throw new IllegalArgumentException("a configuration has an endpoint of member " + id + " that is no text");
                }
            }
            before = id;
            offset += MEMBER_LENGTH + endpointLength;
        }
        if (offset != length) {
            throw new IllegalArgumentException("a configuration has " + (length - offset) + " bytes too many");
        }
        ClusterConfiguration configuration = ClusterConfiguration.of(membership)
            .withClusterId(VERSION == version ? buffer.getLong(start + CLUSTER_ID_OFFSET, LITTLE_ENDIAN) : 0);
        for (int id = 0; id < endpoints.length; id++) {
            configuration = null == endpoints[id] ? configuration : configuration.withEndpoint(id, endpoints[id]);
        }
        return configuration;
    }
}
