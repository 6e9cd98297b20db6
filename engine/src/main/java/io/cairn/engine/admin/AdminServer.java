package io.cairn.engine.admin;

import io.cairn.engine.gateway.AdminHandler;
import io.cairn.engine.pipeline.MemberControl;
import io.cairn.engine.pipeline.MemberStatus;
import io.cairn.engine.pipeline.PendingChange;
import io.cairn.engine.raft.Proposal;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.DirectBuffer;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * The member's side of administration: answers at once what it knows, and later what takes a while. On the Sequencer's thread.
 */
public final class AdminServer implements AdminHandler {
    private static final String NOT_LEADER = "this member does not lead";

    private final MemberControl control;
    private final Supplier<CompletableFuture<SnapshotManifest>> snapshots;

    /**
     * @param control   of the member.
     * @param snapshots takes one, in the background.
     */
    public AdminServer(final MemberControl control, final Supplier<CompletableFuture<SnapshotManifest>> snapshots) {
        this.control = control;
        this.snapshots = snapshots;
    }

    @Override
    public void onRequest(final DirectBuffer buffer, final int offset, final int length, final Answer answer) {
        final AdminRequest request = AdminCodec.decodeRequest(buffer, offset, length);
        final MemberStatus status = control.status();
        switch (null == request ? 0 : request.operation()) {
            case AdminRequest.STATUS -> reply(answer, AdminReply.OK, status, 0, 0, status.notice());
            case AdminRequest.MARK -> control.mark(index ->
                reply(answer, index < 0 ? AdminReply.NOT_LEADER : AdminReply.OK, status, index, 0, index < 0 ? NOT_LEADER : ""));
            case AdminRequest.DIGEST -> control.digests().ask(
                request.index(), value -> reply(answer, AdminReply.OK, status, request.index(), value, ""));
            case AdminRequest.CHANGE -> control.change(new PendingChange(
                edits(request), request.force(), (text, code) -> reply(answer, code(code), status, 0, 0, text)));
            case AdminRequest.TRANSFER -> {
                final int verdict = control.handOver(request.member());
                final String whom = request.member() < 0 ? "" : "member " + request.member() + " is not one, or does not answer: ";
                reply(answer, code(verdict), status, 0, 0, AdminReply.REFUSED == code(verdict) ? whom + text(verdict) : text(verdict));
            }
            case AdminRequest.SNAPSHOT -> snapshots.get().whenComplete((manifest, failure) -> reply(
                answer,
                null == failure ? AdminReply.OK : AdminReply.REFUSED,
                status,
                null == manifest ? 0 : manifest.index(),
                0,
                null == failure ? "" : String.valueOf(failure.getMessage())));
            default -> reply(answer, AdminReply.REFUSED, status, 0, 0, "this member does not know the request: it may be of an older version");
        }
    }

    private static void reply(
        final Answer answer, final int code, final MemberStatus status, final long index, final long digest, final String text) {
        answer.complete(AdminCodec.encode(new AdminReply(code, status, index, digest, text)));
    }

    private static List<PendingChange.Edit> edits(final AdminRequest request) {
        return request.edits().stream().map(edit -> new PendingChange.Edit(edit.action(), edit.id(), edit.endpoint())).toList();
    }

    private static int code(final int verdict) {
        return switch (verdict) {
            case Proposal.ACCEPTED -> AdminReply.OK;
            case Proposal.NOT_LEADER -> AdminReply.NOT_LEADER;
            case Proposal.TERM_NOT_COMMITTED, Proposal.CHANGE_PENDING -> AdminReply.TRY_AGAIN;
            default -> AdminReply.REFUSED;
        };
    }

    private static String text(final int verdict) {
        return switch (verdict) {
            case Proposal.ACCEPTED -> "";
            case Proposal.NOT_LEADER -> NOT_LEADER;
            case Proposal.NOT_A_VOTER, Proposal.NOT_HEARD -> "leadership can be handed only to another member that votes and is heard";
            default -> "the leader is new and has committed nothing yet: try again";
        };
    }
}
