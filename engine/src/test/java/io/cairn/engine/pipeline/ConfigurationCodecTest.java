package io.cairn.engine.pipeline;

import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

final class ConfigurationCodecTest {
    @Test
    void shouldGiveBackEveryConfiguration() {
        final Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            Membership membership = Membership.of(random.nextInt(Membership.MEMBERS_MAX));
            for (int step = random.nextInt(4); step > 0 && !membership.isJoint(); step--) {
                final long voters = random.nextInt() & 0xFFFF_FFFFL | 1;
                membership = membership.change(voters, random.nextInt() & 0xFFFF_FFFFL & ~voters);
            }
            for (int id = random.nextInt(Membership.MEMBERS_MAX); id < Membership.MEMBERS_MAX; id += 1 + random.nextInt(8)) {
                membership = membership.withIncarnation(id, random.nextLong());
            }
            ClusterConfiguration configuration = ClusterConfiguration.of(membership);
            for (int id = random.nextInt(Membership.MEMBERS_MAX); id < Membership.MEMBERS_MAX; id += 1 + random.nextInt(8)) {
                configuration = configuration.withEndpoint(id, "host-" + random.nextInt() + ":" + random.nextInt(65_536));
            }
            assertEquals(configuration, ConfigurationCodec.decode(ConfigurationCodec.encode(configuration)));
        }
    }

    @Test
    void shouldRefuseBytesThatAreNone() {
        final byte[] bytes = ConfigurationCodec.encode(
            ClusterConfiguration.of(Membership.of(0, 1).withIncarnation(1, 7)).withEndpoint(0, "localhost:9000"));
        for (int length = 0; length < bytes.length; length++) {
            final byte[] cut = Arrays.copyOf(bytes, length);
            assertThrows(IllegalArgumentException.class, () -> ConfigurationCodec.decode(cut), "of " + length + " bytes");
        }
        assertThrows(IllegalArgumentException.class, () -> ConfigurationCodec.decode(Arrays.copyOf(bytes, bytes.length + 16)));
        final byte[] newer = bytes.clone();
        newer[0]++;
        assertThrows(IllegalArgumentException.class, () -> ConfigurationCodec.decode(newer));
        final byte[] blank = ConfigurationCodec.encode(ClusterConfiguration.of(Membership.of(0)));
        blank[8] = 0;
        assertThrows(IllegalArgumentException.class, () -> ConfigurationCodec.decode(blank), "no voter");
    }

    /** It would be longer when it is encoded again, and refused then by every member at once. */
    @Test
    void shouldRefuseAnEndpointThatIsNoText() {
        final byte[] bytes = ConfigurationCodec.encode(ClusterConfiguration.of(Membership.of(0)).withEndpoint(0, "localhost:9000"));
        bytes[bytes.length - 3] = (byte)0xFF;
        assertThrows(IllegalArgumentException.class, () -> ConfigurationCodec.decode(bytes));
    }

    @Test
    void shouldForgetTheEndpointsOfThoseThatLeft() {
        final ClusterConfiguration configuration = ClusterConfiguration.of(Membership.of(0, 1, 2))
            .withEndpoint(0, "a:1").withEndpoint(2, "c:3")
            .withMembership(Membership.of(0, 1));
        assertEquals(ClusterConfiguration.of(Membership.of(0, 1)).withEndpoint(0, "a:1"), configuration);
    }
}
