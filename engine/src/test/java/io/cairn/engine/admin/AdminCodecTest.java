package io.cairn.engine.admin;

import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.pipeline.TransferCounts;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Role;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

final class AdminCodecTest {
    private static final AdminRequest REQUEST = AdminRequest.change(
        List.of(new AdminRequest.Edit(MemberChange.ADD, 3, "höst:24000"), new AdminRequest.Edit(MemberChange.REMOVE, 0, "")), true);
    private static final ClusterConfiguration CONFIGURATION = ClusterConfiguration.of(Membership.of(0, 1).withIncarnation(1, 99))
        .withEndpoint(1, "b:1").withClusterId(5);
    private static final AdminReply REPLY = new AdminReply(
        AdminReply.REFUSED,
        new MemberStatus(
            1, Long.MAX_VALUE, Role.LEADER, -1, 2, 3, 4, 5, 6, 7, 8, 9, new TransferCounts(12, 13, 14, 15, 16, 17), CONFIGURATION, "not now"),
        10,
        -11,
        "not now");

    private static AdminRequest decoded(final byte[] bytes) {
        return AdminCodec.decodeRequest(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    @Test
    void shouldGiveBackWhatWasAsked() {
        assertEquals(REQUEST, decoded(AdminCodec.encode(REQUEST)));
        assertEquals(AdminRequest.transfer(-1), decoded(AdminCodec.encode(AdminRequest.transfer(-1))));
        assertEquals(AdminRequest.digest(7), decoded(AdminCodec.encode(AdminRequest.digest(7))));
    }

    @Test
    void shouldGiveBackWhatWasAnswered() {
        assertEquals(REPLY, AdminCodec.decodeReply(AdminCodec.encode(REPLY)));
    }

    @Test
    void shouldTakeNothingThatIsCutShort() {
        final byte[] request = AdminCodec.encode(REQUEST);
        for (int length = 0; length < request.length; length++) {
            assertNull(decoded(Arrays.copyOf(request, length)), "request of " + length);
        }
        final byte[] reply = AdminCodec.encode(REPLY);
        for (int length = 0; length < reply.length; length++) {
            assertNull(AdminCodec.decodeReply(Arrays.copyOf(reply, length)), "reply of " + length);
        }
    }

    @Test
    void shouldNeverFailWhateverTheBytes() {
        final SplittableRandom random = new SplittableRandom(7);
        final byte[] request = AdminCodec.encode(REQUEST);
        final byte[] reply = AdminCodec.encode(REPLY);
        for (int i = 0; i < 20_000; i++) {
            final byte[] changed = (i % 2 == 0 ? request : reply).clone();
            for (int n = random.nextInt(1, 5); n > 0; n--) {
                changed[random.nextInt(changed.length)] = (byte)random.nextInt();
            }
            decoded(changed);
            AdminCodec.decodeReply(changed);
        }
    }

    @Test
    void shouldRefuseAnEndpointThatIsNoText() {
        final byte[] request = AdminCodec.encode(new AdminRequest(1, 0, 0, false, List.of(new AdminRequest.Edit(1, 2, "host:2000"))));
        request[request.length - 1] = (byte)0xFF;
        assertNull(decoded(request));
    }
}
