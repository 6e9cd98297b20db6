package io.cairn.engine.pipeline;

import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.fuzz.Guarded;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

/**
 * Configurations, as entries of the log and manifests of snapshots hold them: refused with an {@link IllegalArgumentException}, or one that is
 * encoded the same way each time.
 */
public final class ConfigurationFuzz implements FuzzTarget {
    private final Guarded guarded = new Guarded();

    /** For one thread. */
    public ConfigurationFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        final Membership membership = Membership.ofMasks(7, 0, 8, 0, 0).withIncarnation(1, 55).withIncarnation(3, -1);
        return List.of(
            ConfigurationCodec.encode(ClusterConfiguration.of(Membership.of(0))),
            ConfigurationCodec.encode(ClusterConfiguration.of(membership).withClusterId(99)),
            ConfigurationCodec.encode(ClusterConfiguration.of(membership).withEndpoint(0, "127.0.0.1:20000").withEndpoint(2, "höst:1")),
            ConfigurationCodec.encode(ClusterConfiguration.of(membership.change(14, 1)).withClusterId(7).withEndpoint(3, "h:2")));
    }

    @Override
    public void accept(final byte[] input) {
        final UnsafeBuffer buffer = guarded.wrap(input, 0, 0xFF);
        final ClusterConfiguration configuration;
        try {
            configuration = ConfigurationCodec.decode(buffer, Guarded.OFFSET, buffer.capacity() - Guarded.OFFSET);
        } catch (final IllegalArgumentException refused) {
            return;
        }
        final byte[] encoded = ConfigurationCodec.encode(configuration);
        assertArrayEquals(encoded, ConfigurationCodec.encode(ConfigurationCodec.decode(encoded)));
    }
}
