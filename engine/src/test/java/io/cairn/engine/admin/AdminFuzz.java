package io.cairn.engine.admin;

import io.cairn.engine.bootstrap.MemberChange;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.engine.fuzz.Guarded;
import io.cairn.engine.pipeline.ConfigurationCodec;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.pipeline.TransferCounts;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.raft.Role;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/**
 * What is asked of one member by who administers the cluster, and its answers. First byte: 1 is a reply, 0 a request.
 */
public final class AdminFuzz implements FuzzTarget {
    private final Guarded guarded = new Guarded();

    /** For one thread. */
    public AdminFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        final AdminRequest request = new AdminRequest(3, 2, 77, true, List.of(
            new AdminRequest.Edit(MemberChange.ADD, 4, "127.0.0.1:20040"), new AdminRequest.Edit(MemberChange.REMOVE, 1, "")));
        final ClusterConfiguration configuration = ClusterConfiguration.of(Membership.ofMasks(7, 0, 8, 0, 0)).withEndpoint(0, "127.0.0.1:20000");
        final MemberStatus status = new MemberStatus(1, 5, Role.LEADER, 1, 7, 1, 100, 90, 80, 70, 0, 3,
            new TransferCounts(1, 2, 3, 4, 5, 6), configuration, "all is well");
        return List.of(
            seed(0, AdminCodec.encode(new AdminRequest(1, 0, 0, false, List.of()))),
            seed(0, AdminCodec.encode(request)),
            seed(1, AdminCodec.encode(new AdminReply(2, status, 90, 1234, "all is well"))));
    }

    private static byte[] seed(final int kind, final byte[] bytes) {
        final byte[] seed = new byte[1 + bytes.length];
        seed[0] = (byte)kind;
        System.arraycopy(bytes, 0, seed, 1, bytes.length);
        return seed;
    }

    @Override
    public void accept(final byte[] input) {
        if (0 == input.length || 0 == (input[0] & 1)) {
            final UnsafeBuffer buffer = guarded.wrap(input, 1, 0);
            final AdminRequest request = AdminCodec.decodeRequest(buffer, Guarded.OFFSET, buffer.capacity() - Guarded.OFFSET);
            if (null != request) {
                final byte[] encoded = AdminCodec.encode(request);
                assertEquals(request, AdminCodec.decodeRequest(new UnsafeBuffer(encoded), 0, encoded.length));
            }
            return;
        }
        final AdminReply reply = AdminCodec.decodeReply(Arrays.copyOfRange(input, 1, input.length));
        if (null != reply) {
            assertNotNull(reply.status().configuration());
            final AdminReply again = AdminCodec.decodeReply(AdminCodec.encode(reply));
            assertNotNull(again, "a reply cannot be said again");
            assertEquals(describe(reply), describe(again));
        }
    }

    private static String describe(final AdminReply reply) {
        final MemberStatus status = reply.status();
        return reply.code() + " " + reply.index() + " " + reply.digest() + " " + status.id() + " " + status.incarnation() + " " + status.role() +
            " " + status.leader() + " " + status.term() + " " + status.firstIndex() + " " + status.lastIndex() + " " + status.commitIndex() + " " +
            status.appliedIndex() + " " + status.snapshotIndex() + " " + status.faultyRanges() + " " + status.sessions() + " " +
            Arrays.toString(ConfigurationCodec.encode(status.configuration()));
    }
}
