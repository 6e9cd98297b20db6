package io.cairn.engine.pipeline;

import io.cairn.engine.raft.Membership;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

final class MembershipCodecTest {
    @Test
    void shouldGiveBackEveryMembership() {
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
            assertEquals(membership, MembershipCodec.decode(MembershipCodec.encode(membership)));
        }
    }

    @Test
    void shouldRefuseBytesThatAreNone() {
        final byte[] bytes = MembershipCodec.encode(Membership.of(0, 1).withIncarnation(1, 7));
        for (int length = 0; length < bytes.length; length++) {
            final byte[] cut = Arrays.copyOf(bytes, length);
            assertThrows(IllegalArgumentException.class, () -> MembershipCodec.decode(cut), "of " + length + " bytes");
        }
        assertThrows(IllegalArgumentException.class, () -> MembershipCodec.decode(Arrays.copyOf(bytes, bytes.length + 16)));
        final byte[] newer = bytes.clone();
        newer[0]++;
        assertThrows(IllegalArgumentException.class, () -> MembershipCodec.decode(newer));
        final byte[] blank = MembershipCodec.encode(Membership.of(0));
        blank[8] = 0;
        assertThrows(IllegalArgumentException.class, () -> MembershipCodec.decode(blank), "no voter");
    }
}
